/**
 * How the messages of OTLP (opentelemetry-proto v1) are described, once, for checking, for JSON and for decoding, and
 * those that every signal shares. Field names are those of the JSON form. A field that is not here is skipped in protobuf
 * and ignored in JSON. The messages of a signal are in otlp/schema-traces.ts and its siblings.
 */
import type { FieldShape, MessageShape } from '../message-shape.ts';

export type ScalarType =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

export type OtlpType =
  | ScalarType
  /** Bytes that JSON writes in hex; lengths that are allowed. */
  | { readonly id: string; readonly sizes: readonly number[] }
  /** Number in JSON; names are taken as well. */
  | { readonly names: Readonly<Record<string, number>> }
  | { readonly message: () => OtlpMessage };

export interface OtlpField {
  readonly number: number;
  readonly type: OtlpType;
  readonly repeated: boolean;
}

export type OtlpMessage = Readonly<Record<string, OtlpField>>;

export const one = (number: number, type: OtlpType): OtlpField => ({ number, type, repeated: false });
export const many = (number: number, message: () => OtlpMessage): OtlpField => ({
  number,
  type: { message },
  repeated: true,
});

export const anyValue: OtlpMessage = {
  stringValue: one(1, 'string'),
  boolValue: one(2, 'bool'),
  intValue: one(3, 'int64'),
  doubleValue: one(4, 'double'),
  arrayValue: one(5, { message: () => valueList }),
  kvlistValue: one(6, { message: () => keyValueList }),
  bytesValue: one(7, 'bytes'),
};
const valueList: OtlpMessage = { values: many(1, () => anyValue) };
const keyValueList: OtlpMessage = { values: many(1, () => keyValue) };
export const keyValue: OtlpMessage = { key: one(1, 'string'), value: one(2, { message: () => anyValue }) };

const entityRef: OtlpMessage = {
  schemaUrl: one(1, 'string'),
  type: one(2, 'string'),
  idKeys: { number: 3, type: 'string', repeated: true },
  descriptionKeys: { number: 4, type: 'string', repeated: true },
};
export const resource: OtlpMessage = {
  attributes: many(1, () => keyValue),
  droppedAttributesCount: one(2, 'uint32'),
  entityRefs: many(3, () => entityRef),
};
export const scope: OtlpMessage = {
  name: one(1, 'string'),
  version: one(2, 'string'),
  attributes: many(3, () => keyValue),
  droppedAttributesCount: one(4, 'uint32'),
};

const shapes = new Map<OtlpMessage, MessageShape>();

/** The structural form of a message, for `checkMessage`. */
export function shapeOf(message: OtlpMessage): MessageShape {
  let shape = shapes.get(message);
  if (shape === undefined) {
    shape = Object.fromEntries(
      Object.values(message).map(({ number, type, repeated }) => [number, fieldShape(type, repeated)]),
    );
    shapes.set(message, shape);
  }
  return shape;
}

function fieldShape(type: OtlpType, repeated: boolean): FieldShape {
  if (typeof type === 'object') {
    if ('message' in type) return { message: () => shapeOf(type.message()) };
    return 'names' in type ? 'varint' : { sizes: type.sizes, what: type.id };
  }
  switch (type) {
    case 'string':
    case 'bytes':
    case 'fixed32':
      return type;
    case 'fixed64':
    case 'sfixed64':
    case 'double':
      return repeated ? 'packed fixed64' : 'fixed64';
    case 'bool':
    case 'int64':
    case 'uint32':
    case 'uint64':
    case 'sint32':
      return repeated ? 'packed varint' : 'varint';
  }
}

export const resourceShape: MessageShape = shapeOf(resource);
export const scopeShape: MessageShape = shapeOf(scope);
