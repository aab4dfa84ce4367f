/** A JSON schema as TypeScript writes types, with what is said of a field behind it: for pages that people read. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Shapes {
  readonly schemas: Readonly<Record<string, unknown>>;
  /** Written as their names: what they are is told elsewhere. */
  readonly named: readonly string[];
}

/** Longer objects have a line for each field. */
const MAX_LINE = 90;

export function refName({ $ref }: Schema): string | undefined {
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;
}

export function schemaText(shapes: Shapes, schema: Schema, indent = ''): string {
  const name = refName(schema);
  if (name !== undefined) {
    return shapes.named.includes(name) ? name : schemaText(shapes, shapes.schemas[name] as Schema, indent);
  }
  const inner = (value: unknown) => schemaText(shapes, value as Schema, indent);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  const choice = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choice)) return [...new Set(choice.map(inner))].join(' | ');
  if (schema.type === 'array') return arrayText(inner(schema.items ?? {}));
  if (schema.properties !== undefined) return nameOf(shapes, schema) ?? objectText(shapes, schema, indent);
  if (schema.type === 'object') return `{ [name]: ${inner(schema.additionalProperties ?? {})} }`;
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

/** A named shape with a remark of its own comes as a copy. */
function nameOf({ schemas, named }: Shapes, schema: Schema): string | undefined {
  const fields = JSON.stringify(schema.properties);
  return named.find(
    (name) => schemas[name] !== schema && JSON.stringify((schemas[name] as Schema).properties) === fields,
  );
}

function arrayText(item: string): string {
  return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectText(shapes: Shapes, { properties, required }: Schema, indent: string): string {
  const deeper = `${indent}  `;
  const needed = new Set((required as string[] | undefined) ?? []);
  const fields = Object.entries(properties as Record<string, Schema>).map(([name, schema]) => ({
    text: `${name}${needed.has(name) ? '' : '?'}: ${schemaText(shapes, schema, deeper)}`,
    said: remark(shapes, schema, name),
  }));
  const line = `{ ${fields.map(({ text }) => text).join(', ')} }`;
  const isShort = line.length + indent.length <= MAX_LINE && !line.includes('\n');
  if (isShort && fields.every(({ said }) => said === '')) return line;
  return `{\n${fields.map(({ text, said }) => `${deeper}${text}${said}`).join('\n')}\n${indent}}`;
}

/** That times are in milliseconds is in every name. */
function remark(shapes: Shapes, schema: Schema, name: string): string {
  const ref = refName(schema);
  const of = ref === undefined || shapes.named.includes(ref) ? schema : (shapes.schemas[ref] as Schema);
  return typeof of.description === 'string' && !/AtMs$|^nowMs$/.test(name) ? `  // ${of.description}` : '';
}
