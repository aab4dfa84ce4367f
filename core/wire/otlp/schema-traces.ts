/** The messages of an OTLP trace export. */
import type { MessageShape } from '../message-shape.ts';
import { keyValue, many, type OtlpMessage, one, resource, scope, shapeOf } from './schema.ts';

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

export const spanShape: MessageShape = shapeOf(span);
