/**
 * `json_path(text, path)`: the values that a JSONPath selects, always as a list. Paths as Alloy's library (ojg) reads them:
 * `$`, `.name`, `['name']`, `[n]`, `[-1]`, `[a:b:c]`, `[1,2]`, `['a','b']`, `*`, `..` and filters `[?(…)]`.
 */
import { t } from '../schema.ts';
import { ValueError } from '../value-error.ts';
import { isArray, isObject, sortedKeys } from '../value-kind.ts';
import type { Value } from '../value-types.ts';
import { fn } from './function.ts';
import { parseJsonWithIntegers } from './json.ts';
import { type Filter, holds, JsonPathParser, type Step } from './json-path-parser.ts';

/** `$..*..*` can select a value many times over; a result longer than this is a mistake. */
const MAX_SELECTED = 1_000_000;

export const jsonPath = fn('json_path', [t.string, t.string], (text, path) => {
  const steps = new JsonPathParser(path).parse();
  const root = parseJsonWithIntegers(text);
  return selectPath(steps, root, root);
});

export function selectPath(steps: readonly Step[], start: Value, root: Value): Value[] {
  let selected: Value[] = [start];
  for (const step of steps) {
    const next: Value[] = [];
    for (const value of selected) {
      for (const found of apply(step, value, root)) next.push(found);
      if (next.length > MAX_SELECTED) throw new ValueError(`the path selects more than ${MAX_SELECTED} values`);
    }
    selected = next;
  }
  return selected;
}

function apply(step: Step, value: Value, root: Value): Iterable<Value> {
  switch (step.kind) {
    case 'union':
      return step.selectors.flatMap((selector) => child(value, selector));
    case 'wildcard':
      return children(value);
    case 'slice':
      return isArray(value) ? slice(value, step) : [];
    case 'descend':
      return descendants(value);
    case 'filter':
      return children(value).filter((each) => matches(step.filter, each, root));
  }
}

function child(value: Value, selector: string | number): Value[] {
  if (typeof selector === 'string') return isObject(value) && value.has(selector) ? [value.get(selector)!] : [];
  const found = isArray(value) ? value.at(selector) : undefined;
  return found === undefined ? [] : [found];
}

function children(value: Value): Value[] {
  if (isArray(value)) return [...value];
  return isObject(value) ? sortedKeys(value).map((key) => value.get(key)!) : [];
}

/** The value itself and everything below it. */
function* descendants(value: Value): Generator<Value> {
  yield value;
  for (const each of children(value)) yield* descendants(each);
}

function slice(list: readonly Value[], { from, to, step }: Step & { kind: 'slice' }): Value[] {
  const by = step ?? 1;
  if (by === 0) return [];
  const clamp = (at: number): number =>
    Math.min(Math.max(at < 0 ? at + list.length : at, by < 0 ? -1 : 0), list.length);
  const start =
    from === undefined ? (by > 0 ? 0 : list.length - 1) : Math.min(clamp(from), by < 0 ? list.length - 1 : list.length);
  const end = to === undefined ? (by > 0 ? list.length : -1) : clamp(to);
  const out: Value[] = [];
  for (let i = start; by > 0 ? i < end : i > end; i += by) out.push(list[i]!);
  return out;
}

function matches(filter: Filter, value: Value, root: Value): boolean {
  return holds(filter, (path) => selectPath(path.steps, path.fromRoot ? root : value, root));
}
