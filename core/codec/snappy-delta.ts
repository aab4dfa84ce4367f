/**
 * How to say a text by copies from one that stands before it, in elements of the snappy block format. For texts of which
 * each is nearly the one before, at distances that stay the same: then the elements can be kept and used again.
 */
import { emitCopy, emitLiteral } from './snappy-encode.ts';

const HASH_BITS = 9;
const HASH_MULTIPLIER = 0x1e35a7bd;
const MIN_MATCH_BYTES = 4;
/** The table holds 16-bit positions, and offsets of two bytes reach 64 KiB. */
export const MAX_DELTA_BYTES = 16 * 1024;

/** Positions plus one; 0 is an empty slot. */
const table = new Uint16Array(1 << HASH_BITS);

/** Of the last delta: how long the literal is that it ends in. A second result. */
export let lastLiteralBytes = 0;

/**
 * `window` holds what can be copied in [0, gapStart), bytes that nobody may copy in [gapStart, targetStart), and the text to
 * say in [targetStart, end). Writes elements to `output`, which needs room for `snappyMaxEncodedLength` of the text, and
 * returns where they end.
 */
export function snappyDelta(
  window: Uint8Array,
  gapStart: number,
  targetStart: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  table.fill(0);
  for (let at = 0; at + MIN_MATCH_BYTES <= gapStart; at++) table[slot(view.getInt32(at, true))] = at + 1;
  // Texts of equal length differ in places and go on as before; texts of other lengths end alike.
  let lastOffset = targetStart;
  const tailOffset = end - gapStart;
  let to = outputStart;
  let literalStart = targetStart;
  let at = targetStart;
  while (at + MIN_MATCH_BYTES <= end) {
    const hash = slot(view.getInt32(at, true));
    let offset = 0;
    let length = 0;
    for (const candidate of [lastOffset, tailOffset, at + 1 - table[hash]]) {
      const matched = matchLength(window, at, candidate, gapStart, targetStart, end);
      if (matched > length) {
        length = matched;
        offset = candidate;
      }
    }
    table[hash] = at + 1;
    if (length < MIN_MATCH_BYTES) {
      at++;
      continue;
    }
    to = emitLiteral(window, literalStart, at, output, to);
    to = emitCopy(offset, length, output, to);
    lastOffset = offset;
    at += length;
    literalStart = at;
  }
  lastLiteralBytes = end - literalStart;
  return emitLiteral(window, literalStart, end, output, to);
}

/** How many bytes from `at` on stand also `offset` before; 0 where nothing there may be copied. */
function matchLength(
  window: Uint8Array,
  at: number,
  offset: number,
  gapStart: number,
  targetStart: number,
  end: number,
): number {
  const from = at - offset;
  if (offset <= 0 || from < 0 || (from >= gapStart && from < targetStart)) return 0;
  const limit = from < gapStart ? Math.min(end, at + gapStart - from) : end;
  let to = at;
  while (to < limit && window[to] === window[to - offset]) to++;
  return to - at;
}

function slot(word: number): number {
  return Math.imul(word, HASH_MULTIPLIER) >>> (32 - HASH_BITS);
}
