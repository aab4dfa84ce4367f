/**
 * Jaeger's Thrift batch (jaeger.thrift: Batch, Process, Span, Tag, Log, SpanRef) to an OTLP trace export, by the mapping
 * of the OpenTelemetry collector's Jaeger translator. Span by span: no batch of objects exists. What is required in the
 * IDL must be there; a span whose ids are zero is left out and counted.
 */

import {
  type Attributes,
  type AttributeValue,
  NO_ID,
  type Scope,
  SPAN_KIND,
  type Span,
  type SpanEvent,
  type SpanLink,
  TracesBuilder,
} from '../otlp/traces-encode.ts';
import { SpanRejections, type TranslatedTraces, takeText } from '../span-translation.ts';
import { jaegerStatus } from './jaeger-status.ts';
import { expectType, type Reference, readLog, readReference, readTags, toNanos } from './jaeger-thrift-parts.ts';
import { malformedThrift, readList, readString, readStruct, THRIFT, type ThriftReader } from './thrift.ts';
import { ThriftBinaryReader } from './thrift-binary.ts';
import { ThriftCompactReader } from './thrift-compact.ts';

const REFERENCE_TYPE = 'opentracing.ref_type';
const CHILD_OF = 0;
const FOLLOWS_FROM = 1;

export function jaegerThriftToOtlp(bytes: Uint8Array, protocol: 'binary' | 'compact'): TranslatedTraces {
  const reader = protocol === 'binary' ? new ThriftBinaryReader(bytes) : new ThriftCompactReader(bytes);
  let resource: Attributes | undefined;
  let spansAt = -1;
  readStruct(reader, (id, type) => {
    if (id === 1) {
      expectType(reader, type, THRIFT.struct);
      resource = readProcess(reader);
      return true;
    }
    if (id === 2) {
      expectType(reader, type, THRIFT.list);
      spansAt = reader.pos;
    }
    return false;
  });
  if (resource === undefined) throw malformedThrift(reader.pos, 'the batch has no process');
  if (spansAt < 0) throw malformedThrift(reader.pos, 'the batch has no spans');
  reader.pos = spansAt;
  return readSpans(reader, resource);
}

function readSpans(reader: ThriftReader, resource: Attributes): TranslatedTraces {
  const builder = new TracesBuilder();
  const rejections = new SpanRejections();
  readList(reader, THRIFT.struct, (index) => {
    const { span, scope } = readSpan(reader);
    if (isZero(span.traceId) || isZero(span.spanId)) {
      rejections.add(`spans[${index}] has a ${isZero(span.spanId) ? 'span' : 'trace'} id of zeros`);
    } else {
      builder.add('', resource, scope, span);
    }
  });
  return rejections.result(builder);
}

function readProcess(reader: ThriftReader): Attributes {
  let serviceName: string | undefined;
  const tags: Attributes = new Map();
  readStruct(reader, (id, type) => {
    if (id === 1) {
      expectType(reader, type, THRIFT.binary);
      serviceName = readString(reader);
      return true;
    }
    if (id !== 2) return false;
    expectType(reader, type, THRIFT.list);
    readTags(reader, tags);
    return true;
  });
  if (serviceName === undefined) throw malformedThrift(reader.pos, 'a process has no serviceName');
  const resource: Attributes = new Map();
  if (serviceName !== '') resource.set('service.name', serviceName);
  for (const [key, value] of tags) resource.set(key, value);
  rename(resource, 'hostname', 'host.name', (value) => value);
  rename(resource, 'jaeger.version', 'opencensus.exporterversion', (value) => `Jaeger-${String(value)}`);
  return resource;
}

function rename(
  attributes: Attributes,
  from: string,
  to: string,
  change: (value: AttributeValue) => AttributeValue,
): void {
  const value = attributes.get(from);
  if (value === undefined || attributes.has(to)) return;
  attributes.set(to, change(value));
  attributes.delete(from);
}

const SPAN_FIELDS = ['traceIdLow', 'traceIdHigh', 'spanId', 'parentSpanId', 'operationName', '', 'flags', 'startTime'];
const REQUIRED_SPAN_FIELDS = [1, 2, 3, 4, 5, 7, 8, 9];

function readSpan(reader: ThriftReader): { span: Span; scope: Scope } {
  /** By field number. */
  const numbers: bigint[] = [];
  let seen = 0;
  let name = '';
  const references: Reference[] = [];
  const attributes: Attributes = new Map();
  const events: SpanEvent[] = [];
  readStruct(reader, (id, type) => {
    if (id > 0 && id < 12) seen |= 1 << id;
    switch (id) {
      case 1:
      case 2:
      case 3:
      case 4:
      case 8:
      case 9:
        expectType(reader, type, THRIFT.i64);
        numbers[id] = reader.i64();
        return true;
      case 5:
        expectType(reader, type, THRIFT.binary);
        name = readString(reader);
        return true;
      case 6:
        expectType(reader, type, THRIFT.list);
        readList(reader, THRIFT.struct, () => references.push(readReference(reader)));
        return true;
      case 10:
        expectType(reader, type, THRIFT.list);
        readTags(reader, attributes);
        return true;
      case 11:
        expectType(reader, type, THRIFT.list);
        readList(reader, THRIFT.struct, () => events.push(readLog(reader)));
        return true;
      default:
        return false;
    }
  });
  for (const id of REQUIRED_SPAN_FIELDS) {
    if ((seen & (1 << id)) === 0)
      throw malformedThrift(reader.pos, `a span has no ${SPAN_FIELDS[id - 1] ?? 'duration'}`);
  }
  const parent = parentOf(numbers, references);
  const kind = spanKind(takeText(attributes, 'span.kind'));
  const status = jaegerStatus(attributes, kind);
  const scope = takeScope(attributes);
  const span: Span = {
    traceId: id128(numbers[2], numbers[1]),
    spanId: id64(numbers[3]),
    parentSpanId: parent === 0n ? NO_ID : id64(parent),
    traceState: takeText(attributes, 'w3c.tracestate') ?? '',
    name,
    kind,
    startNs: toNanos(numbers[8]),
    endNs: toNanos(numbers[8] + numbers[9]),
    attributes,
    events,
    links: references.filter(({ type, spanId }) => !(type === CHILD_OF && spanId === parent)).map(toLink),
    statusCode: status.code,
    statusMessage: status.message,
  };
  return { span, scope };
}

/** The parent that is named, or else the first reference to the same trace, CHILD_OF before FOLLOWS_FROM. */
function parentOf(numbers: readonly bigint[], references: readonly Reference[]): bigint {
  if (numbers[4] !== 0n) return numbers[4];
  const local = references.filter((r) => r.traceIdLow === numbers[1] && r.traceIdHigh === numbers[2]);
  const parent = local.find((r) => r.type === CHILD_OF) ?? local.find((r) => r.type === FOLLOWS_FROM);
  return parent?.spanId ?? 0n;
}

function toLink({ type, traceIdHigh, traceIdLow, spanId }: Reference): SpanLink {
  const attributes: Attributes = new Map([[REFERENCE_TYPE, type === CHILD_OF ? 'child_of' : 'follows_from']]);
  return { traceId: id128(traceIdHigh, traceIdLow), spanId: id64(spanId), attributes };
}

function spanKind(text: string | undefined): number {
  switch (text) {
    case 'internal':
    case 'server':
    case 'client':
    case 'producer':
    case 'consumer':
      return SPAN_KIND[text];
    default:
      return SPAN_KIND.unspecified;
  }
}

function takeScope(attributes: Attributes): Scope {
  const name = takeText(attributes, 'otel.scope.name') ?? takeText(attributes, 'otel.library.name') ?? '';
  if (name === '') return { name, version: '' };
  const version = takeText(attributes, 'otel.scope.version') ?? takeText(attributes, 'otel.library.version') ?? '';
  return { name, version };
}

function id64(value: bigint): Uint8Array {
  const id = new Uint8Array(8);
  new DataView(id.buffer).setBigInt64(0, value);
  return id;
}

function id128(high: bigint, low: bigint): Uint8Array {
  const id = new Uint8Array(16);
  const view = new DataView(id.buffer);
  view.setBigInt64(0, high);
  view.setBigInt64(8, low);
  return id;
}

function isZero(id: Uint8Array): boolean {
  return id.every((byte) => byte === 0);
}
