/**
 * The messages of an OTLP trace export (opentelemetry-proto v1), once, for checking, for JSON and for decoding. Field
 * names are those of the JSON form. A field that is not here is skipped in protobuf and ignored in JSON.
 */
import type { FieldShape, MessageShape } from './message-shape.ts';

export type ScalarType = 'string' | 'bytes' | 'bool' | 'int64' | 'uint32' | 'fixed32' | 'fixed64' | 'double';

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

const one = (number: number, type: OtlpType): OtlpField => ({ number, type, repeated: false });
const many = (number: number, message: () => OtlpMessage): OtlpField => ({ number, type: { message }, repeated: true });

const anyValue: OtlpMessage = {
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
const keyValue: OtlpMessage = { key: one(1, 'string'), value: one(2, { message: () => anyValue }) };

const entityRef: OtlpMessage = {
  schemaUrl: one(1, 'string'),
  type: one(2, 'string'),
  idKeys: { number: 3, type: 'string', repeated: true },
  descriptionKeys: { number: 4, type: 'string', repeated: true },
};
const resource: OtlpMessage = {
  attributes: many(1, () => keyValue),
  droppedAttributesCount: one(2, 'uint32'),
  entityRefs: many(3, () => entityRef),
};
const scope: OtlpMessage = {
  name: one(1, 'string'),
  version: one(2, 'string'),
  attributes: many(3, () => keyValue),
  droppedAttributesCount: one(4, 'uint32'),
};
const event: OtlpMessage = {
  timeUnixNano: one(1, 'fixed64'),
  name: one(2, 'string'),
  attributes: many(3, () => keyValue),
  droppedAttributesCount: one(4, 'uint32'),
};
const link: OtlpMessage = {
  traceId: one(1, { id: 'trace id of a link', sizes: [0, 16] }),
  spanId: one(2, { id: 'span id of a link', sizes: [0, 8] }),
  traceState: one(3, 'string'),
  attributes: many(4, () => keyValue),
  droppedAttributesCount: one(5, 'uint32'),
  flags: one(6, 'fixed32'),
};
const status: OtlpMessage = {
  message: one(2, 'string'),
  code: one(3, { names: { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 } }),
};
const spanKinds = {
  SPAN_KIND_UNSPECIFIED: 0,
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
};
const span: OtlpMessage = {
  // Tempo refuses a whole request for one id of another length, so the sender hears of it here.
  traceId: one(1, { id: 'trace id', sizes: [16] }),
  spanId: one(2, { id: 'span id', sizes: [8] }),
  traceState: one(3, 'string'),
  parentSpanId: one(4, { id: 'parent span id', sizes: [0, 8] }),
  name: one(5, 'string'),
  kind: one(6, { names: spanKinds }),
  startTimeUnixNano: one(7, 'fixed64'),
  endTimeUnixNano: one(8, 'fixed64'),
  attributes: many(9, () => keyValue),
  droppedAttributesCount: one(10, 'uint32'),
  events: many(11, () => event),
  droppedEventsCount: one(12, 'uint32'),
  links: many(13, () => link),
  droppedLinksCount: one(14, 'uint32'),
  status: one(15, { message: () => status }),
  flags: one(16, 'fixed32'),
};
const scopeSpans: OtlpMessage = {
  scope: one(1, { message: () => scope }),
  spans: many(2, () => span),
  schemaUrl: one(3, 'string'),
};
const resourceSpans: OtlpMessage = {
  resource: one(1, { message: () => resource }),
  scopeSpans: many(2, () => scopeSpans),
  schemaUrl: one(3, 'string'),
};

export const tracesRequest: OtlpMessage = { resourceSpans: many(1, () => resourceSpans) };

const shapes = new Map<OtlpMessage, MessageShape>();

/** The structural form of a message, for `checkMessage`. */
export function shapeOf(message: OtlpMessage): MessageShape {
  let shape = shapes.get(message);
  if (shape === undefined) {
    shape = Object.fromEntries(Object.values(message).map(({ number, type }) => [number, fieldShape(type)]));
    shapes.set(message, shape);
  }
  return shape;
}

function fieldShape(type: OtlpType): FieldShape {
  if (typeof type === 'object') {
    if ('message' in type) return { message: () => shapeOf(type.message()) };
    return 'names' in type ? 'varint' : { sizes: type.sizes, what: type.id };
  }
  switch (type) {
    case 'string':
    case 'bytes':
    case 'fixed32':
    case 'fixed64':
      return type;
    case 'double':
      return 'fixed64';
    case 'bool':
    case 'int64':
    case 'uint32':
      return 'varint';
  }
}

export const spanShape: MessageShape = shapeOf(span);
export const resourceShape: MessageShape = shapeOf(resource);
export const scopeShape: MessageShape = shapeOf(scope);
