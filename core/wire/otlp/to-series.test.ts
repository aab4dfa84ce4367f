/**
 * testdata/otlp-metrics.json is a request of everything that OTLP metrics can hold, and otlp-series.txt what becomes of it.
 * Each line of it was compared with what Alloy 1.18 makes of the same request, and with what Prometheus 3.16 stores of it at
 * its own OTLP endpoint; where they differ is in docs/otlp.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLabels, type Labels } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { histogramProblem } from '../remote-write/native-histogram-problem.ts';
import { decodeWriteRequest, STALE_NAN_BITS, sampleValue } from '../remote-write/v1.ts';
import { otlpMetricsJsonToProtobuf } from './metrics.ts';
import { labelName, metricName, unitName } from './names.ts';
import { convertMetrics, DEFAULT_SERIES_OPTIONS, type SeriesOptions } from './to-series.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');

const TIME = '1767312000000000000';
const START = '1767311000000000000';
const at = { timeUnixNano: TIME, startTimeUnixNano: START };
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const plain = { ...DEFAULT_SERIES_OPTIONS, includeTargetInfo: false, includeScopeLabels: false, honorMetadata: false };

function convert(metrics: object[], options: Partial<SeriesOptions> = {}, resource: object[] = [], scope: object = {}) {
  const json = { resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ ...scope, metrics }] }] };
  return convertMetrics(otlpMetricsJsonToProtobuf(JSON.stringify(json)), { ...plain, ...options });
}

const seriesOf = (converted: { readonly body: Uint8Array }) => decodeWriteRequest(converted.body).series;
const exemplarText = ({ labels, value }: { readonly labels: Labels; readonly value: number }) =>
  `# ${formatLabels(labels)} ${value}`;

/** `{labels} value @ms # exemplars`, a histogram in hex. */
function lines(body: Uint8Array): string[] {
  const { series, metadata } = decodeWriteRequest(body);
  const texts = series.map(({ labels, samples, exemplars, histograms }) => {
    const values = samples.map((sample) => `${sampleValue(sample)} @${sample.timestampMs}`);
    const encoded = histograms.map((histogram) => Buffer.from(histogram).toString('hex'));
    const examples = exemplars.map((exemplar) => exemplarText(exemplar as never));
    return [formatLabels(labels), ...values, ...encoded, ...examples].join(' ');
  });
  return [...texts, ...metadata.map(({ family, type, unit, help }) => `${family} ${type} ${unit} ${help}`.trimEnd())];
}

describe('series of OTLP metrics', () => {
  it('are those of the golden file', () => {
    const { body, leftOut } = convertMetrics(otlpMetricsJsonToProtobuf(read('otlp-metrics.json')));
    const refused = leftOut.map(({ reason, items, example }) => `refused ${items} ${reason}: ${example}`);
    expect([...lines(body), ...refused, ''].join('\n')).toBe(read('otlp-series.txt'));
  });

  it.each([
    ['http.server.duration', 's', 'other', 'http_server_duration_seconds'],
    ['http.server.duration.seconds', 's', 'other', 'http_server_duration_seconds'],
    ['requests', '{request}/s', 'gauge', 'requests_per_second'],
    ['io', 'By/s', 'counter', 'io_bytes_per_second_total'],
    ['total.requests', '1', 'counter', 'requests_total'],
    ['share', '1', 'gauge', 'share_ratio'],
    ['share', '1', 'other', 'share'],
    ['5xx', '', 'gauge', '_5xx'],
    ['a..b__c', '', 'gauge', 'a_b_c'],
    ['job:errors.rate', '', 'gauge', 'job:errors_rate'],
    ['日本', 's', 'counter', ''],
    ['', 's', 'gauge', ''],
    ['toString', 'constructor', 'gauge', 'toString_constructor'],
  ] as const)('name %s in %s of kind %s %s', (name, unit, kind, expected) => {
    expect(metricName(name, unit, kind, true)).toBe(expected);
  });

  it('keep their names but for characters, where suffixes are not wanted', () => {
    expect(metricName('a.b:c--d_', 's', 'counter', false)).toBe('a_b:c_d_');
  });

  it.each([
    ['http.method', 'http_method'],
    ['9lives', 'key_9lives'],
    ['_x', 'key_x'],
    ['__x', '__x'],
    ['ü', 'key_'],
    ['日本', 'key__'],
    ['', ''],
  ])('name the label of %s %s', (key, expected) => expect(labelName(key)).toBe(expected));

  it.each([
    ['By/s', 'bytes_per_second'],
    ['{x}/min', 'per_min'],
    ['1', ''],
  ])('have for the unit %s the unit %s in metadata', (unit, expected) => expect(unitName(unit)).toBe(expected));

  it('join attributes whose names become the same, in the order of their keys', () => {
    const attributes = [text('a.b', 'dot'), text('a-b', 'dash'), text('a_b', 'under')];
    const [one] = seriesOf(convert([{ name: 'm', gauge: { dataPoints: [{ ...at, asInt: '1', attributes }] } }]));
    expect(formatLabels(one!.labels)).toBe('{__name__="m", a_b="dash;dot;under"}');
  });

  it('cannot be renamed by an attribute, nor lose the label of their bucket to one', () => {
    const attributes = [text('__name__', 'up'), text('le', 'mine')];
    const dataPoints = [{ ...at, count: '1', bucketCounts: ['1'], explicitBounds: [], attributes }];
    const names = seriesOf(convert([{ name: 'h', histogram: { aggregationTemporality: 2, dataPoints } }]));
    expect(names.map(({ labels }) => formatLabels(labels))).toEqual([
      '{__name__="h_count", le="mine"}',
      '{__name__="h_bucket", le="+Inf"}',
    ]);
  });

  const gauge = (attributes: object[]) => ({ name: 'm', gauge: { dataPoints: [{ ...at, asInt: '1', attributes }] } });
  const labelsOf = (converted: { readonly body: Uint8Array }) =>
    seriesOf(converted).map(({ labels }) => formatLabels(labels));

  it('are of the job and instance of their resource, whatever an attribute says', () => {
    const attributes = [text('job', 'mine'), text('instance', 'mine')];
    const resource = [text('service.name', 'shop')];
    expect(labelsOf(convert([gauge(attributes)], {}, resource))).toEqual([
      '{__name__="m", instance="mine", job="shop"}',
    ]);
  });

  it('tell scopes apart by all that a scope says of itself, which no attribute can replace', () => {
    const attributes = [text('otel_scope_name', 'mine'), text('otel_scope_version', 'mine')];
    const scope = {
      scope: { name: 'lib', attributes: [text('feature.flag', 'on'), text('name', 'x')] },
      schemaUrl: 'https://s',
    };
    expect(labelsOf(convert([gauge(attributes)], { includeScopeLabels: true }, [], scope))).toEqual([
      '{__name__="m", otel_scope_feature_flag="on", otel_scope_name="lib", otel_scope_schema_url="https://s"}',
    ]);
    const nameless = { scope: { version: '1', attributes: [text('a', 'b')] }, schemaUrl: 'https://s' };
    expect(labelsOf(convert([gauge([])], { includeScopeLabels: true }, [], nameless))).toEqual(['{__name__="m"}']);
  });

  it.each([
    [[], 'nothing'],
    [['service.name', 'service.instance.id'], 'nothing but what makes job and instance'],
    [['host.name'], 'neither job nor instance'],
  ])('have no target_info where a resource says %s: %s', (keys) => {
    const resource = keys.map((key) => text(key, 'x'));
    expect(labelsOf(convert([gauge([])], { includeTargetInfo: true }, resource)).length).toBe(1);
  });

  it('have the target_info of a job that a resource only names by an attribute', () => {
    const resource = [text('job', 'own'), text('host.name', 'h')];
    expect(labelsOf(convert([gauge([])], { includeTargetInfo: true }, resource))[1]).toBe(
      '{__name__="target_info", host_name="h", job="own"}',
    );
  });

  it.each([
    ['sum', { aggregationTemporality: 2, isMonotonic: true }, { asInt: '9' }],
    ['sum', { aggregationTemporality: 2, isMonotonic: false }, { asInt: '9' }],
    ['histogram', { aggregationTemporality: 2 }, { count: '3', bucketCounts: ['3'] }],
    ['exponentialHistogram', { aggregationTemporality: 2 }, { count: '3', positive: { bucketCounts: ['1', '2'] } }],
  ])('keep the exemplars of a %s in the order of their times, as a receiver demands', (kind, data, point) => {
    const exemplars = [3, 1, 2].map((age) => ({
      timeUnixNano: String(BigInt(TIME) - BigInt(age) * 10n ** 9n),
      asInt: `${age}`,
    }));
    const series = seriesOf(
      convert([{ name: 'm', [kind]: { ...data, dataPoints: [{ ...at, ...point, exemplars }] } }]),
    );
    expect(series.flatMap(({ exemplars }) => exemplars.map(({ value }) => value))).toEqual([3, 2, 1]);
  });

  it('end with a staleness marker where no value was recorded', () => {
    const dataPoints = [{ ...at, asInt: '5', flags: 1 }];
    const [one] = seriesOf(convert([{ name: 'm', gauge: { dataPoints } }]));
    expect(one!.samples[0]!.valueBits).toBe(STALE_NAN_BITS);
  });

  it('carry start times only where they are asked for, and never for gauges', () => {
    const metrics = [
      { name: 'g', gauge: { dataPoints: [{ ...at, asInt: '1' }] } },
      { name: 'c', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...at, asInt: '1' }] } },
    ];
    // Tag and six bytes of varint, in one sample of the two.
    expect(convert(metrics, { startTimestamps: true }).body.length - convert(metrics).body.length).toBe(7);
  });

  it('put exemplars into the bucket that their value falls in, with attributes as far as they fit', () => {
    const exemplars = [
      {
        timeUnixNano: TIME,
        asInt: '3',
        traceId: '0102030405060708090a0b0c0d0e0f10',
        filteredAttributes: [text('user', 'bob')],
      },
      { timeUnixNano: TIME, asDouble: 0.5, filteredAttributes: [text('long', 'x'.repeat(200))] },
    ];
    const point = { ...at, count: '2', bucketCounts: ['1', '1', '0'], explicitBounds: [0.5, 5], exemplars };
    const series = seriesOf(convert([{ name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [point] } }]));
    const found = Object.fromEntries(
      series.flatMap(({ labels, exemplars }) =>
        exemplars.map((exemplar) => [labels.find(({ name }) => name === 'le')!.value, exemplarText(exemplar as never)]),
      ),
    );
    expect(found).toEqual({
      '0.5': '# {} 0.5',
      '5': '# {trace_id="0102030405060708090a0b0c0d0e0f10", user="bob"} 3',
    });
  });

  it.each([-4, 0, 8, 9, 20])('make native histograms of scale %i that Prometheus takes', (scale) => {
    const positive = { offset: -7, bucketCounts: ['1', '0', '0', '0', '0', '5', '2', '0', '1'] };
    const dataPoints = [
      { ...at, count: '14', sum: 3, scale, zeroCount: '2', positive, negative: { offset: 2, bucketCounts: ['3'] } },
    ];
    const [one] = seriesOf(convert([{ name: 'e', exponentialHistogram: { aggregationTemporality: 2, dataPoints } }]));
    const [histogram] = one!.histograms;
    expect(histogramProblem(histogram!, 0, histogram!.length)).toBeUndefined();
  });

  it.each([
    ['unsupported_temporality', { sum: { aggregationTemporality: 1, dataPoints: [{ ...at, asInt: '1' }] } }],
    ['unsupported_temporality', { histogram: { dataPoints: [{ ...at, count: '1' }] } }],
    ['malformed_timestamp', { gauge: { dataPoints: [{ asInt: '1' }] } }],
    [
      'invalid_native_histogram_schema',
      { exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ ...at, scale: -5 }] } },
    ],
    [
      'native_histogram_count_mismatch',
      {
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [{ ...at, count: '5', sum: 1, positive: { bucketCounts: ['1'] } }],
        },
      },
    ],
  ])('leave out what has no counterpart, with the reason %s', (reason, data) => {
    const { leftOut, samples } = convert([{ name: 'm', ...data }]);
    expect([samples, leftOut.map((one) => [one.reason, one.items])]).toEqual([0, [[reason, 1]]]);
  });

  it('are refused as a whole where a small body would become a very large one', () => {
    const buckets = Array.from({ length: 2000 }, (_, i) => i);
    const dataPoints = [
      {
        ...at,
        count: '1',
        bucketCounts: buckets.map(() => '0'),
        explicitBounds: buckets,
        attributes: [text('a', 'x'.repeat(100_000))],
      },
    ];
    const metrics = [{ name: 'h', histogram: { aggregationTemporality: 2, dataPoints } }];
    expect(() => convert(metrics)).toThrow(OutcomeError);
  });
});
