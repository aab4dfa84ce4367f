import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeError } from '../../outcome.ts';
import { countSpans, decodeTraces } from '../otlp/traces.ts';
import { int64, type JaegerBatch, type JaegerSpan, jaegerBatch, struct, writeThrift } from './jaeger-thrift.fixture.ts';
import { jaegerThriftToOtlp } from './jaeger-thrift.ts';
import { THRIFT } from './thrift.ts';

const SPAN: JaegerSpan = {
  traceIdLow: 0x1112131415161718n,
  traceIdHigh: 0n,
  spanId: -2n,
  parentSpanId: 0n,
  operationName: 'GET /cart',
  startTime: 1_700_000_000_000_001n,
  duration: 250n,
};

function batch(span: Partial<JaegerSpan>, more: Partial<JaegerBatch> = {}): JaegerBatch {
  return { serviceName: 'shop', spans: [{ ...SPAN, ...span }], ...more };
}

/** The one span of a batch, in both protocols. */
function translate(value: JaegerBatch) {
  const [binary, compact] = (['binary', 'compact'] as const).map((protocol) =>
    decodeTraces(jaegerThriftToOtlp(jaegerBatch(value, protocol), protocol).body),
  );
  expect(compact).toEqual(binary);
  const [{ resource, scopeName, scopeVersion, spans }] = binary;
  return { resource, scopeName, scopeVersion, ...spans[0] };
}

function failureOf(action: () => unknown): OutcomeError {
  try {
    action();
  } catch (error) {
    if (error instanceof OutcomeError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const attributes = (span: { attributes: readonly { key: string; value: string }[] }) =>
  Object.fromEntries(span.attributes.map(({ key, value }) => [key, value]));

describe('a Jaeger span in Thrift', () => {
  it('becomes an OTLP span: ids padded, microseconds to nanoseconds, tags with their types', () => {
    const span = translate(
      batch({
        parentSpanId: 7n,
        tags: [
          { key: 'text', value: 'größe' },
          { key: 'double', value: 0.25 },
          { key: 'yes', value: true },
          { key: 'no', value: false },
          { key: 'long', value: -(2n ** 60n) - 1n },
          { key: 'binary', value: Buffer.from([0, 255]) },
        ],
      }),
    );
    expect(span).toMatchObject({
      traceId: '00000000000000001112131415161718',
      spanId: 'fffffffffffffffe',
      parentSpanId: '0000000000000007',
      name: 'GET /cart',
      kind: 0,
      startNs: 1_700_000_000_000_001_000n,
      endNs: 1_700_000_000_000_251_000n,
      statusCode: 0,
      resource: [{ key: 'service.name', value: 'shop' }],
    });
    expect(attributes(span)).toEqual({
      text: 'größe',
      double: '0.25',
      yes: 'true',
      no: 'false',
      long: String(-(2n ** 60n) - 1n),
      binary: '00ff',
    });
  });

  it('gives the tags of its process to the resource, under the names of OpenTelemetry', () => {
    const tags = [
      { key: 'hostname', value: 'web-1' },
      { key: 'jaeger.version', value: 'Node-3.19.0' },
      { key: 'ip', value: '10.0.0.1' },
    ];
    expect(translate(batch({}, { tags })).resource).toEqual([
      { key: 'service.name', value: 'shop' },
      { key: 'ip', value: '10.0.0.1' },
      { key: 'host.name', value: 'web-1' },
      { key: 'opencensus.exporterversion', value: 'Jaeger-Node-3.19.0' },
    ]);
  });

  it.each([
    ['client', 3],
    ['server', 2],
    ['producer', 4],
    ['consumer', 5],
    ['internal', 1],
    ['other', 0],
  ])('of span.kind %s has kind %i, and the tag is gone', (kind, expected) => {
    const span = translate(batch({ tags: [{ key: 'span.kind', value: kind }] }));
    expect([span.kind, span.attributes]).toEqual([expected, []]);
  });

  it.each<[string, [string, string | boolean | bigint][], [number, string], string[]]>([
    ['error=true', [['error', true]], [2, ''], []],
    ['error=false', [['error', false]], [0, ''], ['error']],
    [
      'error and a description',
      [
        ['error', true],
        ['otel.status_description', 'kaputt'],
      ],
      [2, 'kaputt'],
      [],
    ],
    [
      'error beside otel.status_code=OK',
      [
        ['error', true],
        ['otel.status_code', 'OK'],
      ],
      [2, ''],
      [],
    ],
    ['otel.status_code=ok', [['otel.status_code', 'ok']], [1, ''], []],
    [
      'otel.status_code=ERROR',
      [
        ['otel.status_code', 'ERROR'],
        ['otel.status_description', 'why'],
      ],
      [2, 'why'],
      [],
    ],
    [
      'an HTTP status of 500',
      [
        ['http.status_code', 500n],
        ['http.status_message', 'Oops'],
      ],
      [2, 'Oops'],
      ['http.status_code', 'http.status_message'],
    ],
    ['an HTTP status of 200', [['http.status_code', 200n]], [0, ''], ['http.status_code']],
    [
      'an HTTP status of 404 in a client',
      [
        ['span.kind', 'client'],
        ['http.status_code', 404n],
      ],
      [2, ''],
      ['http.status_code'],
    ],
    [
      'an HTTP status of 404 in a server',
      [
        ['span.kind', 'server'],
        ['http.status_code', '404'],
      ],
      [0, ''],
      ['http.status_code'],
    ],
  ])('with %s has the status OpenTelemetry gives it', (_, tags, status, left) => {
    const span = translate(batch({ tags: tags.map(([key, value]) => ({ key, value })) }));
    expect([span.statusCode, span.statusMessage]).toEqual(status);
    expect(span.attributes.map(({ key }) => key)).toEqual(left);
  });

  it('takes its parent from a reference of the same trace, CHILD_OF before FOLLOWS_FROM; other references are links', () => {
    const local = { traceIdLow: SPAN.traceIdLow, traceIdHigh: 0n };
    const references = [
      { type: 1, ...local, spanId: 5n },
      { type: 0, traceIdLow: 9n, traceIdHigh: 8n, spanId: 6n },
      { type: 0, ...local, spanId: 7n },
    ];
    const child = translate(batch({ references }));
    expect([child.parentSpanId, child.links]).toEqual(['0000000000000007', 2]);
    const follower = translate(batch({ references: references.slice(0, 2) }));
    expect([follower.parentSpanId, follower.links]).toEqual(['0000000000000005', 2]);
    const named = translate(batch({ references: references.slice(2), parentSpanId: 7n }));
    expect([named.parentSpanId, named.links]).toEqual(['0000000000000007', 0]);
  });

  it('keeps its logs as events, and its library as the scope', () => {
    const logs = [
      { timestamp: 1n, fields: [{ key: 'event', value: 'cache miss' }] },
      { timestamp: 2n, fields: [] },
    ];
    const tags = [
      { key: 'otel.scope.name', value: 'lib' },
      { key: 'otel.scope.version', value: '1.2' },
      { key: 'w3c.tracestate', value: 'a=b' },
    ];
    const span = translate(batch({ logs, tags }));
    expect(span).toMatchObject({ events: 2, scopeName: 'lib', scopeVersion: '1.2', attributes: [] });
  });

  it('with an id of zeros is left out and counted, the others are taken', () => {
    const value = { serviceName: 'shop', spans: [{ ...SPAN, spanId: 0n }, SPAN, { ...SPAN, traceIdLow: 0n }] };
    const result = jaegerThriftToOtlp(jaegerBatch(value), 'binary');
    expect(result.rejected).toEqual({ spans: 2, example: 'spans[0] has a span id of zeros' });
    expect([result.spans, countSpans(result.body)]).toEqual([1, 1]);
  });
});

const name = fc.string({ unit: 'grapheme', maxLength: 12 });
const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((value) => value !== 0n);
const time = fc.bigInt({ min: 0n, max: 2n ** 53n });
const tag = fc.record({
  key: name,
  value: fc.oneof(
    name,
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  ),
});
const tags = fc.array(tag, { maxLength: 4 });
const reference = fc.record({ type: fc.nat(1), traceIdLow: id, traceIdHigh: id, spanId: id });
const span = fc.record({
  traceIdLow: id,
  traceIdHigh: id,
  spanId: id,
  parentSpanId: id,
  operationName: name,
  references: fc.array(reference, { maxLength: 2 }),
  startTime: time,
  duration: time,
  tags,
  logs: fc.array(fc.record({ timestamp: time, fields: tags }), { maxLength: 2 }),
});
const batches = fc.record({ serviceName: name, tags, spans: fc.array(span, { maxLength: 3 }) });

describe('what Apache Thrift writes', () => {
  it('is read the same from the binary and the compact protocol, and is valid OTLP', () => {
    fc.assert(
      fc.property(batches, (value) => {
        const binary = jaegerThriftToOtlp(jaegerBatch(value, 'binary'), 'binary');
        const compact = jaegerThriftToOtlp(jaegerBatch(value, 'compact'), 'compact');
        expect(compact).toEqual(binary);
        expect(countSpans(binary.body)).toBe(value.spans.length);
        const decoded = decodeTraces(binary.body).flatMap(({ spans }) => spans);
        const hex = (number: bigint) => BigInt.asUintN(64, number).toString(16).padStart(16, '0');
        const sortById = (a: { spanId: string }, b: { spanId: string }) => (a.spanId < b.spanId ? -1 : 1);
        expect(
          decoded.map(({ traceId, spanId, startNs, endNs }) => ({ traceId, spanId, startNs, endNs })).sort(sortById),
        ).toEqual(
          value.spans
            .map((s) => ({
              traceId: hex(s.traceIdHigh) + hex(s.traceIdLow),
              spanId: hex(s.spanId),
              startNs: s.startTime * 1000n,
              endNs: (s.startTime + s.duration) * 1000n,
            }))
            .sort(sortById),
        );
      }),
    );
  });

  it.each(['binary', 'compact'] as const)(
    'with unknown fields of every type is read in %s as without them',
    (protocol) => {
      const bytes = writeThrift(protocol, (out) =>
        struct(out, [
          [1, THRIFT.struct, () => struct(out, [[1, THRIFT.binary, () => out.writeString('shop')]])],
          [
            2,
            THRIFT.list,
            () => {
              out.writeListBegin(THRIFT.struct, 0);
              out.writeListEnd();
            },
          ],
          [30, THRIFT.bool, () => out.writeBool(true)],
          [31, THRIFT.byte, () => out.writeByte(7)],
          [32, THRIFT.i16, () => out.writeI16(-300)],
          [33, THRIFT.i32, () => out.writeI32(70_000)],
          [300, THRIFT.i64, () => out.writeI64(int64(-1n))],
          [301, THRIFT.double, () => out.writeDouble(0.5)],
          [
            302,
            THRIFT.map,
            () => {
              out.writeMapBegin(THRIFT.binary, THRIFT.bool, 2);
              for (const key of ['a', 'b']) {
                out.writeString(key);
                out.writeBool(false);
              }
              out.writeMapEnd();
            },
          ],
          [
            303,
            THRIFT.set,
            () => {
              out.writeSetBegin(THRIFT.i32, 20);
              for (let i = 0; i < 20; i++) out.writeI32(i);
              out.writeSetEnd();
            },
          ],
          [304, THRIFT.struct, () => struct(out, [[1, THRIFT.bool, () => out.writeBool(false)]])],
        ]),
      );
      expect(jaegerThriftToOtlp(bytes, protocol)).toMatchObject({ spans: 0, rejected: undefined });
    },
  );
});

describe('a broken batch', () => {
  const full = jaegerBatch(batch({ tags: [{ key: 'a', value: 'b' }], logs: [{ timestamp: 1n, fields: [] }] }));

  it('is refused wherever it is cut off', () => {
    for (let length = 0; length < full.length; length++) {
      expect(failureOf(() => jaegerThriftToOtlp(full.subarray(0, length), 'binary')).failure.reason).toBe(
        'malformed_thrift',
      );
    }
  });

  it('cannot claim more elements than it has bytes, nor nest without end', () => {
    const bomb = new Uint8Array([15, 0, 2, 12, 0x7f, 0xff, 0xff, 0xff, 0]);
    expect(failureOf(() => jaegerThriftToOtlp(bomb, 'binary')).message).toContain('more than bytes are left');
    const nested = new Uint8Array(100_000 * 3).map((_, i) => (i % 3 === 0 ? THRIFT.struct : i % 3 === 1 ? 0 : 9));
    expect(failureOf(() => jaegerThriftToOtlp(nested, 'binary')).message).toContain('nest deeper');
  });

  it.each<[string, JaegerBatch | Uint8Array, string]>([
    ['without a process', new Uint8Array([0]), 'the batch has no process'],
    ['whose process has no name', new Uint8Array([12, 0, 1, 0, 0]), 'a process has no serviceName'],
    ['without spans', new Uint8Array([12, 0, 1, 11, 0, 1, 0, 0, 0, 0, 0, 0]), 'the batch has no spans'],
    ['with a field of another type', new Uint8Array([8, 0, 1, 0, 0, 0, 0, 0]), 'field 1 has type 8, expected 12'],
  ])('%s is refused and told so', (_, value, message) => {
    const bytes = value instanceof Uint8Array ? value : jaegerBatch(value);
    expect(failureOf(() => jaegerThriftToOtlp(bytes, 'binary')).message).toContain(message);
  });

  it('with text that is not UTF-8 is refused', () => {
    const at = full.indexOf('GET'.charCodeAt(0));
    const bytes = full.slice();
    bytes[at] = 0xff;
    expect(failureOf(() => jaegerThriftToOtlp(bytes, 'binary')).failure.reason).toBe('invalid_utf8');
  });
});
