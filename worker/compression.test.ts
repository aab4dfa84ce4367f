import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OutcomeError } from '../core/outcome.ts';
import { gunzipBounded, gzip, inflateBounded, unzstdBounded } from './compression.ts';
import { zstdFrames } from './zstd-frames.ts';

type Pack = (bytes: Uint8Array) => Uint8Array;
type Unpack = (bytes: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

const node = zlib as unknown as Record<'gzipSync' | 'deflateSync' | 'deflateRawSync' | 'zstdCompressSync', Pack>;
const plain = (packed: Uint8Array) => new Uint8Array(packed);

/** A frame of raw blocks, as encoders make it of what cannot be packed. workerd's own encoder fails at that. */
function zstdRaw(bytes: Uint8Array): Uint8Array {
  const header = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  new DataView(header.buffer).setUint32(5, bytes.length, true);
  const parts: Uint8Array[] = [header];
  for (let at = 0; at === 0 || at < bytes.length; at += 131_072) {
    const block = bytes.subarray(at, at + 131_072);
    const last = at + 131_072 >= bytes.length ? 1 : 0;
    const size = (block.length << 3) | last;
    parts.push(new Uint8Array([size & 0xff, (size >> 8) & 0xff, size >> 16]), block);
  }
  return concat(...parts);
}

function packZstd(bytes: Uint8Array): Uint8Array {
  return bytes === noise || bytes === large || bytes.length === 0
    ? zstdRaw(bytes)
    : plain(node.zstdCompressSync(bytes));
}

const formats: readonly (readonly [string, Pack, Unpack])[] = [
  ['gzip', (bytes) => plain(node.gzipSync(bytes)), gunzipBounded],
  ['deflate (zlib)', (bytes) => plain(node.deflateSync(bytes)), inflateBounded],
  ['deflate (bare)', (bytes) => plain(node.deflateRawSync(bytes)), inflateBounded],
  ['zstd', packZstd, unzstdBounded],
];

const text = new TextEncoder().encode(Array.from({ length: 20_000 }, (_, i) => `line ${i} of a log\n`).join(''));
const noise = new Uint8Array(60_000);
crypto.getRandomValues(noise);

/** More than goes the way of small bodies. */
const large = concat(...Array(100).fill(noise), text);

async function reasonOf(unpacking: Promise<Uint8Array>): Promise<string> {
  try {
    await unpacking;
    return 'taken';
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    return error.failure.reason;
  }
}

function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

describe.each(formats)('%s', (_name, pack, unpack) => {
  it('comes back as it was, to the byte and to the cap', async () => {
    for (const bytes of [text, noise, large, new Uint8Array(0), new Uint8Array([7])]) {
      const back = await unpack(pack(bytes), bytes.length);
      expect(back.constructor).toBe(Uint8Array);
      expect(back).toEqual(bytes);
    }
  });

  it('of one byte more than the cap is too large', async () => {
    expect(await reasonOf(unpack(pack(text), text.length - 1))).toBe('body_too_large');
    expect(await reasonOf(unpack(pack(new Uint8Array([7])), 0))).toBe('body_too_large');
  });

  it('that is a bomb is too large, however small it is', async () => {
    const bomb = pack(new Uint8Array(32 * 1024 * 1024));
    expect(bomb.length * 1000).toBeLessThan(33_600_000);
    expect(await reasonOf(unpack(bomb, 1_000_000))).toBe('body_too_large');
  });

  it('with something behind its end is refused', async () => {
    const packed = pack(text);
    for (const rest of [[0], [1, 2, 3], Array(100).fill(65)]) {
      expect(await reasonOf(unpack(concat(packed, new Uint8Array(rest)), 1e6))).toBe('malformed_compression');
    }
  });

  it('that ends early is refused, wherever it is cut', async () => {
    const packed = pack(text);
    for (const length of [0, 1, 3, 8, 9, packed.length >> 1, packed.length - 1]) {
      expect(await reasonOf(unpack(packed.subarray(0, length), 1e6))).toBe('malformed_compression');
    }
  });

  it('that is something else is refused', async () => {
    for (const bytes of [noise, text, new Uint8Array(50)]) {
      expect(await reasonOf(unpack(bytes, 1e6))).toBe('malformed_compression');
    }
  });

  it('with a flipped bit is refused or within the cap', async () => {
    const packed = pack(text);
    for (let i = 0; i < 50; i++) {
      const broken = packed.slice();
      broken[(i * 7919) % broken.length] ^= 1 << (i % 8);
      const found = await reasonOf(unpack(broken, text.length));
      expect(['taken', 'malformed_compression', 'body_too_large']).toContain(found);
    }
  });
});

describe('several parts', () => {
  it('of gzip and of zstd are one text within one cap', async () => {
    const half = text.length >> 1;
    const halves = [text.subarray(0, half), text.subarray(half)];
    for (const [pack, unpack] of [
      [node.gzipSync, gunzipBounded],
      [node.zstdCompressSync, unzstdBounded],
    ] as const) {
      const packed = concat(...halves.map((part) => plain((pack as Pack)(part))));
      expect(await unpack(packed, text.length)).toEqual(text);
      expect(await reasonOf(unpack(packed, text.length - 1))).toBe('body_too_large');
    }
  });

  it('of zstd may stand between frames that are skipped, which must be whole', async () => {
    const skipped = new Uint8Array([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const packed = plain(node.zstdCompressSync(text));
    expect(await unzstdBounded(concat(skipped, packed, skipped), 1e6)).toEqual(text);
    expect(await reasonOf(unzstdBounded(concat(packed, skipped.subarray(0, 10)), 1e6))).toBe('malformed_compression');
  });

  it('of zstd are refused by the hundred: 9 kB of empty ones took 70 ms', async () => {
    expect((await unzstdBounded(concat(...Array(100).fill(zstdRaw(new Uint8Array(0)))), 1e6)).length).toBe(0);
    expect(await reasonOf(unzstdBounded(concat(...Array(101).fill(zstdRaw(new Uint8Array(0)))), 1e6))).toBe(
      'malformed_compression',
    );
  });
});

describe('a zstd window', () => {
  /** A frame header that asks for a window of 128 MiB, and one block of three bytes. */
  const frame = (windowDescriptor: number) =>
    new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, windowDescriptor, 0x19, 0x00, 0x00, 1, 2, 3]);

  it('of more than 8 MiB is refused before memory is taken for it', async () => {
    expect(zstdFrames(frame(0x88))).toHaveLength(1);
    expect(await reasonOf(unzstdBounded(frame(0x88), 1e6))).toBe('malformed_compression');
    expect(await unzstdBounded(frame(0x68), 1e6)).toEqual(new Uint8Array([1, 2, 3]));
  });
});

describe('what the gateway packs', () => {
  it('is unpacked by it', async () => {
    expect(await gunzipBounded(await gzip(text), text.length)).toEqual(text);
  });
});
