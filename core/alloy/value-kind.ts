/** Questions about values: their type as Alloy names it, equality, order of texts, and the numbers' three kinds. */
import type { FunctionValue, NumberValue, ObjectValue, Value } from './value-types.ts';
import { Capsule, Secret } from './values.ts';

export type TypeName = 'null' | 'number' | 'string' | 'bool' | 'array' | 'object' | 'function' | 'capsule';

export function typeName(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  if (value instanceof Secret || value instanceof Capsule) return 'capsule';
  return value.kind === 'function' ? 'function' : 'number';
}

/** As `typeName`, with the inner type of a capsule, for messages. */
export function describeType(value: Value): string {
  if (value instanceof Secret) return 'capsule("alloytypes.Secret")';
  if (value instanceof Capsule) return `capsule(${JSON.stringify(value.typeName)})`;
  return typeName(value);
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isObject(value: Value): value is ObjectValue {
  return value instanceof Map;
}

export function isNumber(value: Value): value is NumberValue {
  return typeName(value) === 'number';
}

export function isFunction(value: Value): value is FunctionValue {
  return typeName(value) === 'function';
}

/** Equality of the language: different types are never equal, functions never are, 3 == 3.0 is. */
export function valuesEqual(a: Value, b: Value): boolean {
  if (isFunction(a)) return false;
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return numbersEqual(a, b);
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((item, i) => valuesEqual(item, b[i]!));
  if (isObject(a) && isObject(b)) return objectsEqual(a, b);
  if (a instanceof Secret && b instanceof Secret) return a.reveal() === b.reveal();
  if (a instanceof Capsule && b instanceof Capsule) return a.typeName === b.typeName && a.value === b.value;
  return false;
}

function objectsEqual(a: ObjectValue, b: ObjectValue): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (!b.has(key) || !valuesEqual(value, b.get(key)!)) return false;
  }
  return true;
}

function numbersEqual(a: NumberValue, b: NumberValue): boolean {
  if (a.kind === 'float' || b.kind === 'float') return Number(a.value) === Number(b.value);
  return a.value === b.value;
}

/** Go orders strings by their UTF-8 bytes, which is the order of code points and not of UTF-16 units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Keys in the order that Alloy uses wherever an order shows. */
export function sortedKeys(object: ObjectValue): string[] {
  return [...object.keys()].sort(compareText);
}
