/** Secrets written into the configuration, where everyone sees them who sees the file. */
import type { Block, Expression } from '../../alloy/ast.ts';
import { type AttributeType, type BodySchema, type Field, holdsSecretType } from '../../alloy/schema.ts';
import type { LintRule, Report } from '../rule.ts';
import { blocksIn, unwrapped } from '../syntax.ts';

export const plainSecret: LintRule = {
  name: 'plain_secret',
  check({ model }, report) {
    for (const node of model.nodes()) {
      if (node.definition !== undefined) checkBlock(node.block, node.definition.schema, report);
    }
  },
};

function checkBlock(block: Block, schema: BodySchema, report: Report): void {
  for (const statement of block.body) {
    if (statement.kind !== 'attribute') continue;
    const { name } = statement.name;
    const field = schema[name];
    if (field?.field === 'attribute') checkAttribute(name, field.type, statement.value, report);
  }
  for (const inner of blocksIn(block)) {
    const innerSchema = schemaOf(inner.name, Object.entries(schema));
    if (innerSchema !== undefined) checkBlock(inner, innerSchema, report);
  }
}

function schemaOf(name: string, fields: readonly (readonly [string, Field])[]): BodySchema | undefined {
  for (const [key, field] of fields) {
    if (field.field === 'block' && key === name) return field.body;
    const found = field.field === 'ordered' ? field.blocks()[name] : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkAttribute(name: string, type: AttributeType<unknown>, value: Expression, report: Report): void {
  for (const { key, literal } of literals(value, name)) {
    const text = literal.text.slice(1, -1);
    if (isPlaceholder(text) || !isSecret(key, name, type, text)) continue;
    report(literal.span, `the secret of ${name} stands in the configuration as plain text`, {
      hint: 'take it from the environment, sys.env("NAME"), or from a file, local.file with is_secret = true',
      secret: true,
    });
  }
}

function isSecret(key: string, name: string, type: AttributeType<unknown>, text: string): boolean {
  const isHeader = key !== name;
  if (isHeader) {
    return (
      /^(proxy-)?authorization$|api-?key|token|secret/i.test(key) && (holdsSecretType(type) || type.kind === 'map')
    );
  }
  // A connection string is a secret only for the password in it.
  if (CONNECTION.test(name) || text.includes('://')) {
    return /(^|\/\/)[^/@\s:]*:[^/@\s]+@/.test(text) && holdsSecretType(type);
  }
  if (type.kind === 'secret')
    return !/user|name|dsn|config|address|cert_pem|ca_pem|url|uri|path|file|_id$|access_key$/.test(name);
  return type.kind === 'optional_secret' && SECRET_NAME.test(name);
}

const CONNECTION = /connection_string|data_source|_uri$|_url$|_addr$|dsn/;
const SECRET_NAME = /(password|secret|token|api_key|credentials)$/;

/** What templates fill in, and what a reader is meant to fill in. */
function isPlaceholder(text: string): boolean {
  if (text === '' || /[<>{]|\$\(|\$[A-Z]/.test(text)) return true;
  return /^[A-Z][A-Z0-9_ -]*$/.test(text) || /^(x+=*|\*+|\.+|…)$|^(your|my)[-_ ]/i.test(text);
}

interface NamedLiteral {
  readonly key: string;
  readonly literal: Expression & { readonly kind: 'literal' };
}

function* literals(expression: Expression, key: string): Generator<NamedLiteral> {
  const inner = unwrapped(expression);
  if (inner.kind === 'literal' && inner.type === 'STRING') yield { key, literal: inner };
  if (inner.kind === 'array') for (const element of inner.elements) yield* literals(element, key);
  if (inner.kind === 'object') for (const field of inner.fields) yield* literals(field.value, field.name);
}
