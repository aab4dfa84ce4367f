/** Every value an expression can have. Integers keep 64 bits; kinds promote uint -> int -> float as in Alloy. */
import type { Capsule, Secret } from './values.ts';

export interface NumberValue {
  readonly kind: 'uint' | 'int' | 'float';
  /** bigint for uint and int, number for float. */
  readonly value: bigint | number;
}

export interface FunctionValue {
  readonly kind: 'function';
  readonly name: string;
  readonly call: (args: readonly Value[]) => Value;
}

export type Value =
  | null
  | boolean
  | string
  | NumberValue
  | FunctionValue
  | Secret
  | Capsule
  | readonly Value[]
  | ObjectValue;

/** A Map, so that no key of a config can meet a prototype. */
export type ObjectValue = ReadonlyMap<string, Value>;
