/**
 * Decoder of the snappy block format (google/snappy, format_description.txt). Strict, and it never allocates more than
 * the cap or than its input could produce: snappyjs, by contrast, allocates whatever a 7-byte body claims and accepts
 * truncated input. Whole words are copied where there is room to overrun: what lies behind is written again later.
 */
import { OutcomeError } from '../outcome.ts';

/** A copy of 64 bytes takes three: no valid block is larger than this many times its compressed bytes. */
const MAX_EXPANSION = 64 / 3;

/** Above this a subarray and `set` beat a byte loop. */
const LOOP_COPY_BYTES = 40;

/** The uncompressed length that the block claims. Reads the first five bytes at most. */
export function snappyDecodedLength(bytes: Uint8Array): number {
  return readPreamble(bytes).length;
}

export function snappyDecode(bytes: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  const { length, size } = readPreamble(bytes);
  if (length > maxBytes) {
    throw new OutcomeError(
      'body_too_large',
      `the body claims ${length} bytes when decompressed, the limit is ${maxBytes}`,
    );
  }
  if (length > (bytes.length - size) * MAX_EXPANSION) throw corrupt('it is truncated');
  const output = new Uint8Array(length);
  decodeElements(bytes, size, output);
  return output;
}

function readPreamble(bytes: Uint8Array): { length: number; size: number } {
  let length = 0;
  for (let i = 0; i < 5 && i < bytes.length; i++) {
    const byte = bytes[i];
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (length > 0xffffffff) break;
      return { length, size: i + 1 };
    }
  }
  throw corrupt(bytes.length === 0 ? 'it is empty' : 'its length prefix is not a 32-bit number');
}

function decodeElements(input: Uint8Array, start: number, output: Uint8Array): void {
  const inputEnd = input.length;
  const outputEnd = output.length;
  const source = new DataView(input.buffer, input.byteOffset, inputEnd);
  const target = new DataView(output.buffer);
  let from = start;
  let to = 0;
  while (from < inputEnd) {
    const tag = input[from++];
    let length: number;
    let offset: number;
    switch (tag & 3) {
      case 0: {
        length = (tag >>> 2) + 1;
        if (length > 60) {
          const extra = length - 60;
          if (from + extra > inputEnd) throw corrupt('a literal ends early');
          length = readLength(input, from, extra) + 1;
          from += extra;
        }
        if (length > inputEnd - from) throw corrupt('a literal runs past the end of the input');
        if (length > outputEnd - to) throw corrupt('it holds more than it claims');
        if (length <= LOOP_COPY_BYTES) {
          const stop = to + length;
          if (from + length + 3 <= inputEnd && stop + 3 <= outputEnd) {
            for (; to < stop; to += 4, from += 4) target.setInt32(to, source.getInt32(from, true), true);
            from -= to - stop;
            to = stop;
          } else {
            while (to < stop) output[to++] = input[from++];
          }
        } else {
          output.set(input.subarray(from, from + length), to);
          from += length;
          to += length;
        }
        continue;
      }
      case 1:
        if (from >= inputEnd) throw corrupt('a copy ends early');
        length = ((tag >>> 2) & 7) + 4;
        offset = ((tag & 0xe0) << 3) | input[from++];
        break;
      case 2:
        if (from + 2 > inputEnd) throw corrupt('a copy ends early');
        length = (tag >>> 2) + 1;
        offset = input[from] | (input[from + 1] << 8);
        from += 2;
        break;
      default:
        if (from + 4 > inputEnd) throw corrupt('a copy ends early');
        length = (tag >>> 2) + 1;
        offset = readLength(input, from, 4);
        from += 4;
    }
    if (offset === 0 || offset > to) throw corrupt('a copy points before the start of the output');
    if (length > outputEnd - to) throw corrupt('it holds more than it claims');
    const stop = to + length;
    let back = to - offset;
    if (offset >= 8 && stop + 7 <= outputEnd) {
      for (; to < stop; to += 8, back += 8) {
        target.setInt32(to, target.getInt32(back, true), true);
        target.setInt32(to + 4, target.getInt32(back + 4, true), true);
      }
      to = stop;
    } else {
      // Byte by byte: source and target overlap when the offset is shorter than the length.
      while (to < stop) output[to++] = output[back++];
    }
  }
  if (to !== outputEnd) throw corrupt('it holds less than it claims');
}

/** Little-endian, one to four bytes, unsigned. */
function readLength(bytes: Uint8Array, at: number, size: number): number {
  let value = bytes[at];
  if (size > 1) value |= bytes[at + 1] << 8;
  if (size > 2) value |= bytes[at + 2] << 16;
  if (size > 3) value |= bytes[at + 3] << 24;
  return value >>> 0;
}

function corrupt(problem: string): OutcomeError {
  return new OutcomeError('malformed_compression', `the body is not a valid snappy block: ${problem}`);
}
