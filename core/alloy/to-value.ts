/** Between values of the language and plain JavaScript, for components that make or read values, and for JSON. */
import { float, int } from './numbers.ts';
import { isArray, isNumber, isObject, sortedKeys } from './value-kind.ts';
import type { Value } from './value-types.ts';
import { Capsule, Secret } from './values.ts';

export type Plain =
  | null
  | boolean
  | string
  | number
  | bigint
  | Secret
  | Capsule
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Whole numbers become ints, others floats. */
export function toValue(plain: Plain): Value {
  if (plain === null || typeof plain === 'boolean' || typeof plain === 'string') return plain;
  if (typeof plain === 'bigint') return int(plain);
  if (typeof plain === 'number') return Number.isSafeInteger(plain) ? int(plain) : float(plain);
  if (plain instanceof Secret || plain instanceof Capsule) return plain;
  if (Array.isArray(plain)) return plain.map(toValue);
  return new Map(Object.entries(plain).map(([key, item]) => [key, toValue(item)] as const));
}

/**
 * For showing and for JSON: keys in order, integers that a JavaScript number cannot hold as bigint, secrets still
 * Secret (they print as `(secret)`), functions and capsules as text.
 */
export function fromValue(value: Value): unknown {
  if (isArray(value)) return value.map(fromValue);
  if (isObject(value)) {
    const plain: Record<string, unknown> = Object.create(null);
    for (const key of sortedKeys(value)) plain[key] = fromValue(value.get(key)!);
    return plain;
  }
  if (isNumber(value)) {
    const number = Number(value.value);
    return value.kind === 'float' || Number.isSafeInteger(number) ? number : value.value;
  }
  if (value instanceof Capsule) return `capsule(${JSON.stringify(value.typeName)})`;
  if (value !== null && typeof value === 'object' && 'kind' in value) return 'function';
  return value;
}
