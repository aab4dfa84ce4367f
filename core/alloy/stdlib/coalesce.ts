/** `coalesce(a, b, …)`: the first argument that is not empty, else the last. */
import { isArray, isFunction, isNumber, isObject } from '../value-kind.ts';
import type { FunctionValue, Value } from '../value-types.ts';
import { Secret } from '../values.ts';

export const coalesce: FunctionValue = {
  kind: 'function',
  name: 'coalesce',
  call: (args) => args.find((value) => !isEmpty(value)) ?? args.at(-1) ?? null,
};

/** Go's zero values: 0 and false count as empty, too. */
function isEmpty(value: Value): boolean {
  if (isArray(value)) return value.length === 0;
  if (isObject(value)) return value.size === 0;
  if (isFunction(value)) return false;
  if (isNumber(value)) return Number(value.value) === 0;
  if (value instanceof Secret) return value.reveal() === '';
  return value === null || value === '' || value === false;
}
