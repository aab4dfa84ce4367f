/** The smallest configurations that a schema accepts, and those that lack one required thing: for tests of declarations. */
import type { AttributeType, Block, BodySchema } from '../../core/alloy/schema.ts';

export interface IncompleteConfig {
  /** As the diagnostic names it: `attribute "url"`. */
  readonly missing: string;
  readonly text: string;
}

export function minimalConfig(name: string, schema: BodySchema): string {
  return `${name} "test" {\n${required(schema)
    .map(({ text }) => text)
    .join('\n')}\n}\n`;
}

/** Each without one of the fields that the component itself requires. */
export function incompleteConfigs(name: string, schema: BodySchema): IncompleteConfig[] {
  const fields = required(schema);
  return fields.map((left) => {
    const rest = fields.filter((field) => field !== left).map(({ text }) => text);
    return { missing: left.named, text: `${name} "test" {\n${rest.join('\n')}\n}\n` };
  });
}

function required(schema: BodySchema): { readonly named: string; readonly text: string }[] {
  return Object.entries(schema).flatMap(([name, field]) => {
    if (field.field === 'ordered' || !field.required) return [];
    if (field.field === 'attribute')
      return [{ named: `attribute "${name}"`, text: `${name} = ${example(field.type)}` }];
    return [{ named: `block "${name}"`, text: blockText(name, field) }];
  });
}

function blockText(name: string, block: Block<unknown>): string {
  const inner = required(block.body).map(({ text }) => text);
  return `${name} ${block.labelled ? '"x" ' : ''}{\n${inner.join('\n')}\n}`;
}

function example(type: AttributeType<unknown>): string {
  switch (type.kind) {
    case 'bool':
      return 'true';
    case 'int':
    case 'uint':
    case 'float':
    case 'number':
    case 'any':
      return '1';
    case 'duration':
      return '"1s"';
    case 'size':
      return '"1MiB"';
    case 'list':
      return '[]';
    case 'map':
      return '{}';
    case 'capsule':
      throw new Error(`a single ${type.capsule} cannot be written out`);
    default:
      return JSON.stringify(type.oneOf?.[0] ?? 'text');
  }
}
