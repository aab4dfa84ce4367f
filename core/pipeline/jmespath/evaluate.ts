/** Evaluates a JMESPath tree on a JSON value. A missing field is null; only wrong function arguments are errors. */
import { callFunction } from './functions.ts';
import type { Comparator, Node } from './parser.ts';
import type { Json } from './tokens.ts';

export function evaluateJmesPath(node: Node, value: Json): Json {
  switch (node.kind) {
    case 'current':
      return value;
    case 'literal':
      return node.value;
    case 'field':
      return isObject(value) && Object.hasOwn(value, node.name) ? value[node.name] : null;
    case 'index':
      return isList(value) ? (value.at(node.index) ?? null) : null;
    case 'slice':
      return isList(value) ? slice(value, node) : null;
    case 'chain':
    case 'pipe':
      return evaluateJmesPath(node.right, evaluateJmesPath(node.left, value));
    case 'projection': {
      const list = evaluateJmesPath(node.left, value);
      return isList(list) ? project(list, node.right) : null;
    }
    case 'object_projection': {
      const object = evaluateJmesPath(node.left, value);
      return isObject(object) ? project(Object.values(object), node.right) : null;
    }
    case 'filter': {
      const list = evaluateJmesPath(node.left, value);
      if (!isList(list)) return null;
      const matching = list.filter((element) => isTrue(evaluateJmesPath(node.condition, element)));
      return project(matching, node.right);
    }
    case 'flatten': {
      const list = evaluateJmesPath(node.left, value);
      return isList(list) ? list.flatMap((element): readonly Json[] => (isList(element) ? element : [element])) : null;
    }
    case 'list':
      return value === null ? null : node.items.map((item) => evaluateJmesPath(item, value));
    case 'object':
      if (value === null) return null;
      return toObject(node.fields.map((field) => [field.name, evaluateJmesPath(field.value, value)]));
    case 'or': {
      const left = evaluateJmesPath(node.left, value);
      return isTrue(left) ? left : evaluateJmesPath(node.right, value);
    }
    case 'and': {
      const left = evaluateJmesPath(node.left, value);
      return isTrue(left) ? evaluateJmesPath(node.right, value) : left;
    }
    case 'not':
      return !isTrue(evaluateJmesPath(node.of, value));
    case 'compare':
      return compare(node.comparator, evaluateJmesPath(node.left, value), evaluateJmesPath(node.right, value));
    case 'call':
      return callFunction(node.name, node.args, value, evaluateJmesPath);
    case 'reference':
      return null;
  }
}

/** Null results are left out of a projection. */
function project(list: readonly Json[], node: Node): Json {
  return list.map((element) => evaluateJmesPath(node, element)).filter((result) => result !== null);
}

function slice(list: readonly Json[], node: Extract<Node, { kind: 'slice' }>): Json {
  const { step } = node;
  const edge = (index: number | undefined, otherwise: number): number => {
    if (index === undefined) return otherwise;
    const fromStart = index < 0 ? index + list.length : index;
    return step > 0
      ? Math.min(Math.max(fromStart, 0), list.length)
      : Math.min(Math.max(fromStart, -1), list.length - 1);
  };
  const start = edge(node.start, step > 0 ? 0 : list.length - 1);
  const stop = edge(node.stop, step > 0 ? list.length : -1);
  const result: Json[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) result.push(list[i] ?? null);
  return result;
}

/** Ordering compares numbers only; anything else is null, as the specification says. */
function compare(comparator: Comparator, left: Json, right: Json): Json {
  if (comparator === '==') return jsonEqual(left, right);
  if (comparator === '!=') return !jsonEqual(left, right);
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  switch (comparator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

export function jsonEqual(a: Json, b: Json): boolean {
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => jsonEqual(item, b[i] ?? null));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b;
}

/** False, null and what is empty are false. Zero is true. */
export function isTrue(value: Json): boolean {
  if (value === null || value === false || value === '') return false;
  if (isList(value)) return value.length > 0;
  return !isObject(value) || Object.keys(value).length > 0;
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Defines own properties, so that a key named __proto__ is a key like any other. */
export function toObject(fields: readonly (readonly [string, Json])[]): { readonly [key: string]: Json } {
  return Object.fromEntries(fields);
}
