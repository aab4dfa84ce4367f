/**
 * Numbers as Prometheus reads them: Go's strconv.ParseFloat without hexadecimal and underscores ("pre-Go 1.13 formats").
 * Short decimals are read from the bytes without making a string.
 */

/** Powers of ten that a double holds exactly, so that one multiplication or division rounds correctly. */
const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Every integer of 15 digits is exact in a double. */
const MAX_EXACT_DIGITS = 15;
const MAX_EXPONENT = 100_000;

/** The number in the range, or undefined where Go would return an error (bad syntax or out of range). */
export function parseFloatBytes(bytes: Uint8Array, start: number, end: number): number | undefined {
  let pos = start;
  const sign = bytes[pos];
  const negative = sign === 45;
  if (negative || sign === 43) pos++;
  let digits = 0;
  let significant = 0;
  let mantissa = 0;
  let scale = 0;
  let afterPoint = false;
  for (; pos < end; pos++) {
    const c = bytes[pos]!;
    if (c === 46 && !afterPoint) {
      afterPoint = true;
      continue;
    }
    if (c < 48 || c > 57) break;
    digits++;
    if (significant > 0 || c !== 48) significant++;
    if (significant <= MAX_EXACT_DIGITS) mantissa = mantissa * 10 + (c - 48);
    if (afterPoint) scale--;
  }
  if (digits === 0) return parseSpecial(bytes, start, end);
  if (pos < end) {
    const exponent = parseExponent(bytes, pos, end);
    if (exponent === undefined) return undefined;
    scale += exponent;
  }
  if (significant <= MAX_EXACT_DIGITS && scale >= -22 && scale <= 22) {
    const value = scale < 0 ? mantissa / POWERS[-scale]! : mantissa * POWERS[scale]!;
    return negative ? -value : value;
  }
  const value = Number(latin1(bytes, start, end));
  return Number.isFinite(value) ? value : undefined;
}

function parseExponent(bytes: Uint8Array, start: number, end: number): number | undefined {
  let pos = start;
  if ((bytes[pos]! | 0x20) !== 101) return undefined;
  pos++;
  const negative = bytes[pos] === 45;
  if (negative || bytes[pos] === 43) pos++;
  if (pos >= end) return undefined;
  let exponent = 0;
  for (; pos < end; pos++) {
    const c = bytes[pos]!;
    if (c < 48 || c > 57) return undefined;
    if (exponent < MAX_EXPONENT) exponent = exponent * 10 + (c - 48);
  }
  return negative ? -exponent : exponent;
}

/** `inf`, `infinity` with an optional sign, `nan` without one, in any case. */
function parseSpecial(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > 9) return undefined;
  switch (latin1(bytes, start, end).toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY;
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let out = '';
  for (let i = start; i < end; i++) out += String.fromCharCode(bytes[i]!);
  return out;
}
