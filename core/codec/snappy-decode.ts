/**
 * Decoder of the snappy block format (google/snappy, format_description.txt). Strict, and it never allocates more than
 * the cap or than its input could produce: snappyjs, by contrast, allocates whatever a 7-byte body claims and accepts
 * truncated input.
 */
import { OutcomeError } from '../outcome.ts';

/** A copy of 64 bytes takes three: no valid block is larger than this many times its compressed bytes. */
const MAX_EXPANSION = 64 / 3;

/** Above this a subarray and `set` beat a loop. */
const LOOP_COPY_BYTES = 64;

/** The longest element of the fast loop writes 64 bytes, however few of them count, and reads its tag and offset. */
const FAST_MARGIN_BYTES = 80;

/** The uncompressed length that the block claims. Reads the first five bytes at most. */
export function snappyDecodedLength(bytes: Uint8Array): number {
  return readPreamble(bytes).length;
}

/**
 * `allocate` is asked for exactly the decoded length, once that is known to be within `maxBytes` and possible. What it
 * returns may be used memory: every byte is written before it is read.
 */
export function snappyDecode(
  bytes: Uint8Array,
  maxBytes: number,
  allocate: (bytes: number) => Uint8Array<ArrayBuffer> = (length) => new Uint8Array(length),
): Uint8Array<ArrayBuffer> {
  const { length, size } = readPreamble(bytes);
  if (length > maxBytes) {
    throw new OutcomeError(
      'body_too_large',
      `the body claims ${length} bytes when decompressed, the limit is ${maxBytes}`,
    );
  }
  if (length > (bytes.length - size) * MAX_EXPANSION) throw corrupt('it is truncated');
  const output = allocate(length);
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const target = new DataView(output.buffer, output.byteOffset, length);
  let from = size;
  let to = 0;
  while (from < bytes.length) {
    to = decodeFast(source, from, target, to);
    from = fastEnd;
    if (from >= bytes.length) break;
    to = decodeOne(bytes, from, output, to);
    from = oneEnd;
  }
  if (to !== length) throw corrupt('it holds less than it claims');
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

/** Where the loop and the single step stopped reading: a second result without an allocation. */
let fastEnd = 0;
let oneEnd = 0;

/**
 * As many elements as need no check of their own, because both ends are far: eight bytes at a time, more than the element
 * has, since what lies behind is written again later. Stops before an element that is rare, wrong, or near an end. 64-bit
 * integers in one expression stay machine words in V8; doubles would not do, they lose the payload of a NaN.
 */
function decodeFast(source: DataView, start: number, target: DataView, outputStart: number): number {
  const lastFrom = source.byteLength - FAST_MARGIN_BYTES;
  const lastTo = target.byteLength - FAST_MARGIN_BYTES;
  let from = start;
  let to = outputStart;
  while (from <= lastFrom && to <= lastTo) {
    const tag = source.getUint8(from);
    const kind = tag & 3;
    if (kind === 0) {
      const length = (tag >>> 2) + 1;
      if (length > 60) break;
      from = (from + 1) | 0;
      target.setBigInt64(to, source.getBigInt64(from, true), true);
      for (let i = 8; i < length; i = (i + 8) | 0) {
        target.setBigInt64((to + i) | 0, source.getBigInt64((from + i) | 0, true), true);
      }
      from = (from + length) | 0;
      to = (to + length) | 0;
      continue;
    }
    let length = (tag >>> 2) + 1;
    let offset: number;
    if (kind === 2) {
      offset = source.getUint16((from + 1) | 0, true);
    } else if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | source.getUint8((from + 1) | 0);
    } else break;
    const back = (to - offset) | 0;
    // Nearer than eight bytes a word would be read before it is written.
    if (offset < 8 || back < 0) break;
    from = (from + kind + 1) | 0;
    target.setBigInt64(to, target.getBigInt64(back, true), true);
    if (length > 8) {
      target.setBigInt64((to + 8) | 0, target.getBigInt64((back + 8) | 0, true), true);
      if (length > 16) {
        target.setBigInt64((to + 16) | 0, target.getBigInt64((back + 16) | 0, true), true);
        target.setBigInt64((to + 24) | 0, target.getBigInt64((back + 24) | 0, true), true);
        if (length > 32) {
          target.setBigInt64((to + 32) | 0, target.getBigInt64((back + 32) | 0, true), true);
          target.setBigInt64((to + 40) | 0, target.getBigInt64((back + 40) | 0, true), true);
          target.setBigInt64((to + 48) | 0, target.getBigInt64((back + 48) | 0, true), true);
          target.setBigInt64((to + 56) | 0, target.getBigInt64((back + 56) | 0, true), true);
        }
      }
    }
    to = (to + length) | 0;
  }
  fastEnd = from;
  return to;
}

/** One element, with every check. */
function decodeOne(input: Uint8Array, start: number, output: Uint8Array, to: number): number {
  const inputEnd = input.length;
  const room = output.length - to;
  const tag = input[start];
  let from = start + 1;
  let length = (tag >>> 2) + 1;
  let offset: number;
  switch (tag & 3) {
    case 0: {
      if (length > 60) {
        const extra = length - 60;
        if (from + extra > inputEnd) throw corrupt('a literal ends early');
        length = readLength(input, from, extra) + 1;
        from += extra;
      }
      if (length > inputEnd - from) throw corrupt('a literal runs past the end of the input');
      if (length > room) throw corrupt('it holds more than it claims');
      if (length <= LOOP_COPY_BYTES) for (let i = 0; i < length; i++) output[to + i] = input[from + i];
      else output.set(input.subarray(from, from + length), to);
      oneEnd = from + length;
      return to + length;
    }
    case 1:
      if (from >= inputEnd) throw corrupt('a copy ends early');
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | input[from++];
      break;
    case 2:
      if (from + 2 > inputEnd) throw corrupt('a copy ends early');
      offset = input[from] | (input[from + 1] << 8);
      from += 2;
      break;
    default:
      if (from + 4 > inputEnd) throw corrupt('a copy ends early');
      offset = readLength(input, from, 4);
      from += 4;
  }
  if (offset === 0 || offset > to) throw corrupt('a copy points before the start of the output');
  if (length > room) throw corrupt('it holds more than it claims');
  // Byte by byte: source and target overlap when the offset is shorter than the length.
  for (let i = to; i < to + length; i++) output[i] = output[i - offset];
  oneEnd = from;
  return to + length;
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
