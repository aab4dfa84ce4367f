import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../bytes/writer.ts';
import { OutcomeError } from '../../outcome.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from './metrics.ts';
import { decodeMetrics } from './metrics-decode.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped = 4; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message Metric { string name = 1; string description = 2; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; Exponential exponential = 10; Summary summary = 11; } }
  message Gauge { repeated Number data_points = 1; }
  message Sum { repeated Number data_points = 1; int32 temporality = 2; bool monotonic = 3; }
  message Histogram { repeated HistogramPoint data_points = 1; int32 temporality = 2; }
  message Exponential { repeated ExponentialPoint data_points = 1; int32 temporality = 2; }
  message Summary { repeated SummaryPoint data_points = 1; }
  message Number { fixed64 start = 2; fixed64 time = 3; oneof value { double as_double = 4; sfixed64 as_int = 6; }
    repeated Exemplar exemplars = 5; repeated KeyValue attributes = 7; uint32 flags = 8; }
  message HistogramPoint { fixed64 start = 2; fixed64 time = 3; fixed64 count = 4; optional double sum = 5;
    repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated Exemplar exemplars = 8;
    repeated KeyValue attributes = 9; uint32 flags = 10; optional double min = 11; optional double max = 12; }
  message ExponentialPoint { repeated KeyValue attributes = 1; fixed64 start = 2; fixed64 time = 3; fixed64 count = 4;
    optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9; uint32 flags = 10;
    repeated Exemplar exemplars = 11; optional double min = 12; optional double max = 13; double zero_threshold = 14; }
  message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
  message SummaryPoint { fixed64 start = 2; fixed64 time = 3; fixed64 count = 4; double sum = 5; repeated Quantile quantiles = 6;
    repeated KeyValue attributes = 7; uint32 flags = 8; }
  message Quantile { double quantile = 1; double value = 2; }
  message Exemplar { fixed64 time = 2; double as_double = 3; bytes span_id = 4; bytes trace_id = 5; sfixed64 as_int = 6; repeated KeyValue filtered = 7; }
`);
const Request = root.lookupType('Request');

async function metricsOfTheSdk(): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
  const view = { instrumentName: 'sizes', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const;
  const resource = resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 7, 'a.list': ['x', 'y'] });
  const provider = new MeterProvider({ resource, readers: [reader], views: [view] });
  const meter = provider.getMeter('lib', '1.2.3');
  meter
    .createCounter('requests', { unit: '{request}', description: 'How many ünïcödé' })
    .add(3, { route: '/', ok: true });
  meter.createUpDownCounter('queue').add(-2.5);
  meter.createGauge('share', { unit: '1' }).record(0.25);
  const times = meter.createHistogram('times', { unit: 's' });
  for (const value of [0.001, 3, 12_000]) times.record(value, { share: 0.5 });
  const sizes = meter.createHistogram('sizes', { unit: 'By' });
  for (const value of [-3, 0, 0.001, 5, 9e9]) sizes.record(value);
  await provider.forceFlush();
  const [metrics] = exporter.getMetrics();
  await provider.shutdown();
  return metrics!;
}

/** Walked by the schema of the oracle alone, as a list of plain data points. */
function oracle(body: Uint8Array): number {
  const request = Request.toObject(Request.decode(body), { arrays: true }) as {
    resourceMetrics: { scopeMetrics: { metrics: Record<string, { dataPoints: unknown[] } | string>[] }[] }[];
  };
  const metrics = request.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  return metrics.reduce((sum, metric) => {
    const data = Object.values(metric).find((value) => typeof value === 'object');
    return sum + ((data as { dataPoints: unknown[] } | undefined)?.dataPoints.length ?? 0);
  }, 0);
}

function outcomeOf(action: () => unknown): string {
  try {
    action();
    return 'taken';
  } catch (error) {
    if (error instanceof OutcomeError) return error.failure.reason;
    throw error;
  }
}

const text = (value: string) => ({ stringValue: value });
const bigint = (max: bigint) => fc.bigInt(0n, max).map(String);
const arbitraryAttributes = fc.array(
  fc.record({
    key: fc.string(),
    value: fc.oneof(
      fc.string().map(text),
      fc.boolean().map((boolValue) => ({ boolValue })),
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => ({ intValue: String(value) })),
      fc
        .double()
        .map((doubleValue) => ({ doubleValue: Number.isFinite(doubleValue) ? doubleValue : String(doubleValue) })),
      fc.string().map((value) => ({ kvlistValue: { values: [{ key: value, value: text(value) }] } })),
    ),
  }),
  { maxLength: 3 },
);
const times = {
  startTimeUnixNano: bigint(2n ** 64n - 1n),
  timeUnixNano: bigint(2n ** 64n - 1n),
  attributes: arbitraryAttributes,
};
const numberPoint = fc.oneof(
  fc.record({
    ...times,
    asInt: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
    flags: fc.integer({ min: 0, max: 1 }),
  }),
  fc.record({ ...times, asDouble: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
);
const histogramPoint = fc.record({
  ...times,
  count: bigint(2n ** 64n - 1n),
  sum: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bucketCounts: fc.array(bigint(2n ** 64n - 1n), { maxLength: 5 }),
  explicitBounds: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 }),
});
const buckets = fc.record({ offset: fc.integer(), bucketCounts: fc.array(bigint(2n ** 64n - 1n), { maxLength: 5 }) });
const exponentialPoint = fc.record({
  ...times,
  count: bigint(2n ** 64n - 1n),
  scale: fc.integer({ min: -10, max: 20 }),
  zeroCount: bigint(2n ** 64n - 1n),
  positive: buckets,
  negative: buckets,
});
const points = <T>(point: fc.Arbitrary<T>) => ({ dataPoints: fc.array(point, { maxLength: 3 }) });
const temporality = { aggregationTemporality: fc.integer({ min: 0, max: 2 }) };
const arbitraryMetric = fc.oneof(
  fc.record({ name: fc.string(), gauge: fc.record(points(numberPoint)) }),
  fc.record({
    name: fc.string(),
    unit: fc.string(),
    sum: fc.record({ ...points(numberPoint), ...temporality, isMonotonic: fc.boolean() }),
  }),
  fc.record({ name: fc.string(), histogram: fc.record({ ...points(histogramPoint), ...temporality }) }),
  fc.record({ name: fc.string(), exponentialHistogram: fc.record({ ...points(exponentialPoint), ...temporality }) }),
);
const arbitraryRequest = fc
  .array(arbitraryMetric, { maxLength: 4 })
  .map((metrics) => ({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));

describe('OTLP metrics', () => {
  it('of the SDK are the same from JSON and from protobuf, and as the reference reads them', async () => {
    const metrics = await metricsOfTheSdk();
    const binary = ProtobufMetricsSerializer.serializeRequest(metrics)!;
    const json = otlpMetricsJsonToProtobuf(new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(metrics)));
    expect(countDataPoints(binary)).toBe(5);
    expect(countDataPoints(json)).toBe(oracle(binary));
    expect(decodeMetrics(json)).toEqual(decodeMetrics(binary));
    expect(Request.toObject(Request.decode(json))).toEqual(Request.toObject(Request.decode(binary)));
  });

  it('that are generated become what the reference reads, and count as it counts', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const body = otlpMetricsJsonToProtobuf(JSON.stringify(request));
        expect(countDataPoints(body)).toBe(oracle(body));
        const again = Request.encode(Request.decode(body)).finish();
        expect(decodeMetrics(again)).toEqual(decodeMetrics(body));
      }),
      { numRuns: 200 },
    );
  });

  it('keep integers that a double cannot hold until they become values', () => {
    const dataPoints = [
      { timeUnixNano: '18446744073709551615', count: '18446744073709551615', bucketCounts: ['9007199254740993'] },
    ];
    const metrics = [
      { name: 'h', histogram: { aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE', dataPoints } },
    ];
    const body = otlpMetricsJsonToProtobuf(JSON.stringify({ resource_metrics: [{ scope_metrics: [{ metrics }] }] }));
    const { data } = decodeMetrics(body)[0]!.scopes[0]!.metrics[0]!;
    if (data.kind !== 'histogram') throw new Error('not a histogram');
    expect(data.temporality).toBe(2);
    expect(data.points[0]).toMatchObject({
      count: 2n ** 64n - 1n,
      timeNs: 2n ** 64n - 1n,
      bucketCounts: [9_007_199_254_740_993n],
    });
  });

  it('take repeated numbers packed and one by one', () => {
    const point = new ByteWriter()
      .tag(6, 1)
      .fixed64(1n)
      .tag(6, 1)
      .fixed64(2n)
      .bytesField(7, new ByteWriter().double(5).take());
    const data = new ByteWriter().bytesField(1, point.take());
    const metric = new ByteWriter().stringField(1, 'h').bytesField(9, data.take());
    const scope = new ByteWriter().bytesField(2, metric.take());
    const resource = new ByteWriter().bytesField(2, scope.take());
    const body = new ByteWriter().bytesField(1, resource.take()).take();
    expect(countDataPoints(body)).toBe(1);
    const read = decodeMetrics(body)[0]!.scopes[0]!.metrics[0]!.data;
    expect(read).toMatchObject({ kind: 'histogram', points: [{ bucketCounts: [1n, 2n], explicitBounds: [5] }] });
  });

  it.each([
    ['a number that is a text of letters', { gauge: { dataPoints: [{ asInt: 'x' }] } }],
    ['a bucket count below zero', { histogram: { dataPoints: [{ bucketCounts: ['-1'] }] } }],
    [
      'an offset that 32 bits do not hold',
      { exponentialHistogram: { dataPoints: [{ positive: { offset: 2 ** 31 } }] } },
    ],
    ['a bound that is no number', { histogram: { dataPoints: [{ explicitBounds: ['low'] }] } }],
    ['an id of another length', { sum: { dataPoints: [{ exemplars: [{ traceId: 'abcd' }] }] } }],
    ['data points that are no list', { gauge: { dataPoints: {} } }],
  ])('in JSON with %s are refused', (_what, data) => {
    const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', ...data }] }] }] };
    expect(outcomeOf(() => otlpMetricsJsonToProtobuf(JSON.stringify(request)))).toBe('malformed_json');
  });
});
