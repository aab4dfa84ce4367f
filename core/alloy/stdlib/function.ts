/** How a function of the library is declared: parameter types as attributes have them, then plain TypeScript. */
import { decodeValue } from '../decode-value.ts';
import type { AttributeType } from '../schema.ts';
import { CallError, ValueError } from '../value-error.ts';
import type { FunctionValue, Value } from '../value-types.ts';

type Parameters<T extends readonly AttributeType<unknown>[]> = {
  [K in keyof T]: T[K] extends AttributeType<infer D> ? D : never;
};

/** Any mistake that `body` throws as ValueError is reported at the function's name. */
export function fn<const T extends readonly AttributeType<unknown>[]>(
  name: string,
  parameters: T,
  body: (...args: Parameters<T>) => Value,
): FunctionValue {
  const call = (args: readonly Value[]): Value => {
    if (args.length !== parameters.length) {
      throw new CallError(`expected ${parameters.length} args, got ${args.length}`);
    }
    const decoded = args.map((value, i) => decodeArgument(parameters[i]!, value, i));
    return guarded(() => body(...(decoded as Parameters<T>)));
  };
  return { kind: 'function', name, call };
}

/** Fixed parameters, then any number of one type. */
export function variadic<const T extends readonly AttributeType<unknown>[], R>(
  name: string,
  parameters: T,
  rest: AttributeType<R>,
  body: (fixed: Parameters<T>, rest: R[]) => Value,
): FunctionValue {
  const call = (args: readonly Value[]): Value => {
    if (args.length < parameters.length) {
      throw new CallError(`expected at least ${parameters.length} args, got ${args.length}`);
    }
    const decoded = args.map((value, i) => decodeArgument(parameters[i] ?? rest, value, i));
    const fixed = decoded.slice(0, parameters.length) as Parameters<T>;
    return guarded(() => body(fixed, decoded.slice(parameters.length) as R[]));
  };
  return { kind: 'function', name, call };
}

function decodeArgument(type: AttributeType<unknown>, value: Value, index: number): unknown {
  try {
    return decodeValue(type, value);
  } catch (error) {
    throw error instanceof ValueError ? new CallError(error.message, index, error.path) : error;
  }
}

function guarded(body: () => Value): Value {
  try {
    return body();
  } catch (error) {
    throw error instanceof ValueError ? new CallError(error.message) : error;
  }
}
