/** Where names of an expression get their values: components of the module first, then the standard library. */
import type { Value } from './value-types.ts';
import { Capsule } from './values.ts';

export interface Found {
  readonly value: Value;
  /** How many names of the path this value stands for. */
  readonly length: number;
}

export interface Scope {
  /** The longest beginning of the path that names something. */
  lookup(path: readonly string[]): Found | undefined;
}

/** The first scope that knows the path decides. */
export function chainScopes(...scopes: readonly Scope[]): Scope {
  return {
    lookup(path) {
      for (const scope of scopes) {
        const found = scope.lookup(path);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Single names, such as the library's `string` or `constants`. */
export function namesScope(names: ReadonlyMap<string, Value>): Scope {
  return {
    lookup([name]) {
      const value = name === undefined ? undefined : names.get(name);
      return value === undefined ? undefined : { value, length: 1 };
    },
  };
}

/**
 * Stands for what only running components know, while a configuration is checked without building any. Everything made
 * from it is unknown too, and it fits wherever its type, if that is known, does not rule it out.
 */
export class Unknown extends Capsule<undefined> {
  constructor(typeName = '') {
    super(typeName, undefined);
  }
}
