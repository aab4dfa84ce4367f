/**
 * Leaves out what a component does anyhow: attributes with the value that the component's own declaration gives as
 * default, and blocks that say nothing then. Required attributes always stay.
 */
import { parseDuration } from '../../../core/alloy/duration.ts';
import type { Attribute as AttributeField, AttributeType, BodySchema, Field } from '../../../core/alloy/schema.ts';
import { parseSize } from '../../../core/alloy/size.ts';
import type { Attribute, Block, Body, Statement } from './block.ts';
import { type AlloyValue, Duration, isMap, Size } from './value.ts';

/** Declarations of components and configuration blocks, by name. */
export type Schemas = ReadonlyMap<string, { readonly schema: BodySchema }>;

export function omitDefaults(blocks: readonly Block[], schemas: Schemas): Block[] {
  return blocks.map((block) => ({ ...block, body: prune(block.body, schemas.get(block.name)?.schema) }));
}

function prune(body: Body, schema: BodySchema | undefined): Body {
  return body.flatMap((statement): Statement[] => {
    if (statement.kind === 'attribute') return isDefault(statement, fieldOf(schema, statement.name)) ? [] : [statement];
    const inner = prune(statement.body, blockSchema(schema, statement.name));
    return inner.length === 0 && statement.dropEmpty ? [] : [{ ...statement, body: inner }];
  });
}

function fieldOf(schema: BodySchema | undefined, name: string): Field | undefined {
  return schema !== undefined && Object.hasOwn(schema, name) ? schema[name] : undefined;
}

function blockSchema(schema: BodySchema | undefined, name: string): BodySchema | undefined {
  const field = fieldOf(schema, name);
  if (field?.field === 'block') return field.body;
  for (const each of Object.values(schema ?? {})) {
    if (each.field !== 'ordered') continue;
    const known = each.blocks();
    if (Object.hasOwn(known, name)) return known[name];
  }
  return undefined;
}

function isDefault({ value }: Attribute, field: Field | undefined): boolean {
  if (field?.field !== 'attribute' || field.required) return false;
  if (field.default === undefined) return isZero(value);
  return equals(value, field, field.type);
}

/** What Go has where nothing is said: for an attribute without default, the same as leaving it out. */
function isZero(value: AlloyValue): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  if (value instanceof Duration) return value.ms === 0;
  if (value instanceof Size) return value.bytes === 0;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && value.size === 0;
}

function equals(value: AlloyValue, field: AttributeField<unknown>, type: AttributeType<unknown>): boolean {
  return matches(value, field.default, type);
}

/** `expected` is decoded, as declarations have it: durations in milliseconds, sizes in bytes, maps as objects. */
function matches(value: AlloyValue, expected: unknown, type: AttributeType<unknown> | undefined): boolean {
  if (value instanceof Duration) return value.ms === durationMs(expected);
  if (value instanceof Size) return value.bytes === sizeBytes(expected);
  if (Array.isArray(value)) {
    if (!Array.isArray(expected) || value.length !== expected.length) return false;
    return value.every((element: AlloyValue, i) => matches(element, expected[i], type?.of));
  }
  if (isMap(value as AlloyValue)) {
    if (typeof expected !== 'object' || expected === null) return false;
    const map = value as ReadonlyMap<string, AlloyValue>;
    const fields = Object.entries(expected);
    return map.size === fields.length && fields.every(([name, each]) => matches(map.get(name) ?? null, each, type?.of));
  }
  return value === expected;
}

function durationMs(expected: unknown): unknown {
  return typeof expected === 'string' ? parseDuration(expected) : expected;
}

function sizeBytes(expected: unknown): unknown {
  return typeof expected === 'string' ? parseSize(expected) : expected;
}
