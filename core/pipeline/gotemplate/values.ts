/** Values in a template, and how Go and sprig read them as texts, numbers and truth. */
import { formatNumber } from '../stages/convert.ts';
import { TemplateError } from './tokens.ts';

export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly TemplateValue[]
  | ReadonlyMap<string, TemplateValue>;

/** Templates come from tenants and texts from senders: no text of a template may be longer than this. */
const MAX_TEXT = 1_000_000;

export function checkLength(length: number): void {
  if (length > MAX_TEXT) throw new TemplateError('the template makes a text of more than 1,000,000 characters');
}

/** Characters and elements in a value, counted no further than `atMost`. */
export function weightOf(value: TemplateValue, atMost: number): number {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 1;
  let weight = 1;
  for (const item of value.values()) {
    weight += weightOf(item, atMost - weight);
    if (weight > atMost) break;
  }
  return weight;
}

export type TemplateFunction = (...args: TemplateValue[]) => TemplateValue;

export function toText(value: TemplateValue): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'number') return formatNumber(value);
  if (isList(value)) return `[${value.map(toText).join(' ')}]`;
  // Go prints the keys of a map in order.
  if (typeof value === 'object')
    return `map[${[...value]
      .sort(([a], [b]) => order(a, b))
      .map(([key, item]) => `${key}:${toText(item)}`)
      .join(' ')}]`;
  return String(value);
}

/** Go's truth: false, 0, nil and what is empty are false. */
export function isTrue(value: TemplateValue): boolean {
  if (isList(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return value.size > 0;
  return Boolean(value);
}

/** Array.isArray does not take readonly arrays out of a union. */
export function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

/** For a parameter that is a text in Go: a key that is missing ends the template there, and the stage changes nothing. */
export const text = (value: TemplateValue): string => {
  if (value === undefined) throw new TemplateError('a value is missing where a text is expected');
  return typeof value === 'string' ? value : value == null ? '' : toText(value);
};

export function number(value: TemplateValue): number {
  const result = typeof value === 'number' ? value : value === undefined ? 0 : Number(text(value).trim() || '0');
  return Number.isFinite(result) ? result : 0;
}

export const integer = (value: TemplateValue): number => Math.trunc(number(value));

/** `eq` and its kin compare only values of one kind, as Go does. */
export function order(a: TemplateValue, b: TemplateValue): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  throw new TemplateError('incompatible types for comparison');
}

export function equal(a: TemplateValue, b: TemplateValue): boolean {
  if (a == null || b == null) return (a ?? null) === (b ?? null);
  if (typeof a !== typeof b) throw new TemplateError('incompatible types for comparison');
  return a === b;
}
