/** Evaluates a JMESPath tree on a JSON value. A missing field is null; only wrong function arguments are errors. */

import type { Binding, Comparator, Node, Operator } from './ast.ts';
import { callFunction } from './functions.ts';
import type { Json } from './tokens.ts';
import { JmesPathError } from './tokens.ts';

export interface Scope {
  /** What `$` stands for: the whole document. */
  readonly root: Json;
  readonly variables: ReadonlyMap<string, Json>;
}

export function searchJmesPath(node: Node, document: Json): Json {
  return evaluateJmesPath(node, document, { root: document, variables: new Map() });
}

function evaluateJmesPath(node: Node, value: Json, scope: Scope): Json {
  const evaluate = (each: Node, on: Json = value): Json => evaluateJmesPath(each, on, scope);
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
      // The characters of a text are its code points.
      if (typeof value === 'string') return slice([...value], node).join('');
      return isList(value) ? slice(value, node) : null;
    case 'root':
      return scope.root;
    case 'chain': {
      const left = evaluate(node.left);
      return left === null ? null : evaluate(node.right, left);
    }
    case 'pipe':
      return evaluate(node.right, evaluate(node.left));
    case 'projection': {
      const list = evaluate(node.left);
      // A slice of a text is a text, to which the rest of the projection is not applied.
      if (typeof list === 'string' && isSlice(node.left)) return list;
      return isList(list) ? project(list, node.right, evaluate) : null;
    }
    case 'object_projection': {
      const object = tolerant(() => evaluate(node.left));
      return isObject(object) ? project(Object.values(object), node.right, evaluate) : null;
    }
    case 'filter': {
      const list = tolerant(() => evaluate(node.left));
      if (!isList(list)) return null;
      const matching = list.filter((element) => isTrue(evaluate(node.condition, element)));
      return project(matching, node.right, evaluate);
    }
    case 'flatten': {
      const list = tolerant(() => evaluate(node.left));
      return isList(list) ? list.flatMap((element): readonly Json[] => (isList(element) ? element : [element])) : null;
    }
    case 'list':
      return node.items.map((item) => evaluate(item));
    case 'object':
      return toObject(node.fields.map((field) => [field.name, evaluate(field.value)]));
    case 'or': {
      const left = evaluate(node.left);
      return isTrue(left) ? left : evaluate(node.right);
    }
    case 'and': {
      const left = evaluate(node.left);
      return isTrue(left) ? evaluate(node.right) : left;
    }
    case 'not':
      return !isTrue(evaluate(node.of));
    case 'compare':
      return compare(node.comparator, evaluate(node.left), evaluate(node.right));
    case 'arithmetic': {
      const left = evaluate(node.left);
      const right = evaluate(node.right);
      return typeof left === 'number' && typeof right === 'number' ? calculate(node.operator, left, right) : null;
    }
    case 'sign': {
      const of = evaluate(node.of);
      return typeof of === 'number' ? (node.negative ? -of : of) : null;
    }
    case 'variable': {
      const bound = scope.variables.get(node.name);
      if (bound === undefined) throw new JmesPathError(`undefined variable ${node.name}`);
      return bound;
    }
    case 'let':
      return evaluateJmesPath(node.body, value, withBindings(node.bindings, value, scope));
    case 'call':
      return callFunction(node.name, node.args, value, evaluate);
    case 'reference':
      return null;
  }
}

/** To these projections a failure on the left is a missing value, as in the interpreter that Alloy uses. */
function tolerant(evaluate: () => Json): Json {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof JmesPathError) return null;
    throw error;
  }
}

/** Null results are left out of a projection. */
function project(list: readonly Json[], node: Node, evaluate: (node: Node, value: Json) => Json): Json {
  return list.map((element) => evaluate(node, element)).filter((result) => result !== null);
}

function withBindings(bindings: readonly Binding[], value: Json, scope: Scope): Scope {
  const values = bindings.map(({ name, value: of }) => [name, evaluateJmesPath(of, value, scope)] as const);
  return { ...scope, variables: new Map([...scope.variables, ...values]) };
}

function calculate(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
    case '×':
      return left * right;
    case '/':
      return left / right;
    case '//':
      return Math.floor(left / right);
    case '%':
      return left % right;
  }
}

function isSlice(node: Node): boolean {
  return node.kind === 'chain' && node.right.kind === 'slice';
}

function slice(list: readonly Json[], node: Extract<Node, { kind: 'slice' }>): Json[] {
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
