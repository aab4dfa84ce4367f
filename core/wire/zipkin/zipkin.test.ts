import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../outcome.fixture.ts';
import { countSpans, decodeTraces } from '../otlp/traces.ts';
import type { TranslatedTraces } from '../span-translation.ts';
import { zipkinJsonToOtlp } from './json.ts';
import { formatIpv6, zipkinProtobufToOtlp } from './protobuf.ts';

// https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ListOfSpans { repeated Span spans = 1; }
  message Span { bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; int32 kind = 4; string name = 5; fixed64 timestamp = 6;
    uint64 duration = 7; Endpoint local_endpoint = 8; Endpoint remote_endpoint = 9; repeated Annotation annotations = 10;
    map<string, string> tags = 11; bool debug = 12; bool shared = 13; }
  message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
  message Annotation { fixed64 timestamp = 1; string value = 2; }
`);
const ListOfSpans = root.lookupType('ListOfSpans');
const KINDS = [undefined, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

interface JsonEndpoint {
  serviceName?: string;
  ipv4?: string;
  ipv6?: string;
  port?: number;
}

interface JsonSpan {
  traceId: string;
  id: string;
  parentId?: string;
  kind?: string;
  name?: string;
  timestamp?: number;
  duration?: number;
  localEndpoint?: JsonEndpoint;
  remoteEndpoint?: JsonEndpoint;
  annotations?: { timestamp: number; value: string }[];
  tags?: Record<string, string>;
  shared?: boolean;
  debug?: boolean;
}

const SPAN: JsonSpan = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  id: '0102030405060708',
  name: 'get /',
  timestamp: 5,
};

function toProtobuf(spans: readonly JsonSpan[]): Uint8Array {
  const bytes = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex');
  const endpoint = (e: JsonEndpoint | undefined) =>
    e && {
      serviceName: e.serviceName,
      ipv4: e.ipv4?.split('.').map(Number),
      ipv6: e.ipv6 === undefined ? undefined : bytes(e.ipv6.replaceAll(':', '')),
      port: e.port,
    };
  const message = {
    spans: spans.map((span) => ({
      ...span,
      traceId: bytes(span.traceId),
      id: bytes(span.id),
      parentId: bytes(span.parentId),
      kind: KINDS.indexOf(span.kind),
      localEndpoint: endpoint(span.localEndpoint),
      remoteEndpoint: endpoint(span.remoteEndpoint),
    })),
  };
  return ListOfSpans.encode(ListOfSpans.fromObject(message)).finish();
}

const jsonOf = (...spans: readonly object[]) => zipkinJsonToOtlp(JSON.stringify(spans));

/** The only span of a list, with its resource and scope. */
function only(traces: TranslatedTraces) {
  const [{ spans, ...rest }] = decodeTraces(traces.body);
  expect([spans.length, traces.spans]).toEqual([1, 1]);
  return { ...rest, ...spans[0] };
}

const translate = (more: Partial<JsonSpan>) => only(jsonOf({ ...SPAN, ...more }));
const record = (attributes: readonly { key: string; value: string }[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value]));

describe('a Zipkin span', () => {
  it('becomes an OTLP span, with microseconds as nanoseconds and its service as the resource', () => {
    const span = translate({
      parentId: '1',
      kind: 'CLIENT',
      timestamp: 1_700_000_000_000_001,
      duration: 250,
      localEndpoint: { serviceName: 'shop', ipv4: '10.0.0.1', port: 8080 },
      remoteEndpoint: { serviceName: 'db', ipv6: '2001:db8::1', port: 5432 },
      annotations: [{ timestamp: 1_700_000_000_000_002, value: 'cache miss' }],
      tags: { 'http.method': 'GET', path: 'größe' },
      shared: true,
      debug: true,
    });
    expect(span).toMatchObject({
      traceId: SPAN.traceId,
      spanId: SPAN.id,
      parentSpanId: '0000000000000001',
      name: 'get /',
      kind: 3,
      startNs: 1_700_000_000_000_001_000n,
      endNs: 1_700_000_000_000_251_000n,
      events: 1,
      statusCode: 0,
    });
    expect(record(span.resource)).toEqual({ 'service.name': 'shop' });
    expect(record(span.attributes)).toEqual({
      'http.method': 'GET',
      path: 'größe',
      'net.host.ip': '10.0.0.1',
      'net.host.port': '8080',
      'peer.service': 'db',
      'net.peer.ip': '2001:db8::1',
      'net.peer.port': '5432',
    });
  });

  it.each([
    ['CLIENT', 3],
    ['SERVER', 2],
    ['PRODUCER', 4],
    ['CONSUMER', 5],
    [undefined, 0],
  ])('of kind %s has kind %i', (kind, expected) => {
    expect(translate({ kind }).kind).toBe(expected);
  });

  it('without a kind is internal where OpenTelemetry says so in a tag', () => {
    expect(translate({ tags: { 'span.kind': 'internal' } })).toMatchObject({ kind: 1, attributes: [] });
  });

  it.each<[string, Record<string, string>, [number, string]]>([
    ['error=true', { error: 'true' }, [2, '']],
    ['an empty error, which Zipkin counts as one', { error: '' }, [2, '']],
    ['a message of an error', { error: 'timed out' }, [2, 'timed out']],
    ['error=false', { error: 'false' }, [0, '']],
    ['the status of an OpenTelemetry exporter', { 'otel.status_code': 'ERROR', error: 'kaputt' }, [2, 'kaputt']],
    ['the status of the collector', { 'otel.status_code': 'STATUS_CODE_OK' }, [1, '']],
    ['the status of an old exporter', { 'otel.status_code': 'Error' }, [2, '']],
    ['a description', { 'otel.status_code': 'ERROR', 'otel.status_description': 'why' }, [2, 'why']],
  ])('with %s has the status for it', (_, tags, status) => {
    const span = translate({ tags });
    expect([span.statusCode, span.statusMessage]).toEqual(status);
  });

  it('keeps the text of its error as an attribute too, as in Tempo', () => {
    expect(record(translate({ tags: { error: 'timed out' } }).attributes)).toEqual({ error: 'timed out' });
    expect(translate({ tags: { error: 'true' } }).attributes).toEqual([]);
  });

  it('of a host with both addresses has the newer one, as the collector chooses', () => {
    const localEndpoint = { ipv4: '10.0.0.1', ipv6: '2001:db8::1' };
    expect(record(translate({ localEndpoint }).attributes)).toEqual({ 'net.host.ip': '2001:db8::1' });
  });

  it('with short ids has them padded, and is a root where it names itself as parent', () => {
    const span = translate({ traceId: 'A1', id: 'b2', parentId: 'b2' });
    expect([span.traceId, span.spanId, span.parentSpanId]).toEqual([`${'0'.repeat(30)}a1`, '00000000000000b2', '']);
  });

  it('without a start has the collector’s mark, and a fraction of a microsecond is kept', () => {
    expect(translate({ timestamp: undefined, duration: 5 })).toMatchObject({
      startNs: 0n,
      endNs: 5000n,
      attributes: [{ key: 'otel.zipkin.absentField.startTime', value: 'true' }],
    });
    expect(translate({ timestamp: 1000.25 }).startNs).toBe(1_000_250n);
  });

  it('gives tags that describe a resource to it, so spans of one service on two hosts stay apart', () => {
    const tags = (host: string) => ({ 'host.name': host, 'telemetry.sdk.name': 'otel', other: 'x' });
    const localEndpoint = { serviceName: 'shop' };
    const spans = ['a', 'b', 'a'].map((host, i) => ({ ...SPAN, id: `${i + 1}`, localEndpoint, tags: tags(host) }));
    const decoded = decodeTraces(jsonOf(...spans).body);
    expect(decoded.map(({ resource, spans }) => [record(resource)['host.name'], spans.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(decoded[0].spans[0].attributes).toEqual([{ key: 'other', value: 'x' }]);
  });

  it('gets its scope, trace state, links and events with attributes back from the collector’s texts', () => {
    const link = `${SPAN.traceId}|${SPAN.id}|a=b|{"n":1,"f":0.5,"t":"x|y"}|3`;
    const span = translate({
      annotations: [
        { timestamp: 1, value: 'retry|{"n":2}|0' },
        { timestamp: 2, value: 'a|b|c' },
      ],
      tags: {
        'otel.library.name': 'lib',
        'otel.library.version': '1',
        'w3c.tracestate': 'a=b',
        'otlp.link.0': link,
        'otlp.link.1': 'not a link',
      },
    });
    expect(span).toMatchObject({ scopeName: 'lib', scopeVersion: '1', links: 1, events: 2 });
    expect(span.attributes.map(({ key }) => key)).toEqual(['otlp.link.1']);
  });

  it('in protobuf with an id of eight bytes is padded, and IPv6 addresses are written as people write them', () => {
    const span = only(zipkinProtobufToOtlp(toProtobuf([{ ...SPAN, traceId: '0102030405060708' }])));
    expect(span.traceId).toBe('00000000000000000102030405060708');
    const ipv6 = (...groups: number[]) => formatIpv6(Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255])));
    expect(ipv6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1)).toBe('2001:db8::1:0:0:1');
    expect(ipv6(0, 0, 0, 0, 0, 0, 0, 0)).toBe('::');
    expect(ipv6(1, 0, 2, 3, 4, 5, 6, 7)).toBe('1:0:2:3:4:5:6:7');
  });
});

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString('hex'));
const text = fc.string({ unit: 'grapheme', maxLength: 10 });
const micros = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const endpoint = fc.record(
  {
    serviceName: text,
    ipv4: fc.ipV4(),
    ipv6: fc
      .array(fc.integer({ min: 0x1000, max: 0xffff }), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.map((group) => group.toString(16)).join(':')),
    port: fc.nat(65535),
  },
  { requiredKeys: [] },
);
const spans = fc.array(
  fc.record(
    {
      traceId: hex(16),
      id: hex(8),
      parentId: hex(8),
      kind: fc.constantFrom('CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'),
      name: text,
      timestamp: micros,
      duration: micros,
      localEndpoint: endpoint,
      remoteEndpoint: endpoint,
      annotations: fc.array(fc.record({ timestamp: micros, value: text }), { maxLength: 2 }),
      tags: fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
    },
    { requiredKeys: ['traceId', 'id'] },
  ),
  { maxLength: 4 },
);

describe('JSON and protobuf', () => {
  it('mean the same, and become OTLP that a strict reader takes', () => {
    fc.assert(
      fc.property(spans, (value) => {
        const json = zipkinJsonToOtlp(JSON.stringify(value));
        expect(zipkinProtobufToOtlp(toProtobuf(value))).toEqual(json);
        expect([json.spans, countSpans(json.body)]).toEqual([value.length, value.length]);
      }),
    );
  });
});

describe('what is not a Zipkin span', () => {
  it.each<[string, object, string]>([
    ['no trace id', { traceId: undefined }, '[1].traceId is not 1 to 32 hex digits'],
    ['a trace id that is too long', { traceId: 'a'.repeat(33) }, '[1].traceId is not 1 to 32 hex digits'],
    ['a span id of words', { id: 'xyz' }, '[1].id is not 1 to 16 hex digits'],
    ['a span id of zeros', { id: '0000' }, '[1].id is zero'],
    ['a negative time', { timestamp: -1 }, '[1].timestamp is not a number of microseconds'],
    ['a time in words', { duration: '5ms' }, '[1].duration is not a number of microseconds'],
    ['a tag that is a list', { tags: { a: [] } }, '[1].tags["a"] is not a text'],
    ['a port that is none', { localEndpoint: { port: 70_000 } }, '[1].localEndpoint.port is not a port'],
    ['an annotation without an object', { annotations: ['x'] }, '[1].annotations[0] is not an object'],
    ['the fields of v1', { binaryAnnotations: [] }, '[1] is a span of Zipkin v1, send v2'],
  ])('(%s) is left out and told, the others are taken', (_, more, example) => {
    const traces = jsonOf(SPAN, { ...SPAN, ...more }, { ...SPAN, id: 'ff' });
    expect(traces).toMatchObject({ spans: 2, rejected: { spans: 1, example } });
  });

  it('in protobuf is left out and told as well', () => {
    const traces = zipkinProtobufToOtlp(toProtobuf([{ ...SPAN, id: '01' }, SPAN, { ...SPAN, traceId: '' }]));
    expect(traces.rejected).toEqual({ spans: 2, example: 'spans[0] has a span id that is not 8 bytes, or zero' });
    expect(traces.spans).toBe(1);
  });

  it('is refused with the whole body where that is no list', () => {
    for (const body of ['', '{}', '[', 'null', '{"spans":[]}'])
      expect(reasonOf(() => zipkinJsonToOtlp(body))).toBe('malformed_json');
    const bytes = toProtobuf([{ ...SPAN, tags: { a: 'b' } }]);
    for (let length = 1; length < bytes.length; length++) {
      expect(reasonOf(() => zipkinProtobufToOtlp(bytes.subarray(0, length)))).toBe('malformed_protobuf');
    }
  });

  it('takes numbers and booleans for the text of a tag, as Zipkin does', () => {
    const span = only(jsonOf({ ...SPAN, timestamp: 1, tags: { a: 5, b: true } }));
    expect(record(span.attributes)).toEqual({ a: '5', b: 'true' });
  });
});
