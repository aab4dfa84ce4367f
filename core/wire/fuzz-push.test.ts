/** The decoders of push protocols that are translated, on broken input: no error but an OutcomeError. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { snappyStreamDecode } from '../codec/snappy-stream.ts';
import { protobufExposition } from './exposition/client-model.fixture.ts';
import { influxToWriteRequest } from './influx/write.ts';
import { jaegerBatch, type ThriftProtocol } from './jaeger/jaeger-thrift.fixture.ts';
import { jaegerThriftToOtlp } from './jaeger/jaeger-thrift.ts';
import { edits, mutate, survives } from './mutate.fixture.ts';
import { countSpans } from './otlp/traces.ts';
import { parseGroupingKey } from './pushgateway/grouping-key.ts';
import { pushOfProtobuf } from './pushgateway/protobuf.ts';
import { pushOfText } from './pushgateway/pushgateway.ts';
import { countWriteRequest } from './remote-write/v1.ts';
import { zipkinJsonToOtlp } from './zipkin/json.ts';
import { zipkinProtobufToOtlp } from './zipkin/protobuf.ts';

const NOW = 1_700_000_000_000;
const JOB = new Map([['job', 'a']]);
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const tags = [
  { key: 'span.kind', value: 'client' },
  { key: 'http.status_code', value: 503n },
  { key: 'größe', value: 0.5 },
  { key: 'ok', value: false },
  { key: 'bytes', value: Buffer.from([1, 2, 3]) },
];
const batch = (protocol: ThriftProtocol) =>
  jaegerBatch(
    {
      serviceName: 'shop',
      tags,
      spans: [
        {
          traceIdLow: 5n,
          traceIdHigh: -1n,
          spanId: 7n,
          parentSpanId: 0n,
          operationName: 'GET',
          references: [{ type: 0, traceIdLow: 5n, traceIdHigh: -1n, spanId: 9n }],
          startTime: 1_700_000_000_000_000n,
          duration: 5n,
          tags,
          logs: [{ timestamp: 1n, fields: tags }],
        },
      ],
    },
    protocol,
  );

const zipkinJson = JSON.stringify([
  {
    traceId: '0102030405060708',
    id: '1',
    kind: 'SERVER',
    timestamp: 1_700_000_000_000_000.5,
    localEndpoint: { serviceName: 'shop', ipv4: '10.0.0.1', port: 80 },
    annotations: [{ timestamp: 5, value: 'retry|{"a":1}|0' }],
    tags: { error: 'x', 'host.name': 'h', 'otlp.link.0': `${'1'.repeat(32)}|${'2'.repeat(16)}||{}|0` },
  },
]);
const endpoint = new ByteWriter().stringField(1, 'shop').bytesField(2, new Uint8Array([10, 0, 0, 1]));
const zipkinProtobuf = new ByteWriter()
  .bytesField(
    1,
    new ByteWriter()
      .bytesField(1, new Uint8Array(8).fill(1))
      .bytesField(3, new Uint8Array(8).fill(2))
      .varintField(4, 1)
      .stringField(5, 'get')
      .tag(6, 1)
      .fixed64(1_700_000_000_000_000n)
      .varintField(7, 150)
      .bytesField(8, endpoint.view())
      .bytesField(10, new ByteWriter().tag(1, 1).fixed64(5n).stringField(2, 'x').view())
      .bytesField(11, new ByteWriter().stringField(1, 'error').stringField(2, 'y').view())
      .varintField(13, 1)
      .view(),
  )
  .take();
const exposition = '# HELP a A\n# TYPE a counter\na{x="y\\n"} 5\nb 1e3\n# comment\n{"q.u"} 1\n';
const lines = 'cpu,host=a\\ b usage=0.5,n=3i,s="q\\"x",t=true 1700000000000000000\n# c\nmem value=7u\r\n';
// Go's example of a stream ("abcd"), with padding behind it.
const framed = new Uint8Array([
  ...[0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59, 1, 8, 0, 0, 0x68, 0x10, 0xe6, 0xb6, 97, 98, 99, 100],
  ...[0xfe, 2, 0, 0, 0, 0],
]);

const checkTraces = ({ body, spans }: { body: Uint8Array; spans: number }) => expect(countSpans(body)).toBe(spans);
const checkSamples = ({ body, samples }: { body: Uint8Array; samples: number }) =>
  expect(countWriteRequest(body).samples).toBe(samples);

const influx = (bytes: Uint8Array) =>
  influxToWriteRequest(text(bytes), { precision: 'ns', nowMs: NOW, maxBytes: 100_000 });

const decoders: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['Jaeger binary', batch('binary'), (bytes) => checkTraces(jaegerThriftToOtlp(bytes, 'binary'))],
  ['Jaeger compact', batch('compact'), (bytes) => checkTraces(jaegerThriftToOtlp(bytes, 'compact'))],
  ['Zipkin JSON', utf8(zipkinJson), (bytes) => checkTraces(zipkinJsonToOtlp(text(bytes)))],
  ['Zipkin protobuf', zipkinProtobuf, (bytes) => checkTraces(zipkinProtobufToOtlp(bytes))],
  [
    'exposition in text',
    utf8(exposition),
    (bytes) => checkSamples(pushOfText(bytes, JOB, { nowMs: NOW, maxBytes: 100_000 })),
  ],
  [
    'exposition in protobuf',
    protobufExposition([
      {
        name: 'a',
        help: 'h',
        type: 'COUNTER',
        metric: [{ label: [{ name: 'x', value: 'y' }], counter: { value: 1 } }],
      },
      { name: 'h', type: 'HISTOGRAM', metric: [{ histogram: { sample_count: 1, bucket: [{ upper_bound: 1 }] } }] },
    ]),
    (bytes) => checkSamples(pushOfProtobuf(bytes, JOB, { nowMs: NOW, maxBytes: 100_000 })),
  ],
  ['framed snappy', framed, (bytes) => snappyStreamDecode(bytes, 1000)],
  ['grouping key', utf8('/metrics/job/a/b@base64/YWI/c/%20'), (bytes) => parseGroupingKey(text(bytes))],
];

describe('broken input', () => {
  it.each(decoders)('of %s is an OutcomeError or taken as what it says', (_, valid, decode) => {
    expect(survives(() => decode(valid))).toBe(true);
    let refused = 0;
    const check = fc.property(edits, (changes) => {
      if (!survives(() => decode(mutate(valid, changes)))) refused++;
    });
    fc.assert(check, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(0);
  });

  it('of Influx lines costs lines, never the others', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const broken = mutate(utf8(lines), changes);
        checkSamples(influx(broken));
        const after = influx(new Uint8Array([...broken, ...utf8('\n"\n\nlast value=1\n')]));
        expect(after.samples).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('random bytes', () => {
  it.each(decoders)('are an OutcomeError to %s, or taken', (_, __, decode) => {
    const check = fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      survives(() => decode(bytes));
    });
    fc.assert(check, { numRuns: 1000 });
  });
});
