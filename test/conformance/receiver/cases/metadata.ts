/** receiver/metadata_test.go. "Metadata" of the specification; a receiver of 1.0 gets it as metadata of the request. */
import { describe, expect, it } from 'vitest';
import { refused, type Subject, send, taken } from '../support/compliance.ts';
import {
  exponential,
  HOUR_MS,
  histogramOf,
  type Labels,
  metadata,
  sampleOf,
  startedSampleOf,
  TYPE,
} from '../support/samples.ts';

export function metadataTests(subject: Subject): void {
  describe('TestMetadata', () => {
    const cases: readonly (readonly [name: string, labels: Labels, type: number, help: string, unit: string])[] = [
      [
        'counter_metadata',
        { __name__: 'http_requests_total' },
        TYPE.counter,
        'Total number of HTTP requests',
        'requests',
      ],
      ['gauge_metadata', { __name__: 'cpu_usage_percent' }, TYPE.gauge, 'Current CPU usage percentage', 'percent'],
      [
        'histogram_metadata',
        { __name__: 'request_duration_seconds' },
        TYPE.histogram,
        'Request duration in seconds',
        'seconds',
      ],
      ['metadata_no_help_no_unit', { __name__: 'simple_counter' }, TYPE.counter, '', ''],
      [
        'metadata_with_special_chars',
        { __name__: 'test_metric', job: 'test' },
        TYPE.gauge,
        'Test metric with\nnewlines and "quotes"',
        'bytes/sec',
      ],
      ['unspecified_metadata_type', { __name__: 'unknown_metric' }, TYPE.unspecified, 'Unknown metric type', ''],
      ['info_metadata_type', { __name__: 'build_info' }, TYPE.info, 'Build information', ''],
      ['stateset_metadata_type', { __name__: 'node_state' }, TYPE.stateset, 'Node state information', ''],
      [
        'summary_metadata_type',
        { __name__: 'request_latency_summary' },
        TYPE.summary,
        'Request latency summary',
        'seconds',
      ],
      [
        'gauge_histogram_metadata_type',
        { __name__: 'temperature_histogram' },
        TYPE.gaugeHistogram,
        'Temperature distribution gauge histogram',
        'celsius',
      ],
    ];
    const full = exponential({ sum: 1, positive: true, negative: true, zero: true });
    for (const [name, labels, type, help, unit] of cases) {
      const more = metadata(type, help, unit);
      const series = () => [type === TYPE.histogram ? histogramOf(labels, full, more) : sampleOf(labels, 1, more)];
      taken(subject, name, series);
      it(`${name} reaches a receiver of 1.0`, async () => {
        const { families } = await send(subject, series());
        expect(families).toMatchObject([{ family: labels.__name__, help, unit }]);
      });
    }
  });

  describe('TestCounterMetadataWithCreatedTimestamp', () => {
    const more = metadata(TYPE.counter, 'Total HTTP requests', 'requests');
    const labels = { __name__: 'http_requests_total', job: 'api' };
    taken(subject, '(body)', () => [startedSampleOf(labels, 150, HOUR_MS, more)]);
  });

  describe('TestMetadataWithSamples', () => {
    const more = metadata(TYPE.counter, 'Total HTTP requests', 'requests');
    taken(subject, '(body)', () => [sampleOf({ __name__: 'http_requests_total', job: 'test' }, 42, more)]);
  });

  describe('TestMultipleMetadata', () => {
    taken(subject, '(body)', () => [
      sampleOf({ __name__: 'cpu_usage' }, 85.5, metadata(TYPE.gauge, 'CPU usage percentage', 'percent')),
      sampleOf({ __name__: 'memory_usage' }, 4_096_000_000, metadata(TYPE.gauge, 'Memory usage in bytes', 'bytes')),
      sampleOf(
        { device: 'sda1', __name__: 'disk_usage' },
        75.2,
        metadata(TYPE.gauge, 'Disk usage percentage', 'percent'),
      ),
    ]);
  });

  describe('TestMetadataWithComplexLabels', () => {
    const labels = {
      job: 'api-server',
      __name__: 'http_request_duration_seconds',
      instance: 'localhost:8080',
      method: 'GET',
      status: '200',
      endpoint: '/api/v1/users',
    };
    const full = exponential({ sum: 0.25, positive: true, negative: true, zero: true });
    const more = metadata(TYPE.histogram, 'HTTP request duration in seconds', 'seconds');
    taken(subject, '(body)', () => [histogramOf(labels, full, more)]);
  });

  describe('TestMetadataValidation', () => {
    const series = (labels: Labels, type: number) => () => [sampleOf(labels, 1, metadata(type, 'Test help', 'unit'))];
    refused(subject, 'metadata_without_name_label', series({ job: 'test' }, TYPE.counter));
    refused(subject, 'metadata_with_empty_name', series({ __name__: '' }, TYPE.gauge));
    taken(subject, 'metadata_with_valid_name', series({ __name__: 'valid_metric_name' }, TYPE.counter));
  });
}
