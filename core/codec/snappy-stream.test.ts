import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../bytes/crc32c.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { reasonOf } from '../outcome.fixture.ts';
import { snappyEncode } from './snappy.ts';
import { isSnappyStream, snappyStreamDecode } from './snappy-stream.ts';

const HEADER = [0xff, 6, 0, 0, ...encodeUtf8('sNaPpY')];
/** Of Go's snappy package: TestReaderUncompressedDataOK. */
const ABCD = [...HEADER, 0x01, 0x08, 0x00, 0x00, 0x68, 0x10, 0xe6, 0xb6, ...encodeUtf8('abcd')];

function chunk(type: number, content: Uint8Array): number[] {
  return [type, content.length & 0xff, content.length >> 8, content.length >> 16, ...content];
}

function dataChunk(data: Uint8Array, compressed: boolean): number[] {
  const crc = crc32c(data);
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const sum = [0, 8, 16, 24].map((shift) => (masked >>> shift) & 0xff);
  return chunk(compressed ? 0 : 1, new Uint8Array([...sum, ...(compressed ? snappyEncode(data) : data)]));
}

function refusal(bytes: readonly number[], maxBytes = 1000): string {
  return reasonOf(() => snappyStreamDecode(new Uint8Array(bytes), maxBytes));
}

describe('framed snappy', () => {
  it("is told by its first bytes, and Go's own example is read", () => {
    const bytes = new Uint8Array(ABCD);
    expect([isSnappyStream(bytes), isSnappyStream(snappyEncode(bytes)), isSnappyStream(new Uint8Array())]).toEqual([
      true,
      false,
      false,
    ]);
    expect(new TextDecoder().decode(snappyStreamDecode(bytes, 4))).toBe('abcd');
  });

  it('is the sum of its chunks, compressed or not, with padding between them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array(), fc.boolean())), (parts) => {
        const padding = chunk(0xfe, new Uint8Array(3));
        const stream = [
          ...HEADER,
          ...parts.flatMap(([data, compressed]) => [...dataChunk(data, compressed), ...padding]),
        ];
        const whole = parts.flatMap(([data]) => [...data]);
        expect([...snappyStreamDecode(new Uint8Array(stream), 100_000)]).toEqual(whole);
      }),
    );
  });

  it.each<[string, number[], string]>([
    ['cut in a chunk', ABCD.slice(0, -1), 'malformed_compression'],
    ['cut in the head of a chunk', ABCD.slice(0, 13), 'malformed_compression'],
    ['with a wrong checksum', ABCD.with(14, 0), 'malformed_compression'],
    ['with a chunk too short for a checksum', [...HEADER, 1, 2, 0, 0, 0, 0], 'malformed_compression'],
    ['with a reserved chunk', [...HEADER, 2, 0, 0, 0], 'malformed_compression'],
    ['with a chunk that claims much', [...HEADER, 0, 8, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f], 'body_too_large'],
  ])('%s is refused', (_, bytes, reason) => {
    expect(refusal(bytes)).toBe(reason);
  });

  it('stops at the cap, whatever comes behind', () => {
    const data = dataChunk(new Uint8Array(60_000), true);
    expect(refusal([...HEADER, ...data, ...data], 100_000)).toBe('body_too_large');
  });
});
