import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../bytes/writer.ts';
import { reasonOf } from '../../outcome.fixture.ts';
import {
  countSpans,
  decodeTraces,
  encodeOtlpResponse,
  encodeOtlpStatus,
  otlpResponseJson,
  otlpStatusJson,
  otlpTracesJsonToProtobuf,
  RPC_CODES,
} from './traces.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message Scope { string name = 1; string version = 2; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message Span { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
    Status status = 15; fixed32 flags = 16; }
  message Status { string message = 2; int32 code = 3; }
  message RpcStatus { int32 code = 1; string message = 2; }
  message Response { Partial partial_success = 1; }
  message Partial { int64 rejected_spans = 1; string error_message = 2; }
`);
const Request = root.lookupType('Request');

const traceId = '0102030405060708090a0b0c0d0e0f10';
const spanId = '0a0b0c0d0e0f0102';
const spanJson = (extra: object = {}) => ({ traceId, spanId, name: 'GET /', kind: 2, ...extra });
const requestJson = (...spans: object[]) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

async function spansOfTheSdk(): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 7, 'a.list': ['x', 'y'] }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('lib', '1.2.3');
  const parent = tracer.startSpan('GET /cart', {
    kind: SpanKind.SERVER,
    attributes: { 'http.status': 500, ok: false },
  });
  const child = tracer.startSpan(
    'query',
    { kind: SpanKind.CLIENT, links: [{ context: parent.spanContext() }], attributes: { share: 0.25, big: 2 ** 45 } },
    trace.setSpan(context.active(), parent),
  );
  child.addEvent('retry', { n: 1 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'kaputt ✗' });
  child.end();
  parent.end();
  await provider.forceFlush();
  return exporter.getFinishedSpans();
}

describe('traces of the OpenTelemetry SDK', () => {
  it('mean the same in JSON and in protobuf, and are counted and decoded', async () => {
    const spans = await spansOfTheSdk();
    const fromProtobuf = ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array;
    const fromJson = otlpTracesJsonToProtobuf(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans)));
    expect(countSpans(fromProtobuf)).toBe(2);
    expect(countSpans(fromJson)).toBe(2);
    expect(decodeTraces(fromJson)).toEqual(decodeTraces(fromProtobuf));
    const [{ resource, scopeName, scopeVersion, spans: decoded }] = decodeTraces(fromProtobuf);
    expect([scopeName, scopeVersion]).toEqual(['lib', '1.2.3']);
    expect(resource).toContainEqual({ key: 'service.name', value: 'shop' });
    expect(resource).toContainEqual({ key: 'a.list', value: '["x","y"]' });
    const child = decoded.find((span) => span.name === 'query');
    const parent = decoded.find((span) => span.name === 'GET /cart');
    expect(child).toMatchObject({
      traceId: parent?.traceId,
      parentSpanId: parent?.spanId,
      kind: 3,
      events: 1,
      links: 1,
      statusCode: 2,
      statusMessage: 'kaputt ✗',
    });
    expect(child?.attributes).toEqual([
      { key: 'share', value: '0.25' },
      { key: 'big', value: String(2 ** 45) },
    ]);
    expect((child?.endNs ?? 0n) >= (child?.startNs ?? 1n)).toBe(true);
  });
});

const json = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: fc.string({ unit: 'grapheme' }) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)) }),
    fc.record({ bytesValue: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: fc.string(), value: tie('value') }), { maxLength: 3 }),
      }),
    }),
  ),
})).value;
const hexId = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const attributes = fc.array(fc.record({ key: fc.string(), value: json }), { maxLength: 3 });
const request = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes, droppedAttributesCount: fc.nat() }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string(), version: fc.string() }),
          spans: fc.array(
            fc.record({
              traceId: hexId(16),
              spanId: hexId(8),
              traceState: fc.string(),
              parentSpanId: fc.oneof(fc.constant(''), hexId(8)),
              name: fc.string({ unit: 'grapheme' }),
              kind: fc.nat(5),
              startTimeUnixNano: time,
              endTimeUnixNano: time,
              attributes,
              droppedAttributesCount: fc.nat(),
              status: fc.record({ message: fc.string(), code: fc.nat(2) }),
              flags: fc.nat(),
            }),
            { maxLength: 2 },
          ),
          schemaUrl: fc.string(),
        }),
        { maxLength: 2 },
      ),
      schemaUrl: fc.string(),
    }),
    { maxLength: 2 },
  ),
});

/** What protobufjs makes of the bytes, in OTLP's JSON mapping. */
function toOtlpJson(body: Uint8Array): unknown {
  const options = { longs: String, bytes: String, arrays: true };
  const plain = Request.toObject(Request.decode(body), { ...options, defaults: true, oneofs: false });
  return JSON.parse(JSON.stringify(plain), (key, value) =>
    ['traceId', 'spanId', 'parentSpanId'].includes(key) ? Buffer.from(value, 'base64').toString('hex') : value,
  );
}

describe('OTLP in JSON', () => {
  it('becomes protobuf that protobufjs reads as the same', () => {
    fc.assert(
      fc.property(request, (value) => {
        const body = otlpTracesJsonToProtobuf(JSON.stringify(value));
        expect(toOtlpJson(body)).toEqual(value);
        const spans = value.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans));
        expect(countSpans(body)).toBe(spans.length);
        expect(decodeTraces(body).flatMap((s) => s.spans.map((span) => span.traceId))).toEqual(
          spans.map((s) => s.traceId),
        );
      }),
    );
  });

  it.each<[string, object, object]>([
    ['integers as numbers', { startTimeUnixNano: 1500 }, { startNs: 1500n }],
    ['integers as strings', { startTimeUnixNano: '18446744073709551615' }, { startNs: 2n ** 64n - 1n }],
    ['ids in upper case', { traceId: traceId.toUpperCase() }, { traceId }],
    ['enums by name', { kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_ERROR' } }, { kind: 3, statusCode: 2 }],
    ['names of the .proto file', { parent_span_id: spanId }, { parentSpanId: spanId }],
    ['null as absent', { name: null, status: null }, { name: '', statusCode: 0 }],
    ['unknown fields', { later: { a: [1] }, __proto__x: 1 }, { name: 'GET /' }],
    [
      'base64 for URLs without padding',
      { attributes: [{ key: 'b', value: { bytesValue: '-_8' } }] },
      { attributes: [{ key: 'b', value: 'fbff' }] },
    ],
    [
      'special doubles',
      { attributes: [{ key: 'd', value: { doubleValue: '-Infinity' } }] },
      { attributes: [{ key: 'd', value: '-Infinity' }] },
    ],
  ])('may have %s', (_, extra, expected) => {
    const body = otlpTracesJsonToProtobuf(requestJson(spanJson(extra)));
    expect(decodeTraces(body)[0].spans[0]).toMatchObject(expected);
  });

  it.each<[string, string]>([
    ['text that is not JSON', '{"resourceSpans":['],
    ['an array', '[]'],
    ['null', 'null'],
    ['spans that are no array', '{"resourceSpans":{}}'],
    ['a span that is text', requestJson('x' as unknown as object)],
    ['a null in a list', '{"resourceSpans":[null]}'],
    ['a trace id in base64', requestJson(spanJson({ traceId: 'AQIDBAUGBwgJCgsMDQ4PEA==' }))],
    ['a trace id of 15 bytes', requestJson(spanJson({ traceId: traceId.slice(2) }))],
    ['a span id of 4 bytes', requestJson(spanJson({ spanId: '01020304' }))],
    ['a name that is a number', requestJson(spanJson({ name: 5 }))],
    ['a time that is a fraction', requestJson(spanJson({ startTimeUnixNano: 1.5 }))],
    ['a time below zero', requestJson(spanJson({ startTimeUnixNano: '-1' }))],
    ['a time beyond 64 bits', requestJson(spanJson({ startTimeUnixNano: '18446744073709551616' }))],
    ['an unknown kind in words', requestJson(spanJson({ kind: 'toString' }))],
    ['bytes that are not base64', requestJson(spanJson({ attributes: [{ value: { bytesValue: 'a' } }] }))],
    ['a bool in words', requestJson(spanJson({ attributes: [{ value: { boolValue: 'true' } }] }))],
    ['a double in words', requestJson(spanJson({ attributes: [{ value: { doubleValue: 'toString' } }] }))],
  ])('is refused with %s', (_, body) => {
    expect(reasonOf(() => otlpTracesJsonToProtobuf(body))).toBe('malformed_json');
  });

  it('names the place of a mistake', () => {
    expect(() => otlpTracesJsonToProtobuf(requestJson(spanJson(), spanJson({ name: 1 })))).toThrow(
      'resourceSpans[0].scopeSpans[0].spans[1].name: is not a string',
    );
  });

  it('is refused when values nest too deeply, at any depth a body can hold', () => {
    const nested = (levels: number) =>
      requestJson(spanJson()).replace(
        '"kind":2',
        `"attributes":[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${']}}'.repeat(levels)}}]`,
      );
    expect(reasonOf(() => otlpTracesJsonToProtobuf(nested(32)))).toBe('none');
    expect(countSpans(otlpTracesJsonToProtobuf(nested(32)))).toBe(1);
    for (const levels of [60, 1000, 100_000]) {
      expect(reasonOf(() => otlpTracesJsonToProtobuf(nested(levels)))).toBe('malformed_json');
    }
  });
});

describe('countSpans', () => {
  const wrap = (span: Uint8Array) => {
    const scope = new ByteWriter().bytesField(2, span);
    const resource = new ByteWriter().bytesField(2, scope.view());
    return new ByteWriter().bytesField(1, resource.view()).take();
  };
  const ids = () => new ByteWriter().bytesField(1, new Uint8Array(16).fill(1)).bytesField(2, new Uint8Array(8).fill(2));

  it('refuses a request that is cut at any byte inside its only field', () => {
    const body = otlpTracesJsonToProtobuf(
      requestJson(spanJson({ attributes: [{ key: 'a', value: { intValue: 1 } }] })),
    );
    for (let cut = 1; cut < body.length; cut++) {
      expect(reasonOf(() => countSpans(body.subarray(0, cut)))).toBe('malformed_protobuf');
    }
    expect(countSpans(body)).toBe(1);
  });

  it.each<[string, Uint8Array, string]>([
    ['a span without ids', wrap(new Uint8Array(0)), 'malformed_protobuf'],
    ['a span with ids alone', wrap(ids().take()), 'none'],
    ['a trace id of 8 bytes', wrap(new ByteWriter().bytesField(1, new Uint8Array(8)).take()), 'malformed_protobuf'],
    ['an empty span id', wrap(new ByteWriter().bytesField(2, new Uint8Array(0)).take()), 'malformed_protobuf'],
    ['a parent id of 16 bytes', wrap(ids().bytesField(4, new Uint8Array(16)).take()), 'malformed_protobuf'],
    ['an empty parent id', wrap(ids().bytesField(4, new Uint8Array(0)).take()), 'none'],
    [
      'a name that is not UTF-8',
      wrap(
        ids()
          .bytesField(5, new Uint8Array([0xff]))
          .take(),
      ),
      'invalid_utf8',
    ],
    ['a name of wire type varint', wrap(ids().varintField(5, 1).take()), 'malformed_protobuf'],
    ['a time of wire type varint', wrap(ids().varintField(7, 1).take()), 'malformed_protobuf'],
    ['an unknown field', wrap(ids().stringField(99, 'x').take()), 'none'],
    ['a group', wrap(ids().tag(20, 3).tag(20, 4).take()), 'malformed_protobuf'],
    ['resource spans of wire type varint', new ByteWriter().varintField(1, 1).take(), 'malformed_protobuf'],
    [
      'scope spans of wire type varint',
      new ByteWriter().bytesField(1, new Uint8Array([0x10, 1])).take(),
      'malformed_protobuf',
    ],
    [
      'a resource that is cut',
      new ByteWriter().bytesField(1, new Uint8Array([0x0a, 2, 0x0a, 9])).take(),
      'malformed_protobuf',
    ],
    [
      'a schema URL that is not UTF-8',
      new ByteWriter().bytesField(1, new Uint8Array([0x1a, 1, 0xff])).take(),
      'invalid_utf8',
    ],
  ])('judges %s', (_, body, expected) => {
    expect(reasonOf(() => countSpans(body))).toBe(expected);
  });

  it('refuses values that nest a thousand levels deep', () => {
    let value = new ByteWriter().varintField(3, 1).take();
    for (let i = 0; i < 500; i++) {
      const list = new ByteWriter().bytesField(1, value);
      value = new ByteWriter().bytesField(5, list.view()).take();
    }
    const attribute = new ByteWriter().stringField(1, 'a').bytesField(2, value);
    const body = wrap(ids().bytesField(9, attribute.view()).take());
    expect(reasonOf(() => countSpans(body))).toBe('malformed_protobuf');
    expect(reasonOf(() => decodeTraces(body))).toBe('malformed_protobuf');
  });
});

describe('OTLP answers', () => {
  it('of success are an empty message', () => {
    expect(encodeOtlpResponse()).toEqual(new Uint8Array(0));
    expect(otlpResponseJson('traces')).toBe('{}');
  });

  it('of partial success tell how many were rejected, and warn without any', () => {
    const Response = root.lookupType('Response');
    const options = { longs: Number, defaults: true };
    expect(Response.toObject(Response.decode(encodeOtlpResponse(3, 'too old')), options)).toEqual({
      partialSuccess: { rejectedSpans: 3, errorMessage: 'too old' },
    });
    expect(Response.toObject(Response.decode(encodeOtlpResponse(0, 'careful')), options)).toEqual({
      partialSuccess: { rejectedSpans: 0, errorMessage: 'careful' },
    });
    expect(JSON.parse(otlpResponseJson('logs', 2, 'x'))).toEqual({
      partialSuccess: { rejectedLogRecords: '2', errorMessage: 'x' },
    });
  });

  it('of failure are a google.rpc.Status', () => {
    const Status = root.lookupType('RpcStatus');
    const bytes = encodeOtlpStatus(RPC_CODES.invalidArgument, 'no ✗');
    expect(Status.toObject(Status.decode(bytes))).toEqual({ code: 3, message: 'no ✗' });
    expect(JSON.parse(otlpStatusJson(14, 'later'))).toEqual({ code: 14, message: 'later' });
  });
});
