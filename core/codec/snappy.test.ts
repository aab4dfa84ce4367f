import fc from 'fast-check';
import native from 'snappy';
import SnappyJS from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../outcome.fixture.ts';
import { OutcomeError } from '../outcome.ts';
import { snappyDecode, snappyDecodedLength, snappyEncode, snappyMaxEncodedLength } from './snappy.ts';
import { snappyDelta } from './snappy-delta.ts';
import { SnappyWriter } from './snappy-writer.ts';

const CAP = 1 << 20;

/** Data as it occurs: runs, repeats at many distances, and noise. */
const compressible = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 200 })).map(([byte, count]) => new Uint8Array(count).fill(byte)),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 2, max: 30 })).map(repeat),
    ),
    { maxLength: 40 },
  )
  .map((parts) => new Uint8Array(parts.flatMap((part) => [...part])));

function repeat([unit, times]: [Uint8Array, number]): Uint8Array {
  return new Uint8Array(Array.from({ length: times }, () => [...unit]).flat());
}

function nativeDecode(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(native.uncompressSync(Buffer.from(bytes)) as Buffer);
  } catch {
    return undefined;
  }
}

describe('snappy', () => {
  it('decodes what it encoded, and so do the native library and snappyjs', () => {
    fc.assert(
      fc.property(compressible, (data) => {
        const encoded = snappyEncode(data);
        expect(encoded.length).toBeLessThanOrEqual(snappyMaxEncodedLength(data.length));
        expect(snappyDecode(encoded, CAP)).toEqual(data);
        expect(nativeDecode(encoded)).toEqual(data);
        expect(SnappyJS.uncompress(encoded)).toEqual(data);
      }),
    );
  });

  it('decodes what the native library and snappyjs encode', () => {
    fc.assert(
      fc.property(compressible, (data) => {
        expect(snappyDecode(new Uint8Array(native.compressSync(Buffer.from(data))), CAP)).toEqual(data);
        expect(snappyDecode(SnappyJS.compress(data), CAP)).toEqual(data);
      }),
    );
  });

  it('decodes into used memory as into new memory, and asks for no more than the block claims', () => {
    fc.assert(
      fc.property(compressible, fc.nat(300), (data, start) => {
        const memory = new Uint8Array(start + data.length + 100).fill(0xaa);
        const allocate = (bytes: number) => memory.subarray(start, start + bytes);
        const decoded = snappyDecode(snappyEncode(data), CAP, allocate);
        expect(decoded).toEqual(data);
        const around = [...memory.subarray(0, start), ...memory.subarray(start + data.length)];
        expect(around.every((byte) => byte === 0xaa)).toBe(true);
      }),
    );
  });

  it('says a text by copies from the one before it as every decoder reads them', () => {
    const text = fc.array(fc.constantFrom('aaaa', 'host-1', 'node_cpu', '"', 'x'), { maxLength: 40 });
    fc.assert(
      fc.property(text, text, fc.uint8Array({ maxLength: 20 }), (before, after, gap) => {
        const [first, second] = [before, after].map((parts) => new TextEncoder().encode(parts.join('')));
        const window = new Uint8Array([...first, ...gap, ...second]);
        const targetStart = first.length + gap.length;
        const elements = new Uint8Array(snappyMaxEncodedLength(window.length) + 8);
        const bytes = snappyDelta(window, first.length, targetStart, window.length, elements, 0);
        const writer = new SnappyWriter();
        writer.text(window, 0, targetStart);
        writer.elements(new DataView(elements.buffer), 0, bytes, second.length);
        const block = writer.finish();
        expect(nativeDecode(block)).toEqual(window);
        expect(snappyDecode(block, CAP)).toEqual(window);
      }),
    );
  });

  it('works over block borders of 64 KiB, for zeros, text and noise', () => {
    let state = 1;
    const noise = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
    for (const size of [15, 16, 17, 65_535, 65_536, 65_537, 200_000]) {
      for (const fill of [() => 0, (i: number) => 97 + (i % 23) * (i % 7 === 0 ? 1 : 0), noise]) {
        const data = Uint8Array.from({ length: size }, (_, i) => fill(i));
        const encoded = snappyEncode(data);
        expect(snappyDecode(encoded, CAP)).toEqual(data);
        expect(nativeDecode(encoded)).toEqual(data);
      }
    }
  });

  it('compresses no worse than the native library, within two per cent', () => {
    const line = (i: number) =>
      `node_cpu_seconds_total{cpu="${i % 16}",instance="host-${i % 7}",mode="idle"} ${i * 37}\n`;
    const data = new TextEncoder().encode(Array.from({ length: 4000 }, (_, i) => line(i)).join(''));
    expect(snappyEncode(data).length).toBeLessThan(native.compressSync(Buffer.from(data)).length * 1.02);
  });

  it('works on a view into a larger buffer', () => {
    const outer = new TextEncoder().encode(`xx${'label value '.repeat(50)}yy`);
    const inner = outer.subarray(2, outer.length - 2);
    const encoded = snappyEncode(inner);
    const padded = new Uint8Array([1, 2, 3, ...encoded, 4, 5]);
    expect(snappyDecode(padded.subarray(3, padded.length - 2), CAP)).toEqual(inner.slice());
  });

  it('agrees with the native library on every mutated block: the same bytes, or both refuse', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(compressible, edits, fc.nat(3), (data, changes, cut) => {
        const bytes = snappyEncode(data);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const mutated = bytes.subarray(0, Math.max(0, bytes.length - cut));
        let decoded: Uint8Array | undefined;
        try {
          decoded = snappyDecode(mutated, CAP);
        } catch (error) {
          if (!(error instanceof OutcomeError)) throw error;
          // Above our cap the native library may well succeed.
          if (error.failure.reason === 'body_too_large') return;
        }
        expect(decoded).toEqual(nativeDecode(mutated));
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but an OutcomeError for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(reasonOf(() => snappyDecode(bytes, CAP))).toMatch(/^(none|malformed_compression|body_too_large)$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('snappyDecode refuses', () => {
  const abc = [0x61, 0x62, 0x63];
  it.each([
    ['an empty body', [], 'malformed_compression'],
    ['a length prefix that never ends', [0xff, 0xff], 'malformed_compression'],
    ['a length prefix of more than 32 bits', [0xff, 0xff, 0xff, 0xff, 0x7f, 0], 'malformed_compression'],
    ['a claim of 4 GiB in 7 bytes', [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x61], 'body_too_large'],
    ['a claim of 1 GiB in 7 bytes', [0x80, 0x80, 0x80, 0x80, 0x04, 0, 0x61], 'body_too_large'],
    ['a claim under the cap that so few bytes cannot hold', [0x80, 0x80, 0x04, 0, 0x61], 'malformed_compression'],
    ['a body cut after the prefix', [3], 'malformed_compression'],
    ['a literal past the end', [3, 2 << 2, 0x61], 'malformed_compression'],
    ['a literal with a cut length', [3, 61 << 2, 0x02], 'malformed_compression'],
    ['a literal of 4 GiB', [3, 63 << 2, 0xff, 0xff, 0xff, 0xff, 0x61], 'malformed_compression'],
    ['fewer bytes than claimed', [4, 2 << 2, ...abc], 'malformed_compression'],
    ['more bytes than claimed', [2, 2 << 2, ...abc], 'malformed_compression'],
    ['bytes behind the end', [3, 2 << 2, ...abc, 0, 0x61], 'malformed_compression'],
    ['a copy of offset 0', [7, 2 << 2, ...abc, 1, 0], 'malformed_compression'],
    ['a copy from before the start', [7, 2 << 2, ...abc, 1, 4], 'malformed_compression'],
    ['a copy longer than the claim', [6, 2 << 2, ...abc, 1, 3], 'malformed_compression'],
    ['a cut one-byte offset', [7, 2 << 2, ...abc, 1], 'malformed_compression'],
    ['a cut two-byte offset', [7, 2 << 2, ...abc, 2, 1], 'malformed_compression'],
    ['a cut four-byte offset', [7, 2 << 2, ...abc, 3, 1, 0, 0], 'malformed_compression'],
    ['a four-byte offset with the top bit set', [7, 2 << 2, ...abc, 3, 0, 0, 0, 0x80], 'malformed_compression'],
  ])('%s', (_, bytes, expected) => {
    expect(reasonOf(() => snappyDecode(new Uint8Array(bytes), CAP))).toBe(expected);
  });

  it('a body truncated at any byte', () => {
    const encoded = snappyEncode(new TextEncoder().encode('go_gc_duration_seconds '.repeat(20) + Math.PI));
    for (let cut = 0; cut < encoded.length; cut++) {
      expect(reasonOf(() => snappyDecode(encoded.subarray(0, cut), CAP))).toBe('malformed_compression');
    }
  });

  it('a body that is one byte above the cap, and takes one that is exactly at it', () => {
    const encoded = snappyEncode(new Uint8Array(1000));
    expect(snappyDecodedLength(encoded)).toBe(1000);
    expect(reasonOf(() => snappyDecode(encoded, 999))).toBe('body_too_large');
    expect(snappyDecode(encoded, 1000)).toEqual(new Uint8Array(1000));
  });
});
