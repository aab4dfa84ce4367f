/** What a JMESPath function was called with, typed on request. A wrong type or number of arguments is a JmesPathError. */

import type { Node } from './ast.ts';
import { isList, isObject } from './evaluate.ts';
import type { Json } from './tokens.ts';
import { JmesPathError } from './tokens.ts';

export type Evaluate = (node: Node, value: Json) => Json;
export type Call = (args: Arguments) => Json;

/** A value, or the expression of a `&reference`. */
export interface Argument {
  readonly value: Json;
  readonly reference?: Node;
}

export class Arguments {
  readonly #name: string;
  readonly #list: readonly Argument[];
  readonly #evaluate: Evaluate;

  constructor(name: string, list: readonly Argument[], evaluate: Evaluate) {
    this.#name = name;
    this.#list = list;
    this.#evaluate = evaluate;
  }

  get count(): number {
    return this.#list.length;
  }

  all(): readonly Json[] {
    return this.#list.map((argument) => argument.value);
  }

  any(index: number): Json {
    const argument = this.#list[index];
    if (argument === undefined) throw new JmesPathError(`${this.#name}() expects more than ${index} arguments`);
    return argument.value;
  }

  number(index: number): number {
    const value = this.any(index);
    return typeof value === 'number' ? value : this.#wrong(index, 'a number');
  }

  string(index: number): string {
    const value = this.any(index);
    return typeof value === 'string' ? value : this.#wrong(index, 'a string');
  }

  integer(index: number): number {
    const value = this.number(index);
    return Number.isInteger(value) ? value : this.#wrong(index, 'an integer');
  }

  /** A count or a width. */
  natural(index: number): number {
    const value = this.integer(index);
    return value >= 0 ? value : this.#wrong(index, 'an integer that is not negative');
  }

  list(index: number): readonly Json[] {
    const value = this.any(index);
    return isList(value) ? value : this.#wrong(index, 'an array');
  }

  object(index: number): { readonly [key: string]: Json } {
    const value = this.any(index);
    return isObject(value) ? value : this.#wrong(index, 'an object');
  }

  numbers(index: number): readonly number[] {
    return this.list(index).map((item) =>
      typeof item === 'number' ? item : this.#wrong(index, 'an array of numbers'),
    );
  }

  strings(index: number): readonly string[] {
    return this.list(index).map((item) =>
      typeof item === 'string' ? item : this.#wrong(index, 'an array of strings'),
    );
  }

  /** All numbers or all strings, for what has an order. */
  sortable(index: number): readonly (number | string)[] {
    const list = this.list(index);
    return typeof list[0] === 'string' ? this.strings(index) : this.numbers(index);
  }

  expression(index: number): (value: Json) => Json {
    const reference = this.#list[index]?.reference;
    if (reference === undefined) return this.#wrong(index, 'an &expression');
    return (value) => this.#evaluate(reference, value);
  }

  #wrong(index: number, expected: string): never {
    throw new JmesPathError(`${this.#name}() expects ${expected} as argument ${index + 1}`);
  }
}
