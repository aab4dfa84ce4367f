import { expect } from 'vitest';
import { protobufExposition } from '../../../core/wire/exposition/client-model.fixture.ts';
import type { SentHistogram } from './support/decoded-request.ts';
import type { SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const classic = (count: string, sum: string) => `# TYPE test_histogram histogram
test_histogram_bucket{le="+Inf"} ${count}
test_histogram_sum ${sum}
test_histogram_count ${count}
`;

const CONTENT = {
  sample_count: 9,
  sample_sum: 25.5,
  schema: 3,
  zero_threshold: 0.001,
  zero_count: 1,
  positive_span: [
    { offset: 2, length: 2 },
    { offset: 1, length: 1 },
  ],
  positive_delta: [3, -1, 0],
  negative_span: [{ offset: -1, length: 1 }],
  negative_delta: [1],
};

function exposed(histogram: object): Uint8Array {
  return protobufExposition([{ name: 'test_histogram', type: 4, metric: [{ histogram }] }]);
}

/** The native histogram as it arrives. */
function native(name: string, check: (histogram: SentHistogram) => void, histogram: object = CONTENT): SenderCase {
  return {
    name,
    protobuf: exposed(histogram),
    scrape: 'scrape_native_histograms = true',
    check: (sent) => check(sent.one('test_histogram').histograms[0]!),
  };
}

senderSuite({
  TestHistogramEncoding: [
    native('native_histogram_structure', (histogram) =>
      expect(histogram).toMatchObject({
        count_int: 9,
        sum: 25.5,
        schema: 3,
        zero_threshold: 0.001,
        zero_count_int: 1,
        positive_spans: [
          { offset: 2, length: 2 },
          { offset: 1, length: 1 },
        ],
        positive_deltas: [3, -1, 0],
        negative_spans: [{ offset: -1, length: 1 }],
        negative_deltas: [1],
      }),
    ),
    {
      name: 'histogram_count_present',
      exposition: classic('100', '250.5'),
      check: (sent) => expect(sent.one('test_histogram_count').samples[0]?.value).toBe(100),
    },
    {
      name: 'histogram_sum_present',
      exposition: classic('100', '250.5'),
      check: (sent) => expect(sent.one('test_histogram_sum').samples[0]?.value).toBe(250.5),
    },
    {
      name: 'histogram_buckets_ordered',
      exposition: `# TYPE request_duration histogram
request_duration_bucket{le="0.1"} 10
request_duration_bucket{le="0.5"} 50
request_duration_bucket{le="1.0"} 100
request_duration_bucket{le="5.0"} 200
request_duration_bucket{le="+Inf"} 250
request_duration_sum 500.0
request_duration_count 250
`,
      check: ({ request }) => {
        const series = request.series.filter(({ labels }) => labels.__name__ === 'request_duration_bucket');
        expect(series.map(({ labels }) => labels.le)).toEqual(['0.1', '0.5', '1.0', '5.0', '+Inf']);
        expect(series.map(({ samples }) => samples[0]?.value)).toEqual([10, 50, 100, 200, 250]);
      },
    },
    native('histogram_positive_buckets', ({ positive_spans }) => expect(positive_spans).toHaveLength(2)),
    native('histogram_negative_buckets', ({ negative_deltas }) => expect(negative_deltas).toEqual([1])),
    native('histogram_zero_bucket', ({ zero_count_int, zero_threshold }) =>
      expect([zero_count_int, zero_threshold]).toEqual([1, 0.001]),
    ),
    native('histogram_schema', ({ schema }) => expect(schema).toBe(-4), { ...CONTENT, schema: -4 }),
    native('histogram_timestamp', ({ timestamp }) => {
      expect(timestamp).toBeGreaterThan(1e12);
      expect(timestamp).toBeLessThanOrEqual(Date.now() + 1000);
    }),
    {
      name: 'histogram_no_mixed_with_samples',
      // Both forms of one histogram: the native one and its classic buckets, which are series of their own.
      protobuf: exposed({ ...CONTENT, bucket: [{ upper_bound: 1, cumulative_count: 4 }] }),
      scrape: 'scrape_native_histograms = true\n  scrape_classic_histograms = true',
      check: ({ series }) => {
        expect(series.some(({ histograms }) => histograms.length > 0)).toBe(true);
        for (const { samples, histograms } of series)
          expect(samples.length === 0 || histograms.length === 0).toBe(true);
      },
    },
    native(
      'histogram_empty_buckets',
      (histogram) => expect(histogram).toMatchObject({ count_int: 0, sum: 0, positive_deltas: [] }),
      { schema: 0, zero_threshold: 0.001, positive_span: [{ offset: 0, length: 0 }] },
    ),
    native(
      'histogram_large_counts',
      ({ count_int, positive_deltas }) => expect([count_int, positive_deltas]).toEqual([1e15, [1e15]]),
      {
        schema: 0,
        sample_count: 1e15,
        sample_sum: 5e15,
        positive_span: [{ offset: 0, length: 1 }],
        positive_delta: [1e15],
      },
    ),
  ],
});
