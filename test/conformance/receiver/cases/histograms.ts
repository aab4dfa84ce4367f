/** receiver/histograms_test.go: native histograms, of exponential and of custom buckets. */
import { describe } from 'vitest';
import { refused, type Subject, taken } from '../support/compliance.ts';
import {
  customBuckets,
  exemplar,
  exponential,
  histogramOf,
  type Labels,
  MINUTE_MS,
  metadata,
  TYPE,
} from '../support/samples.ts';

export function histogramTests(subject: Subject): void {
  describe('TestHistograms', () => {
    const cases: readonly (readonly [name: string, labels: Labels, histogram: ReturnType<typeof exponential>])[] = [
      [
        'basic_histogram',
        { __name__: 'test_histogram' },
        exponential({ sum: 1, positive: true, negative: true, zero: true }),
      ],
      ['custom_buckets_histogram', { __name__: 'test_histogram' }, customBuckets(1)],
      [
        'positive_only_histogram',
        { __name__: 'test_histogram', job: 'test' },
        exponential({ sum: 1, positive: true, zero: true }),
      ],
      [
        'negative_only_histogram',
        { __name__: 'test_histogram', instance: 'localhost' },
        exponential({ sum: 1, negative: true }),
      ],
      ['minimal_histogram', { __name__: 'minimal_hist' }, exponential({ sum: 1, zero: true })],
    ];
    for (const [name, labels, histogram] of cases) taken(subject, name, () => [histogramOf(labels, histogram)]);
    // "Receivers MUST return a 400 … for write requests that contain any invalid samples" (Invalid Samples).
    const bad = { ...exponential({ sum: 1, positive: true }), count: 99 };
    refused(subject, 'bad_count_histogram', () => [histogramOf({ __name__: 'minimal_hist' }, bad)]);
  });

  describe('TestHistogramWithCreatedTimestamp', () => {
    taken(subject, '(body)', () => {
      const startTimestamp = Date.now() - 30 * MINUTE_MS;
      const histogram = { ...exponential({ sum: 1.5, positive: true, negative: true, zero: true }), startTimestamp };
      return [histogramOf({ __name__: 'request_duration_seconds', job: 'api' }, histogram)];
    });
  });

  describe('TestMultipleHistograms', () => {
    taken(subject, '(body)', () => [
      histogramOf({ __name__: 'hist1', job: 'test' }, exponential({ sum: 10.5, positive: true, zero: true })),
      histogramOf({ __name__: 'hist2', job: 'test' }, exponential({ sum: 5.2, negative: true })),
    ]);
  });

  describe('TestEmptyHistogram', () => {
    taken(subject, '(body)', () => [histogramOf({ __name__: 'empty_hist' }, exponential({ sum: 0 }))]);
  });

  describe('TestHistogramWithMetadata', () => {
    const full = exponential({ sum: 2.5, positive: true, negative: true, zero: true });
    const more = metadata(TYPE.histogram, 'HTTP request duration in seconds', 'seconds');
    taken(subject, '(body)', () => [histogramOf({ __name__: 'request_duration_seconds', job: 'api' }, full, more)]);
  });

  describe('TestHistogramWithExemplar', () => {
    const labels = { __name__: 'http_request_duration_seconds', method: 'GET' };
    taken(subject, '(body)', () => [
      histogramOf(labels, exponential({ sum: 1.23, positive: true, zero: true }), {
        exemplars: [exemplar({ trace_id: 'abc123def456', span_id: 'span789' }, 1.23)],
      }),
    ]);
  });

  describe('TestHistogramWithMetadataAndExemplar', () => {
    const full = exponential({ sum: 10_485_760, positive: true, negative: true, zero: true });
    taken(subject, '(body)', () => [
      histogramOf({ __name__: 'response_size_bytes', service: 'upload' }, full, {
        ...metadata(TYPE.histogram, 'HTTP response size in bytes', 'bytes'),
        exemplars: [exemplar({ trace_id: 'large_upload_trace', user_id: 'user456' }, 10_485_760)],
      }),
    ]);
  });

  describe('TestMultipleHistogramsWithMetadata', () => {
    taken(subject, '(body)', () => [
      histogramOf(
        { __name__: 'cpu_usage_histogram', instance: 'server1' },
        exponential({ sum: 0.75, positive: true, zero: true }),
        metadata(TYPE.histogram, 'CPU usage distribution', 'ratio'),
      ),
      histogramOf(
        { __name__: 'memory_usage_histogram', instance: 'server1' },
        exponential({ sum: 8_589_934_592, positive: true, negative: true }),
        metadata(TYPE.histogram, 'Memory usage distribution', 'bytes'),
      ),
    ]);
  });
}
