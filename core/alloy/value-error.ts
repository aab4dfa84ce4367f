/** Thrown deep inside a value or a function, and turned into a diagnostic by whoever knows the expression it came from. */

import { typeName } from './value-kind.ts';
import type { Value } from './value-types.ts';

export type PathStep = string | number;

export class ValueError extends Error {
  /** From the value that the expression gave to the part of it that is wrong. */
  readonly path: readonly PathStep[];

  constructor(message: string, path: readonly PathStep[] = []) {
    super(message);
    this.path = path;
  }

  within(step: PathStep): ValueError {
    return new ValueError(this.message, [step, ...this.path]);
  }
}

/** A mistake in a call; `argument` is the index of the argument at fault, if it is one argument's. */
export class CallError extends Error {
  readonly argument: number | undefined;
  readonly path: readonly PathStep[];

  constructor(message: string, argument?: number, path: readonly PathStep[] = []) {
    super(message);
    this.argument = argument;
    this.path = path;
  }
}

export function shouldBe(expected: string, value: Value): ValueError {
  return new ValueError(`should be ${expected}, got ${typeName(value)}`);
}

/** Runs `decode` for one part of a value and adds that part to the path of what it throws. */
export function inside<T>(step: PathStep, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof ValueError ? error.within(step) : error;
  }
}
