/** Extracted values as text and as numbers, by the rules of Alloy's stages. */
import type { Extracted } from './entry.ts';

/** Undefined for null, objects and arrays, which have no text. */
export function toText(value: Extracted | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? formatNumber(value) : undefined;
}

/** Go's strconv.FormatFloat(value, 'f', -1, 64): the shortest digits that read back the same, never an exponent. */
export function formatNumber(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, first, rest = '', power] = match;
  const digits = first + rest;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
