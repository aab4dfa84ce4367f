/**
 * A whole configuration for people who may see what it does and no secret in it. Where it is not known what a text is for
 * (a custom component's argument, a module in a string), it is left out; so are comments, which may hold anything.
 */
import type { Attribute, Block, Body, Expression } from './ast.ts';
import type { AnyComponentDefinition } from './component.ts';
import { parseFile } from './parser.ts';
import { collectBody, collectLiterals, type Hidden } from './redact.ts';
import type { Span } from './source.ts';

const LEFT_OUT = '"(secret)"';
/** Bodies whose statements are those of a configuration. */
const CONTAINERS = new Set(['declare', 'template']);
/** `headers = { "Authorization" = "…" }`: a map of texts to the schema. */
const HEADERS = /headers$|^extra_metadata$/;
const ADDRESS = /url|endpoint|address/;

/** Undefined where the text does not parse, so that nothing can be said about it. */
export function redactedFile(
  text: string,
  registry: ReadonlyMap<string, Pick<AnyComponentDefinition, 'schema'>>,
): string | undefined {
  const { file, diagnostics } = parseFile(text, '');
  if (diagnostics.some(({ severity }) => severity === 'error')) return undefined;
  const hidden: Hidden = [];
  configuration(file.body, registry, hidden);
  const cuts = [
    ...hidden.map(({ start, end }) => ({ start, end, by: LEFT_OUT })),
    ...file.comments.map(({ span }) => ({ start: span.start, end: span.end, by: commentLeftOut(span) })),
  ].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = '';
  let at = 0;
  for (const { start, end, by } of cuts) {
    if (start < at) continue;
    out += text.slice(at, start) + by;
    at = end;
  }
  return out + text.slice(at);
}

function configuration(
  body: Body,
  registry: ReadonlyMap<string, Pick<AnyComponentDefinition, 'schema'>>,
  hidden: Hidden,
): void {
  for (const statement of body) {
    if (statement.kind === 'attribute') collectLiterals(statement.value, hidden);
    else if (CONTAINERS.has(statement.name)) configuration(statement.body, registry, hidden);
    else if (statement.name === 'foreach') foreach(statement, registry, hidden);
    else component(statement, registry, hidden);
  }
}

function foreach(
  block: Block,
  registry: ReadonlyMap<string, Pick<AnyComponentDefinition, 'schema'>>,
  hidden: Hidden,
): void {
  for (const statement of block.body) {
    if (statement.kind === 'block') configuration(statement.body, registry, hidden);
    else if (statement.name.name === 'collection') collectLiterals(statement.value, hidden);
  }
}

function component(
  block: Block,
  registry: ReadonlyMap<string, Pick<AnyComponentDefinition, 'schema'>>,
  hidden: Hidden,
): void {
  const schema = registry.get(block.name)?.schema;
  if (schema === undefined) {
    everything(block.body, hidden);
    return;
  }
  collectBody(block.body, schema, hidden);
  addressesAndHeaders(block.body, hidden);
}

function everything(body: Body, hidden: Hidden): void {
  for (const statement of body) {
    if (statement.kind === 'attribute') collectLiterals(statement.value, hidden);
    else everything(statement.body, hidden);
  }
}

function addressesAndHeaders(body: Body, hidden: Hidden): void {
  for (const statement of body) {
    if (statement.kind === 'block') addressesAndHeaders(statement.body, hidden);
    else if (HEADERS.test(statement.name.name)) collectLiterals(statement.value, hidden);
    else if (ADDRESS.test(statement.name.name)) address(statement, hidden);
  }
}

/** A plain URL shows, unless something is in it that may be a key: user, password, query. */
function address({ value }: Attribute, hidden: Hidden): void {
  const isPlain = value.kind === 'literal' && /^"[a-z]+:\/\/[^?@#\\]*"$/.test(value.text);
  if (!isPlain && !isLiteralFree(value)) collectLiterals(value, hidden);
}

function isLiteralFree(expression: Expression): boolean {
  const found: Hidden = [];
  collectLiterals(expression, found);
  return found.length === 0;
}

/** A comment to the end of its line takes no line break with it. */
function commentLeftOut({ source, start, end }: Span): string {
  return source.text.slice(start, end).startsWith('//') ? '// (comment left out)' : '/* (comment left out) */';
}
