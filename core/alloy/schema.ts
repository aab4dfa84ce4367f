/**
 * A component declares its arguments once, as data, with these constructors. From the one declaration come decoding and
 * its error texts, `validate`, the component's page in the docs, and the TypeScript type of the decoded arguments.
 *
 *   const schema = body({
 *     url: required(t.string, { doc: 'Where to send.' }),
 *     remote_timeout: withDefault(t.duration, 30_000, { text: '30s' }),
 *     name: optional(t.string),
 *     rule: blocks(ruleSchema),
 *     queue_config: block(queueSchema),
 *   });
 *   type Arguments = Decoded<typeof schema>;
 *
 * Keys are Alloy's own names. Durations decode to milliseconds, sizes to bytes.
 */
import type { Value } from './value-types.ts';
import type { Capsule, Secret } from './values.ts';

export type TypeKind =
  | 'string'
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'number'
  | 'duration'
  | 'size'
  | 'secret'
  | 'optional_secret'
  | 'list'
  | 'map'
  | 'capsule'
  | 'any';

/** `T` is the decoded TypeScript type; it exists only for the compiler. */
export interface AttributeType<T> {
  readonly kind: TypeKind;
  /** Element type of a list or map. */
  readonly of?: AttributeType<unknown>;
  /** Go type name of a capsule, or of several of which each will do. */
  readonly capsule?: string;
  readonly orCapsules?: readonly string[];
  /** The only texts allowed, for a string. */
  readonly oneOf?: readonly string[];
  /** Those texts in any case; decodes to lower case, which `oneOf` is in. */
  readonly anyCase?: boolean;
  readonly decoded?: Decodes<T>;
}

function type<T>(kind: TypeKind, more: Partial<AttributeType<T>> = {}): AttributeType<T> {
  return { kind, ...more };
}

export const t = {
  string: type<string>('string'),
  bool: type<boolean>('bool'),
  int: type<number>('int'),
  uint: type<number>('uint'),
  float: type<number>('float'),
  number: type<number>('number'),
  /** Go duration text to milliseconds. */
  duration: type<number>('duration'),
  /** `1MiB`, `10KB` (both base 2) or a number, to bytes. */
  size: type<number>('size'),
  secret: type<Secret>('secret'),
  optionalSecret: type<string | Secret>('optional_secret'),
  any: type<Value>('any'),
  list: <T>(of: AttributeType<T>) => type<readonly T[]>('list', { of }),
  map: <T>(of: AttributeType<T>) => type<Readonly<Record<string, T>>>('map', { of }),
  oneOf: <const T extends string>(...texts: readonly T[]) => type<T>('string', { oneOf: texts }),
  oneOfAnyCase: <const T extends string>(...texts: readonly T[]) => type<T>('string', { oneOf: texts, anyCase: true }),
  capsule: <T>(typeName: string) => type<Capsule<T>>('capsule', { capsule: typeName }),
  anyCapsule: <T>(typeName: string, ...others: string[]) =>
    type<Capsule<T>>('capsule', { capsule: typeName, orCapsules: others }),
  /** `list(map(string))`, as discovery and exporters produce them. */
  get targets(): AttributeType<readonly Readonly<Record<string, string>>[]> {
    return t.list(t.map(t.string));
  },
};

/** Carries a type for the compiler. Wrapped, because inferring from an optional property would lose its `undefined`. */
export interface Decodes<T> {
  readonly type: T;
}

export interface FieldOptions {
  readonly doc?: string;
  /** The default as it is written in Alloy, for the docs, where the decoded value does not show it. */
  readonly text?: string;
}

export interface Attribute<T> extends FieldOptions {
  readonly field: 'attribute';
  readonly type: AttributeType<unknown>;
  readonly required: boolean;
  readonly default?: unknown;
  readonly decoded?: Decodes<T>;
}

export interface Block<T> extends FieldOptions {
  readonly field: 'block';
  readonly body: BodySchema;
  readonly required: boolean;
  readonly repeated: boolean;
  /** The block must carry a label; it decodes to the argument `label`, so the body has no field of that name. */
  readonly labelled?: boolean;
  readonly decoded?: Decodes<T>;
}

/** Blocks of several names whose common order matters, such as `stage.json`, `stage.regex`, … of loki.process. */
export interface OrderedBlocks<T> extends FieldOptions {
  readonly field: 'ordered';
  /** A thunk, because stages nest. */
  readonly blocks: () => Readonly<Record<string, BodySchema>>;
  readonly decoded?: Decodes<T>;
}

export type Field = Attribute<unknown> | Block<unknown> | OrderedBlocks<unknown>;
export type BodySchema = Readonly<Record<string, Field>>;
export type Decoded<S> = { readonly [K in keyof S]: S[K] extends { readonly decoded?: Decodes<infer T> } ? T : never };

export function body<S extends BodySchema>(schema: S): S {
  return schema;
}

export function required<T>(type: AttributeType<T>, options: FieldOptions = {}): Attribute<T> {
  return { field: 'attribute', type, required: true, ...options };
}

export function optional<T>(type: AttributeType<T>, options: FieldOptions = {}): Attribute<T | undefined> {
  return { field: 'attribute', type, required: false, ...options };
}

export function withDefault<T>(type: AttributeType<T>, value: T, options: FieldOptions = {}): Attribute<T> {
  return { field: 'attribute', type, required: false, default: value, ...options };
}

export function block<S extends BodySchema>(schema: S, options: FieldOptions = {}): Block<Decoded<S> | undefined> {
  return { field: 'block', body: schema, required: false, repeated: false, ...options };
}

export function requiredBlock<S extends BodySchema>(schema: S, options: FieldOptions = {}): Block<Decoded<S>> {
  return { field: 'block', body: schema, required: true, repeated: false, ...options };
}

export function blocks<S extends BodySchema>(
  schema: S,
  options: FieldOptions & { readonly required?: boolean; readonly labelled?: boolean } = {},
): Block<readonly Decoded<S>[]> {
  return { field: 'block', body: schema, repeated: true, ...options, required: options.required ?? false };
}

export function orderedBlocks<B extends Readonly<Record<string, BodySchema>>>(
  blocks: () => B,
  options: FieldOptions = {},
): OrderedBlocks<
  readonly { [K in keyof B & string]: { readonly name: K; readonly args: Decoded<B[K]> } }[keyof B & string][]
> {
  return { field: 'ordered', blocks, ...options };
}

/** Whether values of the type are, or contain, secrets. */
export function holdsSecretType(type: AttributeType<unknown>): boolean {
  if (type.of !== undefined) return holdsSecretType(type.of);
  return type.kind === 'secret' || type.kind === 'optional_secret';
}
