/**
 * Arguments, exports and debug information as JSON, the way Alloy's HTTP API writes them (its package alloyjson): lists of
 * attributes and blocks, every value with its type. Optional arguments at their default are left out; secrets are not shown.
 */
import { formatDuration } from './duration.ts';
import { deepEqual } from './equality.ts';
import { quote } from './quote.ts';
import type { Attribute, AttributeType, BodySchema, Field } from './schema.ts';
import { formatSize } from './size.ts';
import { withoutUrlPasswords } from './url-password.ts';
import { isArray, isNumber, isObject, sortedKeys } from './value-kind.ts';
import type { ObjectValue, Value } from './value-types.ts';
import { Capsule, Secret } from './values.ts';

export type StatementJson =
  | { readonly name: string; readonly type: 'attr'; readonly value: ValueJson }
  | { readonly name: string; readonly type: 'block'; readonly label?: string; readonly body: readonly StatementJson[] };

export type ValueJson =
  | { readonly type: 'null' }
  | { readonly type: 'string' | 'capsule' | 'function'; readonly value: string }
  /** Numbers that JSON has no form for are texts. */
  | { readonly type: 'number'; readonly value: number | string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'array'; readonly value: readonly ValueJson[] }
  | { readonly type: 'object'; readonly value: readonly { readonly key: string; readonly value: ValueJson }[] };

const SECRET: ValueJson = { type: 'capsule', value: '(secret)' };

type Arguments = Readonly<Record<string, unknown>>;

/** Decoded arguments, by the schema they were decoded with. */
export function argumentsJson(schema: BodySchema, args: Arguments): StatementJson[] {
  return Object.entries(schema).flatMap(([name, field]) => fieldJson(name, field, args[name]));
}

function fieldJson(name: string, field: Field, value: unknown): StatementJson[] {
  if (value === undefined) return [];
  switch (field.field) {
    case 'attribute':
      return isDefault(field, value) ? [] : [{ name, type: 'attr', value: attributeJson(field.type, value) }];
    case 'block': {
      const bodies = (field.repeated ? value : [value]) as readonly Arguments[];
      return bodies.map((args) => blockJson(name, field.body, args));
    }
    case 'ordered': {
      const schemas = field.blocks();
      return (value as readonly { readonly name: string; readonly args: Arguments }[]).flatMap((each) => {
        const schema = schemas[each.name];
        return schema === undefined ? [] : [blockJson(each.name, schema, each.args)];
      });
    }
  }
}

function blockJson(name: string, schema: BodySchema, args: Arguments): StatementJson {
  const label = 'label' in schema || typeof args.label !== 'string' ? {} : { label: args.label };
  return { name, type: 'block', ...label, body: argumentsJson(schema, args) };
}

/** As Alloy decides it: lists and maps are shown unless they are empty, for Go cannot compare them. */
function isDefault(field: Attribute<unknown>, value: unknown): boolean {
  if (field.required) return false;
  if (Array.isArray(value)) return value.length === 0;
  if (field.type.kind === 'map') return Object.keys(value as object).length === 0;
  return deepEqual(value, field.default ?? zeroOf(field.type));
}

function zeroOf({ kind }: AttributeType<unknown>): unknown {
  if (kind === 'string' || kind === 'optional_secret') return '';
  if (kind === 'bool') return false;
  if (kind === 'any' || kind === 'capsule' || kind === 'secret' || kind === 'list' || kind === 'map') return null;
  return 0;
}

function attributeJson(type: AttributeType<unknown>, value: unknown): ValueJson {
  if (value === null || value === undefined) return { type: 'null' };
  if (value instanceof Secret) return SECRET;
  switch (type.kind) {
    case 'duration':
      return { type: 'string', value: formatDuration(value as number) };
    case 'size':
      return { type: 'string', value: formatSize(value as number) };
    case 'string':
      return { type: 'string', value: withoutUrlPasswords(value as string) };
    case 'optional_secret':
      return { type: 'capsule', value: quote(value as string) };
    case 'list':
      return { type: 'array', value: (value as readonly unknown[]).map((item) => attributeJson(type.of!, item)) };
    case 'map':
      return objectJson(Object.entries(value as object).sort(byKey), (item) => attributeJson(type.of!, item));
    case 'any':
      return valueJson(value as Value);
    default:
      return plainJson(value);
  }
}

/** Exports, and the arguments of custom components. */
export function objectBodyJson(values: ObjectValue | undefined): StatementJson[] {
  return [...(values ?? [])].map(([name, value]) => ({ name, type: 'attr', value: valueJson(value) }));
}

export function valueJson(value: Value): ValueJson {
  if (isArray(value)) return { type: 'array', value: value.map(valueJson) };
  if (isObject(value))
    return objectJson(
      sortedKeys(value).map((key) => [key, value.get(key)!] as const),
      valueJson,
    );
  if (isNumber(value)) return numberJson(Number(value.value));
  if (value !== null && typeof value === 'object' && 'kind' in value) return { type: 'function', value: 'function' };
  return plainJson(value);
}

/** What a component tells of itself: lists of objects become blocks. */
export function debugInfoJson(info: Arguments): StatementJson[] {
  return Object.entries(info).flatMap(([name, value]): StatementJson[] => {
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length === 0 || !value.every(isPlainObject)) {
      return [{ name, type: 'attr', value: plainJson(value) }];
    }
    return value.map((item: Arguments) => ({ name, type: 'block', body: debugInfoJson(item) }));
  });
}

function plainJson(value: unknown): ValueJson {
  if (value === null || value === undefined) return { type: 'null' };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'number' || typeof value === 'bigint') return numberJson(Number(value));
  if (value instanceof Secret) return SECRET;
  if (value instanceof Capsule) return { type: 'capsule', value: `capsule(${JSON.stringify(value.typeName)})` };
  if (Array.isArray(value)) return { type: 'array', value: value.map(plainJson) };
  if (isPlainObject(value)) return objectJson(Object.entries(value), plainJson);
  return { type: 'string', value: String(value) };
}

function numberJson(value: number): ValueJson {
  return { type: 'number', value: Number.isFinite(value) ? value : String(value) };
}

function objectJson<T>(entries: readonly (readonly [string, T])[], toJson: (item: T) => ValueJson): ValueJson {
  return { type: 'object', value: entries.map(([key, item]) => ({ key, value: toJson(item) })) };
}

function isPlainObject(value: unknown): value is Arguments {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
