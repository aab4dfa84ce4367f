/** The built-in functions of JMESPath. A wrong number or type of arguments is a JmesPathError that names the function. */
import { isList, isObject, jsonEqual, toObject } from './evaluate.ts';
import type { Node } from './parser.ts';
import type { Json } from './tokens.ts';
import { JmesPathError } from './tokens.ts';

type Evaluate = (node: Node, value: Json) => Json;
/** An argument: a value, or the expression of a `&reference`. */
type Argument = { readonly value: Json; readonly reference?: Node };
type Call = (args: Arguments) => Json;

export const functionNames = (): readonly string[] => [...functions.keys()];

export function callFunction(name: string, nodes: readonly Node[], value: Json, evaluate: Evaluate): Json {
  const call = functions.get(name);
  if (call === undefined) throw new JmesPathError(`unknown function ${name}()`);
  const args = nodes.map(
    (node): Argument =>
      node.kind === 'reference' ? { value: null, reference: node.of } : { value: evaluate(node, value) },
  );
  return call(new Arguments(name, args, evaluate));
}

class Arguments {
  readonly #name: string;
  readonly #list: readonly Argument[];
  readonly #evaluate: Evaluate;

  constructor(name: string, list: readonly Argument[], evaluate: Evaluate) {
    this.#name = name;
    this.#list = list;
    this.#evaluate = evaluate;
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

const byOrder = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Elements with their sort keys, the keys being all numbers or all strings. */
function keyed(args: Arguments): { readonly item: Json; readonly key: number | string }[] {
  const keyOf = args.expression(1);
  const keys = args.list(0).map((item) => ({ item, key: keyOf(item) }));
  const kind = typeof keys[0]?.key === 'string' ? 'string' : 'number';
  return keys.map(({ item, key }) => {
    if ((typeof key === 'string' || typeof key === 'number') && typeof key === kind) return { item, key };
    throw new JmesPathError('the keys of an ordering must be all numbers or all strings');
  });
}

/** The first of the largest (sign 1) or smallest (sign -1). */
function extreme<T>(list: readonly T[], key: (item: T) => number | string, sign: number): T | undefined {
  let best: T | undefined;
  for (const item of list) if (best === undefined || byOrder(key(item), key(best)) * sign > 0) best = item;
  return best;
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  return typeof value;
}

function toNumber(value: Json): Json {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return null;
  return Number(value);
}

function lengthOf(args: Arguments): Json {
  const value = args.any(0);
  // Characters are code points.
  if (typeof value === 'string') return [...value].length;
  return isObject(value) ? Object.keys(value).length : args.list(0).length;
}

const functions: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['abs', (args) => Math.abs(args.number(0))],
  ['avg', (args) => (args.list(0).length === 0 ? null : sum(args.numbers(0)) / args.list(0).length)],
  ['ceil', (args) => Math.ceil(args.number(0))],
  [
    'contains',
    (args) => {
      const subject = args.any(0);
      const wanted = args.any(1);
      if (typeof subject === 'string') return typeof wanted === 'string' && subject.includes(wanted);
      return args.list(0).some((item) => jsonEqual(item, wanted));
    },
  ],
  ['ends_with', (args) => args.string(0).endsWith(args.string(1))],
  ['floor', (args) => Math.floor(args.number(0))],
  ['join', (args) => args.strings(1).join(args.string(0))],
  ['keys', (args) => Object.keys(args.object(0))],
  ['length', lengthOf],
  [
    'map',
    (args) => {
      const each = args.expression(0);
      return args.list(1).map((item) => each(item));
    },
  ],
  ['max', (args) => extreme(args.sortable(0), (item) => item, 1) ?? null],
  ['max_by', (args) => extreme(keyed(args), ({ key }) => key, 1)?.item ?? null],
  ['merge', (args) => toObject(args.all().flatMap((_, index) => Object.entries(args.object(index))))],
  ['min', (args) => extreme(args.sortable(0), (item) => item, -1) ?? null],
  ['min_by', (args) => extreme(keyed(args), ({ key }) => key, -1)?.item ?? null],
  ['not_null', (args) => args.all().find((value) => value !== null) ?? null],
  [
    'reverse',
    (args) => {
      const value = args.any(0);
      return typeof value === 'string' ? [...value].reverse().join('') : [...args.list(0)].reverse();
    },
  ],
  ['sort', (args) => [...args.sortable(0)].sort(byOrder)],
  [
    'sort_by',
    (args) =>
      keyed(args)
        .sort((a, b) => byOrder(a.key, b.key))
        .map(({ item }) => item),
  ],
  ['starts_with', (args) => args.string(0).startsWith(args.string(1))],
  ['sum', (args) => sum(args.numbers(0))],
  ['to_array', (args) => (isList(args.any(0)) ? args.any(0) : [args.any(0)])],
  ['to_number', (args) => toNumber(args.any(0))],
  [
    'to_string',
    (args) => {
      const value = args.any(0);
      return typeof value === 'string' ? value : JSON.stringify(value);
    },
  ],
  ['type', (args) => typeName(args.any(0))],
  ['values', (args) => Object.values(args.object(0))],
]);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
