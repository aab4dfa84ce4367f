/**
 * Every decoder of this folder on broken input. The corpus is one valid message of each kind; a mutation flips, inserts,
 * removes or repeats bytes, so most inputs get past the first field. The only error allowed is an OutcomeError.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { snappyEncode } from '../codec/snappy.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import { parseLabelsText } from './labels-text.ts';
import { decodeLokiPush, decodeLokiPushJson, encodeLokiPush } from './loki/push.ts';
import { edits, mutate, survives } from './mutate.fixture.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from './otlp/logs.ts';
import { decodeLogs } from './otlp/logs-decode.ts';
import { convertHintedLogs } from './otlp/loki-hints.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from './otlp/metrics.ts';
import { decodeMetrics } from './otlp/metrics-decode.ts';
import { convertLogs } from './otlp/to-loki.ts';
import { convertMetrics } from './otlp/to-series.ts';
import { countSpans, decodeTraces, otlpTracesJsonToProtobuf } from './otlp/traces.ts';
import { parseIngestName } from './pyroscope/ingest.ts';
import { decodePyroscopePush, encodePyroscopePush, encodeRawSample } from './pyroscope/push.ts';
import { decodePyroscopePushJson } from './pyroscope/push-json.ts';
import {
  countWriteRequest,
  decodeLabelBlock,
  decodeWriteRequest,
  encodeLabelBlock,
  splitWriteRequest,
  WriteRequestBuilder,
} from './remote-write/v1.ts';
import { decodeBatch, decodeBatchResponse, encodeBatch, encodeBatchResponse } from './spillway-batch.ts';

const labelBlock = encodeLabelBlock(
  labelsFromRecord({ __name__: 'http_seconds', job: 'größe', path: 'x'.repeat(130) }),
);

function writeRequest(): Uint8Array {
  const builder = new WriteRequestBuilder();
  builder.addSample(labelBlock, 1.5, 1_767_225_600_000);
  builder.addStaleSample(labelBlock, -5);
  const exemplar = new ByteWriter().bytes(labelBlock).byte(0x11).double(2).varintField(3, 9);
  const histogram = new ByteWriter()
    .varintField(1, 3)
    .bytesField(11, new Uint8Array([8, 2, 16, 1]))
    .bytesField(12, new Uint8Array([2, 4]));
  const rest = new ByteWriter().bytesField(3, exemplar.view()).bytesField(4, histogram.view()).take();
  builder.addSeries(labelBlock, rest, 0, rest.length, 1);
  builder.addMetadata({ type: 'counter', family: 'http_seconds', help: 'Time', unit: 's' });
  return builder.take();
}

const otlpJson = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'lib' },
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              name: 'GET',
              startTimeUnixNano: '1767225600000000000',
              attributes: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '-5' }, { doubleValue: 0.5 }] } } }],
              events: [{ timeUnixNano: 5, name: 'e' }],
              status: { code: 2, message: 'x' },
            },
          ],
        },
      ],
    },
  ],
});
const lokiStreams = [
  {
    labels: labelsFromRecord({ app: 'shop', level: 'in"fo' }),
    entries: [
      { timestampNs: 1_767_225_600_123_456_789n, line: 'größe=5', metadata: labelsFromRecord({ trace: '1' }) },
      { timestampNs: -1n, line: '', metadata: [] },
    ],
  },
];
const lokiJson = '{"streams":[{"stream":{"a":"b"},"values":[["1767225600123456789","line",{"m":"1"}],["5","x"]]}]}';

const decoders: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['countWriteRequest', writeRequest(), countWriteRequest],
  ['decodeWriteRequest', writeRequest(), decodeWriteRequest],
  ['splitWriteRequest', writeRequest(), (bytes) => splitWriteRequest(bytes, 1)],
  ['decodeLabelBlock', labelBlock, (bytes) => decodeLabelBlock(bytes)],
  ['decodeLokiPush', encodeLokiPush(lokiStreams), decodeLokiPush],
  ['countSpans', otlpTracesJsonToProtobuf(otlpJson), countSpans],
  ['decodeTraces', otlpTracesJsonToProtobuf(otlpJson), decodeTraces],
  [
    'decodeBatch',
    encodeBatch({
      agentId: 'host-1',
      sequence: 300,
      sentAtMs: 1_767_225_600_000,
      sections: [
        {
          signal: 'metrics',
          contentType: 'application/x-protobuf',
          contentEncoding: 'snappy',
          body: snappyEncode(writeRequest()),
          items: 3,
        },
      ],
    }),
    decodeBatch,
  ],
  [
    'decodeBatchResponse',
    encodeBatchResponse({
      duplicate: true,
      results: [{ section: 1, acceptedItems: 5, rejectedItems: 300, reason: 'invalid_utf8', message: 'größe' }],
    }),
    decodeBatchResponse,
  ],
];
decoders.push([
  'decodePyroscopePush',
  encodePyroscopePush([
    {
      labels: labelsFromRecord({ __name__: 'process_cpu', service_name: 'größe' }),
      content: {
        kind: 'push',
        samples: [encodeRawSample(new Uint8Array([0x1f, 0x8b, 8, 0]), 'id'), new Uint8Array(0)],
      },
    },
  ]),
  decodePyroscopePush,
]);

const textDecoders: [string, string, (text: string) => unknown][] = [
  [
    'decodePyroscopePushJson',
    '{"series":[{"labels":[{"name":"a","value":"b"}],"samples":[{"rawProfile":"H4sI","ID":"1"}]}]}',
    decodePyroscopePushJson,
  ],
  ['parseIngestName', 'app.cpu{region=eu,host=a}', parseIngestName],
  ['parseLabelsText', '{app="shop", level="in\\"fo\\x41\\u00e9", raw=`x`}', parseLabelsText],
  ['decodeLokiPushJson', lokiJson, decodeLokiPushJson],
  ['otlpTracesJsonToProtobuf', otlpJson, otlpTracesJsonToProtobuf],
];

/** Everything that OTLP metrics can hold, small. */
const otlpMetrics = otlpMetricsJsonToProtobuf(
  JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeMetrics: [
          {
            scope: { name: 'lib', version: '1' },
            metrics: [
              {
                name: 'größe',
                unit: 'By',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      timeUnixNano: '5000000',
                      startTimeUnixNano: '1',
                      asInt: '-5',
                      exemplars: [{ asDouble: 1, spanId: '0102030405060708' }],
                    },
                  ],
                },
              },
              {
                name: 'h',
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    { timeUnixNano: '5', count: '3', sum: 1, bucketCounts: ['1', '2'], explicitBounds: [0.5] },
                  ],
                },
              },
              {
                name: 'e',
                exponentialHistogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    { timeUnixNano: '5', count: '3', scale: 9, positive: { offset: -2, bucketCounts: ['1', '2'] } },
                  ],
                },
              },
              {
                name: 's',
                summary: {
                  dataPoints: [{ timeUnixNano: '5', count: '3', quantileValues: [{ quantile: 0.5, value: 1 }] }],
                },
              },
            ],
          },
        ],
      },
    ],
  }),
);
const otlpLogs = otlpLogsJsonToProtobuf(
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'größe' } }] },
        scopeLogs: [
          {
            scope: { name: 'lib' },
            logRecords: [
              {
                timeUnixNano: '5',
                severityNumber: 9,
                body: { stringValue: 'a=1 b="x"' },
                traceId: '0102030405060708090a0b0c0d0e0f10',
                attributes: [
                  { key: 'loki.format', value: { stringValue: 'logfmt' } },
                  {
                    key: 'm',
                    value: {
                      kvlistValue: { values: [{ key: 'a.b', value: { arrayValue: { values: [{ intValue: '5' }] } } }] },
                    },
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  }),
);
decoders.push(
  ['countDataPoints', otlpMetrics, countDataPoints],
  ['decodeMetrics', otlpMetrics, decodeMetrics],
  ['convertMetrics', otlpMetrics, (bytes) => convertMetrics(bytes)],
  ['countLogRecords', otlpLogs, countLogRecords],
  ['decodeLogs', otlpLogs, decodeLogs],
  ['convertLogs', otlpLogs, (bytes) => convertLogs(bytes, 1n)],
  ['convertHintedLogs', otlpLogs, (bytes) => convertHintedLogs(bytes, 1n)],
);

describe('on mutated messages', () => {
  it.each(decoders)('%s throws nothing but an OutcomeError', (_, valid, decode) => {
    expect(survives(() => decode(valid))).toBe(true);
    let refused = 0;
    const check = fc.property(edits, (changes) => {
      if (!survives(() => decode(mutate(valid, changes)))) refused++;
    });
    fc.assert(check, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(0);
  });

  it.each(textDecoders)('%s throws nothing but an OutcomeError', (_, valid, decode) => {
    expect(survives(() => decode(valid))).toBe(true);
    const bytes = new TextEncoder().encode(valid);
    let refused = 0;
    const check = fc.property(edits, (changes) => {
      if (!survives(() => decode(new TextDecoder().decode(mutate(bytes, changes))))) refused++;
    });
    fc.assert(check, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(0);
  });
});

describe('on random bytes', () => {
  it.each(decoders)('%s throws nothing but an OutcomeError', (_, __, decode) => {
    const check = fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      survives(() => decode(bytes));
    });
    fc.assert(check, { numRuns: 1000 });
  });
});

describe('what one decoder takes, the others take', () => {
  it('a write request that was counted can be split, and its parts hold the same series and samples', () => {
    const valid = writeRequest();
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(valid, changes);
        if (!survives(() => countWriteRequest(body))) return;
        const { series, samples } = countWriteRequest(body);
        const parts = splitWriteRequest(body, 1).map((part) => countWriteRequest(part.body));
        expect(parts.reduce((sum, part) => sum + part.series, 0)).toBe(series);
        expect(parts.reduce((sum, part) => sum + part.samples, 0)).toBe(samples);
      }),
      { numRuns: 2000 },
    );
  });

  it('metrics that were counted become a write request that others take, with no data point unaccounted for', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(otlpMetrics, changes);
        if (!survives(() => countDataPoints(body))) return;
        const { body: converted, samples, leftOut } = convertMetrics(body);
        expect(countWriteRequest(converted).samples).toBe(samples);
        const left = leftOut.reduce((sum, { items }) => sum + items, 0);
        expect(left).toBeLessThanOrEqual(countDataPoints(body));
      }),
      { numRuns: 2000 },
    );
  });

  it('logs that were counted become as many lines, but for those left out', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(otlpLogs, changes);
        if (!survives(() => countLogRecords(body))) return;
        const records = countLogRecords(body);
        const lines = (streams: readonly { readonly entries: readonly unknown[] }[]) =>
          streams.reduce((sum, { entries }) => sum + entries.length, 0);
        expect(lines(convertLogs(body, 1n))).toBe(records);
        const { streams, leftOut } = convertHintedLogs(body, 1n);
        expect(lines(streams) + leftOut.reduce((sum, { items }) => sum + items, 0)).toBe(records);
      }),
      { numRuns: 2000 },
    );
  });

  it('a trace export that was counted can be decoded, with as many spans', () => {
    const valid = otlpTracesJsonToProtobuf(otlpJson);
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(valid, changes);
        if (!survives(() => countSpans(body))) return;
        const spans = decodeTraces(body).reduce((sum, scope) => sum + scope.spans.length, 0);
        expect(spans).toBe(countSpans(body));
      }),
      { numRuns: 2000 },
    );
  });
});
