/** The built-in functions of JMESPath. A wrong number or type of arguments is a JmesPathError that names the function. */
import { type Argument, Arguments, type Call, type Evaluate } from './arguments.ts';
import type { Node } from './ast.ts';
import { isList, isObject, jsonEqual, toObject } from './evaluate.ts';
import { sortedGoJson } from './go-json.ts';
import { textFunctions } from './text-functions.ts';
import type { Json } from './tokens.ts';
import { JmesPathError } from './tokens.ts';

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
      return typeof value === 'string' ? value : sortedGoJson(value);
    },
  ],
  ['type', (args) => typeName(args.any(0))],
  ['values', (args) => Object.values(args.object(0))],
  ['from_items', (args) => toObject(args.list(0).map(toPair))],
  ['group_by', groupBy],
  ['items', (args) => Object.entries(args.object(0)).map((pair): Json => pair)],
  ['zip', zip],
  ...textFunctions,
]);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function toPair(item: Json): readonly [string, Json] {
  if (isList(item) && item.length === 2 && typeof item[0] === 'string') return [item[0], item[1] ?? null];
  throw new JmesPathError('from_items() expects arrays of a string and a value');
}

function groupBy(args: Arguments): Json {
  const keyOf = args.expression(1);
  const groups = new Map<string, Json[]>();
  for (const item of args.list(0)) {
    const key = keyOf(item);
    if (typeof key !== 'string') throw new JmesPathError('the expression of group_by() must give a string');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups.size === 0 ? null : toObject([...groups]);
}

function zip(args: Arguments): Json {
  const lists = args.all().map((_, index) => args.list(index));
  const shortest = Math.min(...lists.map((list) => list.length));
  return Array.from({ length: lists.length === 0 ? 0 : shortest }, (_, at) => lists.map((list) => list[at] ?? null));
}
