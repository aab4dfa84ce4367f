/** Equality of byte ranges. Not for secrets: it returns at the first difference. */

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && rangeEqual(a, 0, b, 0, a.length);
}

/** A range that runs past the end of its array equals nothing. */
export function rangeEqual(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  if (aStart + length > a.length || bStart + length > b.length) return false;
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}

/** The same over views, eight bytes a turn: for memo tables, which compare long keys that are nearly always equal. */
export function viewsEqual(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  if (aStart + length > a.byteLength || bStart + length > b.byteLength) return false;
  let i = 0;
  for (const stop = length - 7; i < stop; i += 8) {
    if (a.getInt32(aStart + i, true) !== b.getInt32(bStart + i, true)) return false;
    if (a.getInt32(aStart + i + 4, true) !== b.getInt32(bStart + i + 4, true)) return false;
  }
  for (; i < length; i++) {
    if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  }
  return true;
}
