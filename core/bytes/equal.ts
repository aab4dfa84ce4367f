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

/**
 * The same over views, for memo tables, which compare long keys that are nearly always equal: 16 bytes a turn. Both ranges
 * must lie inside their views. `| 0` says that nothing overflows: without it each addition is checked (45 instead of 33 µs
 * for 2,028 keys of 107 bytes).
 */
export function viewsEqual(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  if (length < 16) return shortViewsEqual(a, aStart, b, bStart, length);
  const aLast = (aStart + length - 16) | 0;
  const bLast = (bStart + length - 16) | 0;
  let inA = aStart | 0;
  let inB = bStart | 0;
  for (; inA < aLast; inA = (inA + 16) | 0, inB = (inB + 16) | 0) {
    if (
      a.getBigInt64(inA, true) !== b.getBigInt64(inB, true) ||
      a.getBigInt64((inA + 8) | 0, true) !== b.getBigInt64((inB + 8) | 0, true)
    )
      return false;
  }
  // The last words overlap those before, instead of a loop over single bytes.
  return (
    a.getBigInt64(aLast, true) === b.getBigInt64(bLast, true) &&
    a.getBigInt64((aLast + 8) | 0, true) === b.getBigInt64((bLast + 8) | 0, true)
  );
}

function shortViewsEqual(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  return true;
}
