/** What the expressions of a block refer to: uninterrupted chains of names such as `a.b.c`, looked up by longest prefix. */
import { type Block, type Body, blockId, type Expression } from './ast.ts';
import type { Stability } from './component.ts';
import type { Diagnostic } from './diagnostics.ts';
import { diagnosticAt } from './diagnostics.ts';
import { nearest } from './nearest.ts';
import { joinSpans, type Span } from './source.ts';
import { stabilityError } from './stability.ts';
import { DEPRECATED, DEPRECATED_MESSAGE, EXPERIMENTAL } from './stdlib/index.ts';

export interface Traversal {
  readonly path: readonly string[];
  readonly first: Span;
  readonly span: Span;
}

export interface Names {
  /** Ids that may be referred to from where the block stands. */
  readonly ids: ReadonlySet<string>;
  /** Names of the standard library. */
  readonly library: ReadonlySet<string>;
  /** Other names in scope, such as the variable of a foreach. */
  readonly variables: ReadonlySet<string>;
  readonly minStability: Stability;
  /** Whether the block stands in the body of a `declare`. */
  readonly inModule: boolean;
  /** Off once there are so many mistakes that looking for near names would take long. */
  readonly hints: boolean;
}

export interface References {
  readonly ids: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

export function findReferences(block: Block, names: Names): References {
  const ids = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const traversal of traversalsOfBody(block.body)) {
    const id = resolveId(traversal.path, names.ids);
    if (id !== undefined) {
      ids.add(id);
      if (names.library.has(traversal.path[0]!)) {
        const message = 'a component is shadowing an existing stdlib name';
        diagnostics.push(diagnosticAt(traversal.first, message, { severity: 'warning' }));
      }
    } else if (!names.variables.has(traversal.path[0]!)) {
      const problem = libraryProblem(traversal, names, blockId(block));
      if (problem !== undefined) diagnostics.push(problem);
    }
  }
  return { ids, diagnostics };
}

export function resolveId(path: readonly string[], ids: { has(id: string): boolean }): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const id = path.slice(0, length).join('.');
    if (ids.has(id)) return id;
  }
  return undefined;
}

/** The library has `secret` on the edge side only. */
const NO_SECRETS = 'secret("name") reads what the gateway keeps for a tenant, so it is for pipelines at the edge';
const INSTEAD_OF_SECRETS = 'on a host use sys.env("NAME"), or local.file with is_secret = true';

function libraryProblem({ path, span }: Traversal, names: Names, ownId: string): Diagnostic | undefined {
  const name = path.join('.');
  if (!names.library.has(path[0]!)) {
    if (name === 'secret') return diagnosticAt(span, NO_SECRETS, { hint: INSTEAD_OF_SECRETS });
    const message = `component ${JSON.stringify(name)} does not exist or is out of scope`;
    if (isUndeclaredArgument(path, names)) {
      const text = `this module declares no argument ${JSON.stringify(path[1])}; using the module will fail`;
      return diagnosticAt(span, text, { severity: 'warning', ...(names.hints && suggestion(path, names.ids, ownId)) });
    }
    return diagnosticAt(span, message, names.hints ? suggestion(path, names.ids, ownId) : {});
  }
  const replacement = DEPRECATED.get(path[0]!);
  if (replacement !== undefined) {
    return diagnosticAt(span, DEPRECATED_MESSAGE, { severity: 'warning', hint: `use ${replacement}` });
  }
  const error = EXPERIMENTAL.has(name) ? stabilityError(name, 'experimental', names.minStability) : undefined;
  return error === undefined ? undefined : diagnosticAt(span, error);
}

/**
 * In a module, `argument` is an object to Alloy: a missing field is found when the module is used, and libraries of
 * modules in the wild hold such mistakes beside what people import from them.
 */
function isUndeclaredArgument([first, second]: readonly string[], { inModule }: Names): boolean {
  return inModule && first === 'argument' && second !== undefined;
}

/** The component of the same name whose label is nearest, or the only one of that name, or the nearest of all others. */
function suggestion(path: readonly string[], known: ReadonlySet<string>, ownId: string): { hint?: string } {
  const ids = [...known].filter((id) => id !== ownId);
  const field = path.at(-1)!;
  const id = path.slice(0, -1).join('.');
  const name = path.slice(0, -2).join('.');
  const siblings = ids.filter((other) => other.slice(0, other.lastIndexOf('.')) === name);
  const best = nearest(id, siblings) ?? (siblings.length === 1 ? siblings[0] : undefined) ?? nearest(id, ids);
  return best === undefined ? {} : { hint: `did you mean ${best}.${field}?` };
}

export function traversalsOfBody(body: Body, found: Traversal[] = []): Traversal[] {
  for (const statement of body) {
    if (statement.kind === 'block') traversalsOfBody(statement.body, found);
    else collect(statement.value, found);
  }
  return found;
}

export function traversalsOfExpression(expression: Expression): Traversal[] {
  const found: Traversal[] = [];
  collect(expression, found);
  return found;
}

function collect(expression: Expression, found: Traversal[]): void {
  switch (expression.kind) {
    case 'literal':
      return;
    case 'identifier':
    case 'access':
      collectChain(expression, found);
      return;
    case 'array':
      for (const element of expression.elements) collect(element, found);
      return;
    case 'object':
      for (const field of expression.fields) collect(field.value, found);
      return;
    case 'index':
      collect(expression.value, found);
      collect(expression.index, found);
      return;
    case 'call':
      collect(expression.value, found);
      for (const argument of expression.args) collect(argument, found);
      return;
    case 'unary':
      collect(expression.value, found);
      return;
    case 'binary':
      collect(expression.left, found);
      collect(expression.right, found);
      return;
    case 'paren':
      collect(expression.inner, found);
  }
}

function collectChain(expression: Expression, found: Traversal[]): void {
  const names: string[] = [];
  let base = expression;
  while (base.kind === 'access') {
    names.push(base.name.name);
    base = base.value;
  }
  if (base.kind !== 'identifier') {
    collect(base, found);
    return;
  }
  const path = [base.name, ...names.reverse()];
  found.push({ path, first: base.span, span: joinSpans(base.span, expression.span) });
}
