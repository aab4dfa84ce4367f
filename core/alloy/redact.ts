/** A block as it was written, with the literals of secret arguments taken out: this is what pages and logs may show. */
import type { Block, Body, Expression } from './ast.ts';
import { type BodySchema, type Field, holdsSecretType } from './schema.ts';
import { withoutUrlPasswords } from './url-password.ts';

export function redactedText(block: Block, schema: BodySchema): string {
  const hidden: { readonly start: number; readonly end: number }[] = [];
  collectBody(block.body, schema, hidden);
  const { text } = block.span.source;
  let out = '';
  let at = block.span.start;
  for (const { start, end } of hidden) {
    out += `${text.slice(at, start)}"(secret)"`;
    at = end;
  }
  return withoutUrlPasswords(out + text.slice(at, block.span.end));
}

export type Hidden = { readonly start: number; readonly end: number }[];

export function collectBody(body: Body, schema: BodySchema, hidden: Hidden): void {
  for (const statement of body) {
    if (statement.kind === 'attribute') {
      const field = schema[statement.name.name];
      if (field?.field === 'attribute' && holdsSecretType(field.type)) collectLiterals(statement.value, hidden);
    } else {
      const inner = blockSchema(statement.name, Object.entries(schema));
      if (inner !== undefined) collectBody(statement.body, inner, hidden);
    }
  }
}

function blockSchema(name: string, fields: readonly (readonly [string, Field])[]): BodySchema | undefined {
  for (const [key, field] of fields) {
    if (field.field === 'block' && key === name) return field.body;
    if (field.field === 'ordered') {
      const found = field.blocks()[name];
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

export function collectLiterals(expression: Expression, hidden: Hidden): void {
  switch (expression.kind) {
    case 'literal':
      if (expression.type === 'STRING') hidden.push(expression.span);
      return;
    case 'array':
      for (const element of expression.elements) collectLiterals(element, hidden);
      return;
    case 'object':
      for (const field of expression.fields) collectLiterals(field.value, hidden);
      return;
    case 'binary':
      collectLiterals(expression.left, hidden);
      collectLiterals(expression.right, hidden);
      return;
    case 'paren':
      collectLiterals(expression.inner, hidden);
      return;
    case 'call':
      // `sys.env("NAME")` shows a name and not the secret; any other function may be given the secret itself.
      if (!isLookup(expression.value)) for (const argument of expression.args) collectLiterals(argument, hidden);
      return;
    default:
  }
}

function isLookup(callee: Expression): boolean {
  if (callee.kind === 'identifier') return callee.name === 'env' || callee.name === 'secret';
  return callee.kind === 'access' && callee.name.name === 'env';
}
