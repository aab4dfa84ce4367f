import { describe, expect, it } from 'vitest';
import { histogramProblem } from './native-histogram-problem.ts';
import { encodeRequest2, type TestHistogram } from './v2.fixture.ts';
import { decodeRemoteWrite2 } from './v2.ts';
import { walkWriteRequest } from './walk.ts';

/** Encoded by protobufjs, read where it stands in a request. */
function problemOf(histogram: Omit<TestHistogram, 'timestamp'>): string | undefined {
  const request = { timeseries: [{ labels: { __name__: 'h' }, histograms: [{ ...histogram, timestamp: 1 }] }] };
  const problems: (string | undefined)[] = [];
  walkWriteRequest(decodeRemoteWrite2(encodeRequest2(request), 1e6).body, {
    series: () => {},
    histogram: (bytes, start, end) => problems.push(histogramProblem(bytes, start, end)),
  });
  expect(problems).toHaveLength(1);
  return problems[0];
}

const spans = [
  { offset: 0, length: 2 },
  { offset: 3, length: 1 },
];
const integer = {
  count: 8,
  sum: 5,
  zeroCount: 1,
  positiveSpans: spans,
  positiveDeltas: [1, 1, 1],
  negativeSpans: [{ offset: -2, length: 1 }],
  negativeDeltas: [1],
};
const float = { countFloat: 7.5, sum: 5, zeroCountFloat: 1, positiveSpans: spans, positiveCounts: [1.5, 2, 3] };
const custom = {
  count: 3,
  schema: -53,
  positiveSpans: [{ offset: 0, length: 2 }],
  positiveDeltas: [1, 1],
  customValues: [0.1, 1],
};

describe('a native histogram is sound', () => {
  it.each<[string, Omit<TestHistogram, 'timestamp'>]>([
    ['with nothing in it', { count: 0 }],
    ['of integers', integer],
    ['of integers, of the coarsest and the finest schema', { ...integer, schema: -4 }],
    ['of integers, of the finest schema that is stored', { ...integer, schema: 8 }],
    ['of integers, of the finest schema that is taken', { ...integer, schema: 52 }],
    ['of integers with observations of NaN, which are in no bucket', { ...integer, count: 20, sum: Number.NaN }],
    ['of floats', float],
    ['of floats whose counts do not add up', { ...float, countFloat: 100 }],
    ['of custom buckets', custom],
    [
      'of custom buckets with one up to infinity',
      { ...custom, count: 4, positiveSpans: [{ offset: 0, length: 3 }], positiveDeltas: [1, 1, -1] },
    ],
    [
      'of custom buckets of floats',
      {
        countFloat: 3,
        schema: -53,
        positiveSpans: [{ offset: 1, length: 2 }],
        positiveCounts: [1, 2],
        customValues: [0.1, 1],
      },
    ],
    ['of custom buckets without any', { count: 0, schema: -53 }],
  ])('%s', (_, histogram) => expect(problemOf(histogram)).toBeUndefined());
});

describe('a native histogram is refused', () => {
  it.each<[string, string, Omit<TestHistogram, 'timestamp'>]>([
    ['with a count that is not the sum of its buckets', 'native_histogram_count_mismatch', { ...integer, count: 99 }],
    ['with a smaller count than that', 'native_histogram_count_mismatch', { ...integer, count: 7 }],
    [
      'with a smaller count in spite of NaN',
      'native_histogram_count_not_big_enough',
      { ...integer, count: 7, sum: Number.NaN },
    ],
    [
      'with more buckets than spans',
      'native_histogram_spans_buckets_mismatch',
      { ...integer, positiveDeltas: [1, 1, 1, 1] },
    ],
    [
      'with fewer negative buckets than spans',
      'native_histogram_spans_buckets_mismatch',
      { ...integer, negativeDeltas: [] },
    ],
    [
      'with integer buckets in one of floats',
      'native_histogram_spans_buckets_mismatch',
      { ...float, positiveCounts: [], positiveDeltas: [1, 1, 1] },
    ],
    [
      'with a span that goes backwards',
      'native_histogram_span_negative_offset',
      { ...integer, positiveSpans: [spans[0], { offset: -1, length: 1 }] },
    ],
    ['with a bucket below zero', 'native_histogram_negative_bucket_count', { ...integer, positiveDeltas: [1, -3, 1] }],
    [
      'with a float bucket below zero',
      'native_histogram_negative_bucket_count',
      { ...float, positiveCounts: [1, -1, 3] },
    ],
    ['with a zero bucket below zero', 'native_histogram_negative_bucket_count', { ...float, zeroCountFloat: -1 }],
    ['with a count below zero', 'native_histogram_negative_count', { ...float, countFloat: -1 }],
    ['of schema 53', 'invalid_native_histogram_schema', { ...integer, schema: 53 }],
    ['of schema -5', 'invalid_native_histogram_schema', { ...integer, schema: -5 }],
    [
      'with bounds in an exponential schema',
      'native_histogram_custom_buckets_invalid',
      { ...integer, customValues: [1] },
    ],
    [
      'of custom buckets with bounds that do not increase',
      'native_histogram_custom_buckets_invalid',
      { ...custom, customValues: [1, 1] },
    ],
    [
      'of custom buckets with NaN for a bound',
      'native_histogram_custom_buckets_invalid',
      { ...custom, customValues: [Number.NaN, 1] },
    ],
    [
      'of custom buckets with infinity for a bound',
      'native_histogram_custom_buckets_infinite',
      { ...custom, customValues: [1, Number.POSITIVE_INFINITY] },
    ],
    [
      'of custom buckets with too few bounds',
      'native_histogram_custom_buckets_mismatch',
      { ...custom, customValues: [] },
    ],
    [
      'of custom buckets with other spans than buckets',
      'native_histogram_spans_buckets_mismatch',
      { ...custom, positiveSpans: [{ offset: 0, length: 3 }] },
    ],
    [
      'of custom buckets that begin before the first',
      'native_histogram_span_negative_offset',
      { ...custom, positiveSpans: [{ offset: -1, length: 2 }] },
    ],
    ['of custom buckets with a zero bucket', 'native_histogram_custom_buckets_invalid', { ...custom, zeroCount: 1 }],
    [
      'of custom buckets with a zero threshold',
      'native_histogram_custom_buckets_invalid',
      { ...custom, zeroThreshold: 0.1 },
    ],
    [
      'of custom buckets with negative ones',
      'native_histogram_custom_buckets_invalid',
      { ...custom, negativeSpans: [{ offset: 0, length: 1 }], negativeDeltas: [1] },
    ],
    [
      'of custom buckets with a count that is not their sum',
      'native_histogram_count_mismatch',
      { ...custom, count: 5 },
    ],
  ])('%s', (_, reason, histogram) => expect(problemOf(histogram)).toBe(reason));
});
