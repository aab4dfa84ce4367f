/** The declaration of a component's arguments as Markdown tables and as a sketch of the block. */
import { parseFile } from '../../core/alloy/parser.ts';
import { printFile } from '../../core/alloy/printer.ts';
import type { Attribute, AttributeType, BodySchema, Field } from '../../core/alloy/schema.ts';

/** Go type names of capsules as Alloy's documentation calls them. */
const CAPSULES: Readonly<Record<string, string>> = {
  'storage.Appendable': 'MetricsReceiver',
  'loki.LogsReceiver': 'LogsReceiver',
  'otelcol.Consumer': 'otelcol.Consumer',
  'pyroscope.Appendable': 'ProfilesReceiver',
  'relabel.Rules': 'RelabelRules',
};

export interface DescribedBlock {
  /** Names from the outermost block inwards. */
  readonly path: readonly string[];
  readonly doc: string;
  readonly required: boolean;
  readonly repeated: boolean;
  readonly schema: BodySchema;
}

export function attributesOf(schema: BodySchema): [string, Attribute<unknown>][] {
  return Object.entries(schema).filter((entry): entry is [string, Attribute<unknown>] => {
    return entry[1].field === 'attribute';
  });
}

/** Every block below a schema, each schema once; `docOf` gives the text of a block of an ordered group. */
export function blocksOf(schema: BodySchema, docOf: (name: string) => string | undefined): DescribedBlock[] {
  const seen = new Set<BodySchema>();
  const found: DescribedBlock[] = [];
  const visit = (body: BodySchema, path: readonly string[]): void => {
    const inner = Object.entries(body).flatMap(([name, field]) => innerBlocks(name, field, [...path, name], docOf));
    // Stages nest in stages: they are told of once, where they first stand.
    const fresh = inner.filter((block) => !block.once || !seen.has(block.schema));
    for (const block of fresh) seen.add(block.schema);
    for (const { once: _once, ...block } of fresh) {
      found.push(block);
      visit(block.schema, block.path);
    }
  };
  visit(schema, []);
  return found;
}

function innerBlocks(
  name: string,
  field: Field,
  path: readonly string[],
  docOf: (name: string) => string | undefined,
): (DescribedBlock & { readonly once: boolean })[] {
  if (field.field === 'attribute') return [];
  const { doc = '' } = field;
  if (field.field === 'block') {
    const { body, required, repeated } = field;
    return [{ path, doc, required, repeated, schema: body, once: false }];
  }
  return Object.entries(field.blocks()).map(([each, schema]) => {
    const own = [...path.slice(0, -1), each];
    return { path: own, doc: docOf(each) ?? (doc || name), required: false, repeated: true, schema, once: true };
  });
}

export function attributeTable(schema: BodySchema): string {
  const rows = attributesOf(schema).map(([name, attribute]) => {
    const { type, required, doc = '' } = attribute;
    return [
      `\`${name}\``,
      `\`${typeName(type)}\``,
      defaultText(attribute),
      required ? 'yes' : 'no',
      withChoices(doc, type),
    ];
  });
  return table(['Name', 'Type', 'Default', 'Required', 'What it is'], rows);
}

export function blockTable(blocks: readonly DescribedBlock[]): string {
  const rows = blocks.map(({ path, doc, required, repeated }) => {
    return [`\`${path.join(' > ')}\``, required ? 'yes' : 'no', repeated ? 'yes' : 'no', doc];
  });
  return table(['Block', 'Required', 'Repeated', 'What it is'], rows);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The least that a block needs: what is required, with capitals for values. */
export function usage(name: string, label: string | undefined, schema: BodySchema): string {
  const inner = (body: BodySchema): string =>
    Object.entries(body)
      .map(([field, declared]) => {
        if (declared.field === 'attribute') return declared.required ? `${field} = ${field.toUpperCase()}\n` : '';
        return declared.field === 'block' && declared.required ? `\n${field} {\n${inner(declared.body)}}\n` : '';
      })
      .join('');
  const body = inner(schema);
  const head = label === undefined ? name : `${name} "${label}"`;
  return printFile(parseFile(body === '' ? `${head} { }` : `${head} {\n${body}}`, name).file).trimEnd();
}

export function typeName(type: AttributeType<unknown>): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeName(type.of!)})`;
    case 'map':
      return `map(${typeName(type.of!)})`;
    case 'capsule':
      return [type.capsule ?? '', ...(type.orCapsules ?? [])]
        .map((name) => CAPSULES[name] ?? (name || 'capsule'))
        .join(' or ');
    case 'optional_secret':
      return 'string or secret';
    case 'int':
    case 'uint':
    case 'float':
      return 'number';
    default:
      return type.kind;
  }
}

export function defaultText({ default: value, text }: Attribute<unknown>): string {
  if (text !== undefined) return /^\d+$/.test(text) ? `\`${text}\`` : `\`"${text}"\``;
  if (value === undefined) return '';
  return `\`${JSON.stringify(value)}\``;
}

function withChoices(doc: string, type: AttributeType<unknown>): string {
  if (type.oneOf === undefined) return doc;
  const choices = type.oneOf.map((text) => `\`"${text}"\``).join(', ');
  return `${doc} One of ${choices}.`.trim();
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
