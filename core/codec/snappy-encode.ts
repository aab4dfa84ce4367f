/**
 * Encoder of the snappy block format, the reference algorithm (google/snappy, CompressFragment): blocks of 64 KiB, one
 * hash table of four-byte words. The table and the output buffer are reused, so this must stay synchronous.
 */

/** Above this a subarray and `set` beat a byte loop. */
const LOOP_COPY_BYTES = 40;

/** Copies reach back 64 KiB at most because each block is compressed on its own, as the reference encoder does. */
const BLOCK_BYTES = 65_536;
const HASH_BITS = 14;
const HASH_MULTIPLIER = 0x1e35a7bd;
/** No match may start in the last bytes of a block, so that four-byte loads stay inside it. */
const INPUT_MARGIN_BYTES = 15;

/** Positions inside the block; a stale entry is harmless because a candidate is compared before use. */
const table = new Uint16Array(1 << HASH_BITS);
/** A rare huge body must not pin its buffer for the life of the process. */
const MAX_KEPT_SCRATCH_BYTES = 4 * 1024 * 1024;
let scratch = new Uint8Array(0);

export function snappyMaxEncodedLength(bytes: number): number {
  return 32 + bytes + Math.floor(bytes / 6);
}

export function snappyEncode(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bound = snappyMaxEncodedLength(bytes.length);
  if (scratch.length < bound) scratch = new Uint8Array(bound);
  let at = 0;
  let rest = bytes.length;
  while (rest > 0x7f) {
    scratch[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  scratch[at++] = rest;
  at = encodeBlocks(bytes, 0, bytes.length, scratch, at);
  const encoded = scratch.slice(0, at);
  if (scratch.length > MAX_KEPT_SCRATCH_BYTES) scratch = new Uint8Array(0);
  return encoded;
}

/** The elements for [start, end), without the length prefix. `output` has room for `snappyMaxEncodedLength` of it. */
export function encodeBlocks(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let to = outputStart;
  for (let from = start; from < end; from += BLOCK_BYTES) {
    to = encodeBlock(bytes, view, from, Math.min(from + BLOCK_BYTES, end), output, to);
  }
  return to;
}

function encodeBlock(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  let to = outputStart;
  let literalStart = start;
  if (end - start > INPUT_MARGIN_BYTES) {
    table.fill(0);
    const limit = end - INPUT_MARGIN_BYTES;
    const shift = 32 - HASH_BITS;
    let at = start + 1;
    let word = view.getInt32(at, true);
    scan: for (;;) {
      // After 32 misses the step grows, so that incompressible data passes quickly (reference encoder).
      let skip = 32;
      let candidate: number;
      for (;;) {
        const hash = Math.imul(word, HASH_MULTIPLIER) >>> shift;
        candidate = start + table[hash];
        table[hash] = at - start;
        if (view.getInt32(candidate, true) === word) break;
        at += skip++ >>> 5;
        if (at > limit) break scan;
        word = view.getInt32(at, true);
      }
      to = emitLiteral(input, literalStart, at, output, to);
      for (;;) {
        const offset = at - candidate;
        const matched = 4 + matchLength(view, candidate + 4, at + 4, end);
        to = emitCopy(offset, matched, output, to);
        at += matched;
        literalStart = at;
        if (at >= limit) break scan;
        const previous = view.getInt32(at - 1, true);
        table[Math.imul(previous, HASH_MULTIPLIER) >>> shift] = at - 1 - start;
        word = view.getInt32(at, true);
        const hash = Math.imul(word, HASH_MULTIPLIER) >>> shift;
        candidate = start + table[hash];
        table[hash] = at - start;
        if (view.getInt32(candidate, true) !== word) break;
      }
      at++;
      word = view.getInt32(at, true);
    }
  }
  return literalStart < end ? emitLiteral(input, literalStart, end, output, to) : to;
}

function matchLength(view: DataView, candidate: number, start: number, end: number): number {
  let at = start;
  let back = candidate;
  for (; at + 4 <= end; at += 4, back += 4) {
    const difference = view.getInt32(at, true) ^ view.getInt32(back, true);
    // The number of trailing zero bits says how many low bytes are equal.
    if (difference !== 0) return at - start + ((31 - Math.clz32(difference & -difference)) >>> 3);
  }
  while (at < end && view.getUint8(at) === view.getUint8(back)) {
    at++;
    back++;
  }
  return at - start;
}

/** At most 64 KiB; nothing for an empty range. */
export function emitLiteral(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  const length = end - start;
  if (length === 0) return outputStart;
  let to = outputStart;
  const count = length - 1;
  if (count < 60) {
    output[to++] = count << 2;
  } else if (count < 0x100) {
    output[to++] = 60 << 2;
    output[to++] = count;
  } else {
    output[to++] = 61 << 2;
    output[to++] = count & 0xff;
    output[to++] = count >>> 8;
  }
  if (length <= LOOP_COPY_BYTES) {
    for (let i = start; i < end; i++) output[to++] = input[i];
    return to;
  }
  output.set(input.subarray(start, end), to);
  return to + length;
}

export function emitCopy(offset: number, matched: number, output: Uint8Array, outputStart: number): number {
  let to = outputStart;
  let length = matched;
  // The last copy keeps at least four bytes, so that it may take the short form.
  while (length >= 68) {
    output[to++] = (63 << 2) | 2;
    output[to++] = offset & 0xff;
    output[to++] = offset >>> 8;
    length -= 64;
  }
  if (length > 64) {
    output[to++] = (59 << 2) | 2;
    output[to++] = offset & 0xff;
    output[to++] = offset >>> 8;
    length -= 60;
  }
  if (length < 12 && offset < 2048) {
    output[to++] = ((offset >>> 8) << 5) | ((length - 4) << 2) | 1;
    output[to++] = offset & 0xff;
    return to;
  }
  output[to++] = ((length - 1) << 2) | 2;
  output[to++] = offset & 0xff;
  output[to++] = offset >>> 8;
  return to;
}
