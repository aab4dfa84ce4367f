/** receiver/combined_test.go: samples or histograms, metadata and exemplars in one request. */
import { describe, expect, it } from 'vitest';
import { expectAll, type Subject, send, taken } from '../support/compliance.ts';
import { compressed } from '../support/gateway-receiver.ts';
import {
  customBuckets,
  exemplar,
  exponential,
  HOUR_MS,
  histogramOf,
  MINUTE_MS,
  metadata,
  sampleOf,
  TYPE,
} from '../support/samples.ts';

export function combinedTests(subject: Subject): void {
  describe('TestSamplesWithMetadataAndExemplars', () => {
    taken(subject, '(body)', () => [
      sampleOf({ method: 'POST', __name__: 'http_requests_total', job: 'api' }, 1, {
        ...metadata(TYPE.counter, 'Total number of HTTP requests', 'requests'),
        exemplars: [exemplar({ trace_id: 'request_trace_123', user_id: 'user789' }, 1)],
      }),
    ]);
  });

  describe('TestHistogramsWithMetadataAndExemplars', () => {
    const full = exponential({ sum: 0.456, positive: true, negative: true, zero: true });
    taken(subject, '(body)', () => [
      histogramOf({ __name__: 'request_duration_seconds', service: 'auth' }, full, {
        ...metadata(TYPE.histogram, 'HTTP request duration distribution', 'seconds'),
        exemplars: [exemplar({ trace_id: 'slow_request_trace', endpoint: '/login' }, 0.456)],
      }),
    ]);
  });

  describe('TestComplexSamplesRequest', () => {
    taken(subject, '(body)', () => [
      sampleOf({ __name__: 'cpu_usage', instance: 'server1' }, 0.85, {
        ...metadata(TYPE.gauge, 'CPU usage ratio', 'ratio'),
        exemplars: [exemplar({ trace_id: 'high_cpu_trace', process: 'worker' }, 0.85)],
      }),
      sampleOf(
        { __name__: 'memory_usage', instance: 'server1' },
        8_589_934_592,
        metadata(TYPE.gauge, 'Memory usage in bytes', 'bytes'),
      ),
    ]);
  });

  describe('TestComplexHistogramsRequest', () => {
    taken(subject, '(body)', () => [
      histogramOf(
        { __name__: 'response_time_hist', endpoint: '/api/v1/users' },
        exponential({ sum: 0.125, positive: true, zero: true }),
        {
          ...metadata(TYPE.histogram, 'Response time distribution', 'seconds'),
          exemplars: [exemplar({ trace_id: 'fast_response', user: 'premium' }, 0.125)],
        },
      ),
      histogramOf(
        { __name__: 'request_size_hist', method: 'POST' },
        exponential({ sum: 1024, negative: true, zero: true }),
        metadata(TYPE.histogram, 'Request size distribution', 'bytes'),
      ),
    ]);
  });

  describe('TestMultipleMetricFamiliesSamples', () => {
    taken(subject, '(body)', () => [
      sampleOf({ __name__: 'http_requests_total', status: '200' }, 1000, {
        ...metadata(TYPE.counter, 'Total HTTP requests', 'requests'),
        exemplars: [exemplar({ trace_id: 'successful_request' }, 1000)],
      }),
      sampleOf(
        { __name__: 'temperature_celsius', location: 'datacenter1' },
        23.5,
        metadata(TYPE.gauge, 'Temperature in Celsius', 'celsius'),
      ),
    ]);
  });

  describe('TestMultipleMetricFamiliesHistograms', () => {
    taken(subject, '(body)', () => [
      histogramOf(
        { __name__: 'request_duration_seconds', handler: '/metrics' },
        exponential({ sum: 0.003, positive: true, zero: true }),
        {
          ...metadata(TYPE.histogram, 'Request duration in seconds', 'seconds'),
          exemplars: [exemplar({ trace_id: 'metrics_scrape', scraper: 'prometheus' }, 0.003)],
        },
      ),
    ]);
  });

  describe('TestEdgeCaseCombinations', () => {
    // "At least one element in samples or in histograms MUST be provided" (Protobuf Message), and yet the suite wants 2xx.
    it('metadata_without_data', async () => {
      const series = {
        labels: { __name__: 'orphan_metric' },
        ...metadata(TYPE.counter, 'Orphaned metric metadata', 'count'),
      };
      const received = await send(subject, [series]);
      expect(received).toMatchObject({
        status: 204,
        written: { Samples: 0, Histograms: 0, Exemplars: 0 },
        asVersion2: [],
      });
      expect(received.families).toMatchObject([{ family: 'orphan_metric', type: 'counter', unit: 'count' }]);
    });
    it('exemplars_without_data', async () => {
      const series = [
        { labels: { __name__: 'orphan_metric' }, exemplars: [exemplar({ trace_id: 'orphan_trace' }, 42)] },
      ];
      const body = compressed(series);
      const received = await subject().post(body);
      expect(received).toMatchObject({ status: 204, written: { Samples: 0, Histograms: 0, Exemplars: 1 } });
      // A receiver of 2.0 may answer 400 to a series without samples, and Prometheus 3 does; as 1.0 it goes on.
      expect(received.asVersion2).toEqual([]);
    });
    it('mixed_timestamp_data', async () => {
      const old = exemplar({ trace_id: 'old_trace' }, 1, 30 * MINUTE_MS);
      const series = [
        sampleOf({ __name__: 'old_metric' }, 1, { exemplars: [old] }, HOUR_MS),
        sampleOf({ __name__: 'new_metric' }, 2),
      ];
      expectAll(await send(subject, series), series);
    });
  });

  describe('TestManySamples', () => {
    taken(subject, '(body)', () =>
      Array.from({ length: 50 }, (_, i) =>
        sampleOf({ series: `series_${i}`, __name__: `counter_metric_${i}` }, i * 100, {
          ...metadata(TYPE.counter, `Counter metric number ${i}`, 'count'),
          exemplars: [exemplar({ trace_id: `trace_${i}` }, i * 100)],
        }),
      ),
    );
  });

  describe('TestManyHistograms', () => {
    taken(subject, '(body)', () =>
      Array.from({ length: 50 }, (_, i) =>
        histogramOf(
          { bucket: `bucket_${i}`, __name__: `histogram_metric_${i}` },
          exponential({ sum: i / 10, positive: true, negative: i % 2 === 0, zero: true }),
          {
            ...metadata(TYPE.histogram, `Histogram metric number ${i}`, 'seconds'),
            exemplars: [exemplar({ trace_id: `trace_${i}` }, i / 10)],
          },
        ),
      ),
    );
  });

  describe('TestSpecialCharactersCombined', () => {
    const labels = {
      job: 'test-job_with.special@chars',
      __name__: 'test_metric',
      instance: 'localhost:9090',
      environment: 'test🚀',
    };
    taken(subject, '(body)', () => [
      sampleOf(labels, 42, {
        ...metadata(TYPE.gauge, 'Test metric with special characters: äöü, newlines\nand "quotes"', 'special/units'),
        exemplars: [exemplar({ trace_id: 'special_trace_äöü-123', span_id: 'span_with.dots-and_underscores' }, 42)],
      }),
    ]);
  });

  describe('TestCustomBucketsHistogramWithExemplar', () => {
    taken(subject, '(body)', () => [
      histogramOf({ __name__: 'custom_latency_hist', version: 'v2' }, customBuckets(0.05), {
        exemplars: [exemplar({ trace_id: 'custom_bucket_trace', bucket: '0.1' }, 0.05)],
      }),
    ]);
  });
}
