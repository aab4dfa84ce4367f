/** The functions of sprig that make and read lists and maps. They never change a value, but for `set` and `unset`. */

import { TemplateError } from './tokens.ts';
import type { TemplateFunction, TemplateValue } from './values.ts';
import { checkLength, isTrue, text, toText } from './values.ts';

type TemplateMap = Map<string, TemplateValue>;

function list(value: TemplateValue): readonly TemplateValue[] {
  if (Array.isArray(value)) return value as readonly TemplateValue[];
  throw new TemplateError(`expected a list, not ${toText(value)}`);
}

function map(value: TemplateValue): TemplateMap {
  if (value instanceof Map) return value;
  throw new TemplateError(`expected a dictionary, not ${toText(value)}`);
}

function same(a: TemplateValue, b: TemplateValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => same(item, b[at]));
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, item]) => b.has(key) && same(item, b.get(key)));
  }
  return a === b;
}

function dict(...pairs: TemplateValue[]): TemplateMap {
  const made: TemplateMap = new Map();
  for (let at = 0; at < pairs.length; at += 2) made.set(text(pairs[at]), at + 1 < pairs.length ? pairs[at + 1] : '');
  return made;
}

/** Earlier maps win, as in sprig; `mergeOverwrite` is the other way around. */
function merged(maps: readonly TemplateValue[]): TemplateMap {
  return new Map(maps.toReversed().flatMap((each) => [...map(each)]));
}

function joined(parts: readonly string[], separator: string): string {
  checkLength(parts.reduce((length, part) => length + part.length + separator.length, 0));
  return parts.join(separator);
}

function split(separator: TemplateValue, value: TemplateValue): string[] {
  return text(separator) === '' ? [...text(value)] : text(value).split(text(separator));
}

/** `split` gives a map of `_0`, `_1`, …, which a template can address as fields. */
const numbered = (parts: readonly string[]): TemplateMap => new Map(parts.map((part, at) => [`_${at}`, part]));

function limited(parts: readonly string[], separator: string, limit: number): string[] {
  if (limit < 0 || parts.length <= limit) return [...parts];
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function position(value: TemplateValue, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new TemplateError(`${toText(value)} is no place in a list`);
}

function dig(...args: TemplateValue[]): TemplateValue {
  const otherwise = args.at(-2);
  let at = args.at(-1);
  for (const key of args.slice(0, -2)) {
    if (!map(at).has(text(key))) return otherwise;
    at = map(at).get(text(key));
  }
  return at;
}

export const collectionFunctions: Readonly<Record<string, TemplateFunction>> = {
  list: (...items) => items,
  tuple: (...items) => items,
  first: (value) => list(value)[0],
  last: (value) => list(value).at(-1),
  rest: (value) => list(value).slice(1),
  initial: (value) => list(value).slice(0, -1),
  append: (value, item) => [...list(value), item],
  push: (value, item) => [...list(value), item],
  prepend: (value, item) => [item, ...list(value)],
  concat: (...lists) => lists.flatMap((each) => [...list(each)]),
  reverse: (value) => list(value).toReversed(),
  uniq: (value) => list(value).filter((item, at, all) => all.findIndex((other) => same(item, other)) === at),
  without: (value, ...items) => list(value).filter((item) => !items.some((other) => same(item, other))),
  has: (item, value) => isTrue(value) && list(value).some((other) => same(item, other)),
  compact: (value) => list(value).filter(isTrue),
  slice: (value, start, end) => list(value).slice(position(start, 0), position(end, list(value).length)),
  sortAlpha: (value) => list(value).map(text).sort(byCodeUnit),
  join: (separator, value) => (Array.isArray(value) ? joined(value.map(text), text(separator)) : text(value)),
  splitList: (separator, value) => split(separator, value),
  split: (separator, value) => numbered(split(separator, value)),
  splitn: (separator, limit, value) => numbered(limited(split(separator, value), text(separator), Number(text(limit)))),
  toStrings: (value) => list(value).map(text),
  all: (...values) => values.every(isTrue),
  any: (...values) => values.some(isTrue),
  dict,
  get: (value, key) => map(value).get(text(key)) ?? '',
  hasKey: (value, key) => map(value).has(text(key)),
  set: (value, key, item) => map(value).set(text(key), item),
  unset: (value, key) => {
    map(value).delete(text(key));
    return value;
  },
  keys: (...maps) => maps.flatMap((each) => [...map(each).keys()]),
  values: (value) => [...map(value).values()],
  pick: (value, ...keys) => new Map([...map(value)].filter(([key]) => keys.some((each) => text(each) === key))),
  omit: (value, ...keys) => new Map([...map(value)].filter(([key]) => !keys.some((each) => text(each) === key))),
  pluck: (key, ...maps) => maps.filter((each) => map(each).has(text(key))).map((each) => map(each).get(text(key))),
  merge: (...maps) => merged(maps),
  mergeOverwrite: (...maps) => merged(maps.toReversed()),
  dig,
  deepEqual: same,
};

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
