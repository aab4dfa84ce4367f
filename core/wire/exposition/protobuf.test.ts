import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { formatLabels } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { protobufExposition } from './client-model.fixture.ts';
import { exemplarLabels, seriesLabels } from './exposition.ts';
import { isProtobufExposition, PROTOBUF_EXPOSITION_CONTENT_TYPE, parseProtobufExposition } from './protobuf.ts';

const { root } = protobuf.parse(
  `
syntax = "proto3";
message Histogram {
  oneof count { uint64 count_int = 1; double count_float = 2; }
  double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  int32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16;
}
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
`,
  { keepCase: true },
);
const Histogram = root.lookupType('Histogram');

function told(bytes: Uint8Array, options: { readonly native?: boolean; readonly classicToo?: boolean } = {}): string[] {
  const lines: string[] = [];
  const labels = (series: Uint8Array) => formatLabels(seriesLabels(series, 0, series.length));
  parseProtobufExposition(bytes, {
    family: (name, type, help, unit) => lines.push(`${name} ${type} ${JSON.stringify(help)} ${JSON.stringify(unit)}`),
    sample: (series, value, timestampMs) =>
      lines.push(`${labels(series)} ${value}${timestampMs === undefined ? '' : ` @${timestampMs}`}`),
    exemplar: (text, value, timestampMs) =>
      lines.push(`exemplar ${formatLabels(exemplarLabels(text, 0, text.length))} ${value} @${timestampMs}`),
    ...(options.classicToo === true ? { classicToo: true } : {}),
    ...(options.native === true
      ? {
          histogram: (series: Uint8Array, message: Uint8Array, timestampMs: number | undefined) => {
            const decoded = JSON.stringify(Histogram.toObject(Histogram.decode(message), { longs: Number }));
            lines.push(`${labels(series)} ${decoded}${timestampMs === undefined ? '' : ` @${timestampMs}`}`);
          },
        }
      : {}),
  });
  return lines;
}

const latency = {
  name: 'latency_seconds',
  help: 'Time taken.',
  type: 4,
  unit: 'seconds',
  metric: [
    {
      label: [{ name: 'path', value: '/' }],
      histogram: {
        sample_count: 7,
        sample_sum: 2.5,
        schema: 3,
        zero_threshold: 0.001,
        zero_count: 1,
        positive_span: [{ offset: -2, length: 2 }],
        positive_delta: [3, -1],
        negative_span: [{ offset: 4, length: 1 }],
        negative_delta: [1],
        bucket: [
          {
            cumulative_count: 5,
            upper_bound: 1,
            exemplar: {
              label: [{ name: 'trace_id', value: 'a' }],
              value: 0.5,
              timestamp: { seconds: 1700, nanos: 5_000_000 },
            },
          },
        ],
      },
    },
  ],
};

describe('parseProtobufExposition', () => {
  it('reads counters, gauges and untyped metrics with labels, times and exemplars', () => {
    const bytes = protobufExposition([
      {
        name: 'requests_total',
        help: 'All "of" them\n',
        type: 0,
        metric: [
          {
            label: [{ name: 'a', value: 'x"\\\n' }],
            counter: { value: 3, exemplar: { label: [{ name: 't', value: '1' }], value: 2 } },
          },
        ],
      },
      { name: 'temp', type: 1, metric: [{ gauge: { value: -0.5 }, timestamp_ms: 1700000000123 }] },
      { name: 'what', type: 3, metric: [{ untyped: { value: 1e9 } }] },
    ]);
    expect(told(bytes)).toEqual([
      'requests_total counter "All \\"of\\" them\\n" ""',
      '{__name__="requests_total", a="x\\"\\\\\\n"} 3',
      'exemplar {t="1"} 2 @undefined',
      'temp gauge "" ""',
      '{__name__="temp"} -0.5 @1700000000123',
      'what unknown "" ""',
      '{__name__="what"} 1000000000',
    ]);
  });

  it('writes summaries and classic histograms as the series of the text form, with the +Inf bucket', () => {
    const bytes = protobufExposition([
      {
        name: 's',
        type: 2,
        metric: [
          {
            summary: {
              sample_count: 2,
              sample_sum: 3,
              quantile: [
                { quantile: 0.5, value: 1 },
                { quantile: 1, value: 2 },
              ],
            },
          },
        ],
      },
      {
        name: 'h',
        type: 4,
        metric: [{ histogram: { sample_count: 4, sample_sum: 9, bucket: [{ upper_bound: 2, cumulative_count: 3 }] } }],
      },
    ]);
    expect(told(bytes, { native: true })).toEqual([
      's summary "" ""',
      '{__name__="s_count"} 2',
      '{__name__="s_sum"} 3',
      '{__name__="s", quantile="0.5"} 1',
      '{__name__="s", quantile="1.0"} 2',
      'h histogram "" ""',
      '{__name__="h_count"} 4',
      '{__name__="h_sum"} 9',
      '{__name__="h_bucket", le="2.0"} 3',
      '{__name__="h_bucket", le="+Inf"} 4',
    ]);
  });

  it('tells a native histogram as the remote-write message of the same content', () => {
    const [, line, exemplar, ...rest] = told(protobufExposition([latency]), { native: true });
    expect(line).toBe(
      '{__name__="latency_seconds", path="/"} {"count_int":7,"sum":2.5,"schema":3,"zero_threshold":0.001,"zero_count_int":1,' +
        '"negative_spans":[{"offset":4,"length":1}],"negative_deltas":[1],' +
        '"positive_spans":[{"offset":-2,"length":2}],"positive_deltas":[3,-1]}',
    );
    expect(exemplar).toBe('exemplar {trace_id="a"} 0.5 @1700005');
    expect(rest).toEqual([]);
  });

  it('tells the classic buckets of a native histogram where native ones are not wanted, or both where both are', () => {
    const classic = told(protobufExposition([latency]));
    expect(classic).toContain('{__name__="latency_seconds_bucket", le="1.0", path="/"} 5');
    expect(classic.some((line) => line.includes('positive_spans'))).toBe(false);
    const both = told(protobufExposition([latency]), { native: true, classicToo: true });
    expect(both).toContain('{__name__="latency_seconds_bucket", le="1.0", path="/"} 5');
    expect(both.some((line) => line.includes('positive_spans'))).toBe(true);
  });

  it('has no classic form of a native histogram without classic buckets, where both are wanted', () => {
    const [metric] = latency.metric;
    const bare = { ...latency, metric: [{ ...metric, histogram: { ...metric!.histogram, bucket: [] } }] };
    const both = told(protobufExposition([bare]), { native: true, classicToo: true });
    expect(both.filter((line) => /_bucket|_sum|_count"/.test(line))).toEqual([]);
    expect(told(protobufExposition([bare]))).toContain('{__name__="latency_seconds_bucket", le="+Inf", path="/"} 7');
  });

  it('keeps float histograms float and marks gauge histograms', () => {
    const bytes = protobufExposition([
      {
        name: 'g',
        type: 5,
        metric: [
          {
            histogram: {
              sample_count_float: 1.5,
              zero_count_float: 0.5,
              schema: 0,
              positive_span: [{ offset: 0, length: 1 }],
              positive_count: [1],
            },
          },
        ],
      },
    ]);
    expect(told(bytes, { native: true })[1]).toBe(
      '{__name__="g"} {"count_float":1.5,"zero_count_float":0.5,"positive_spans":[{"length":1}],"positive_counts":[1],"reset_hint":3}',
    );
  });

  it('quotes names beyond the old character set, so that they can be read back', () => {
    const bytes = protobufExposition([
      { name: 'my.metric', type: 1, metric: [{ label: [{ name: 'la.bel', value: 'v' }], gauge: { value: 1 } }] },
    ]);
    expect(told(bytes)[1]).toBe('{__name__="my.metric", la.bel="v"} 1');
  });

  it('refuses a metric without a value of its family’s type', () => {
    const bytes = protobufExposition([{ name: 'x', type: 0, metric: [{ gauge: { value: 1 } }] }]);
    expect(() => told(bytes)).toThrow(/holds no value of that type/);
  });

  it('throws nothing but an OutcomeError, whatever the bytes are', () => {
    const seed = protobufExposition([latency, { name: 'c', type: 0, metric: [{ counter: { value: 1 } }] }]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat(seed.length),
        (edits, cut) => {
          const bytes = seed.slice(0, cut);
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          try {
            told(bytes, { native: true });
          } catch (error) {
            if (!(error instanceof OutcomeError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('isProtobufExposition', () => {
  it('knows the content type whatever its spaces, and refuses other encodings of it', () => {
    expect(isProtobufExposition(PROTOBUF_EXPOSITION_CONTENT_TYPE)).toBe(true);
    expect(
      isProtobufExposition(
        'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      ),
    ).toBe(true);
    expect(
      isProtobufExposition('application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text'),
    ).toBe(false);
    expect(isProtobufExposition('text/plain')).toBe(false);
  });
});
