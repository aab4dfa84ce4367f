/** receiver/exemplar_test.go. "Exemplars" of the specification: a value and a timestamp, labels if any. */
import { describe } from 'vitest';
import { refused, type Subject, taken } from '../support/compliance.ts';
import { exemplar, HOUR_MS, type Labels, MINUTE_MS, sampleOf, startedSampleOf } from '../support/samples.ts';

export function exemplarTests(subject: Subject): void {
  describe('TestExemplars', () => {
    const cases: readonly (readonly [name: string, labels: Labels, exemplarLabels: Labels, value: number])[] = [
      ['basic_exemplar', { __name__: 'http_requests_total', job: 'api' }, { trace_id: 'abc123def456' }, 1],
      [
        'exemplar_with_span_id',
        { __name__: 'request_duration_seconds', method: 'GET' },
        { trace_id: 'xyz789', span_id: 'span123' },
        0.125,
      ],
      ['exemplar_without_trace_id', { __name__: 'cpu_usage', instance: 'host1' }, { user_id: 'user123' }, 0.85],
      [
        'exemplar_with_multiple_labels',
        { __name__: 'request_latency', service: 'auth' },
        { trace_id: 'trace456', user: 'admin', endpoint: '/login' },
        0.05,
      ],
      ['exemplar_no_labels', { __name__: 'simple_counter' }, {}, 1],
      [
        'exemplar_with_special_chars',
        { __name__: 'test_metric' },
        { trace_id: 'trace-with-dashes_and_underscores.123' },
        42,
      ],
      ['exemplar_with_unicode', { __name__: 'unicode_test', region: '🌍' }, { trace_id: 'unicode_trace_测试' }, 100],
    ];
    for (const [name, labels, exemplarLabels, value] of cases) {
      taken(subject, name, () => [sampleOf(labels, value, { exemplars: [exemplar(exemplarLabels, value)] })]);
    }
  });

  describe('TestExemplarWithCreatedTimestamp', () => {
    const exemplars = () => [exemplar({ trace_id: 'abc123', span_id: 'span456' }, 250)];
    taken(subject, '(body)', () => [
      startedSampleOf({ __name__: 'http_requests_total', job: 'api' }, 250, 2 * HOUR_MS, { exemplars: exemplars() }),
    ]);
  });

  describe('TestMultipleExemplars', () => {
    taken(subject, '(body)', () => [
      sampleOf({ __name__: 'request_duration', method: 'GET' }, 0.1, {
        exemplars: [exemplar({ trace_id: 'trace1', span_id: 'span1' }, 0.1)],
      }),
      sampleOf({ __name__: 'request_duration', method: 'POST' }, 0.25, {
        exemplars: [exemplar({ trace_id: 'trace2', span_id: 'span2' }, 0.25)],
      }),
      sampleOf({ __name__: 'error_count', service: 'payment' }, 1, {
        exemplars: [exemplar({ trace_id: 'trace3', user: 'test_user' }, 1)],
      }),
    ]);
  });

  describe('TestExemplarTimestamps', () => {
    const at = (agoMs: number, value: number, trace: string) =>
      sampleOf(
        { __name__: 'latency_hist' },
        value,
        { exemplars: [exemplar({ trace_id: trace }, value, agoMs)] },
        agoMs,
      );
    taken(subject, '(body)', () => [
      at(HOUR_MS, 0.05, 'old_trace'),
      at(MINUTE_MS, 0.15, 'recent_trace'),
      at(0, 0.08, 'current_trace'),
    ]);
  });

  describe('TestExemplarValidation', () => {
    const series = (labels: Labels) => () => [
      sampleOf(labels, 1, { exemplars: [exemplar({ trace_id: 'test_trace' }, 1)] }),
    ];
    refused(subject, 'exemplar_without_name_label', series({ job: 'test' }));
    refused(subject, 'exemplar_with_empty_name', series({ __name__: '' }));
    taken(subject, 'exemplar_with_valid_name', series({ __name__: 'valid_metric' }));
  });

  describe('TestExemplarSpecialValues', () => {
    const values: readonly (readonly [name: string, value: number])[] = [
      ['zero_value', 0],
      ['negative_value', -123.456],
      ['large_value', 1e10],
      ['small_value', 1e-10],
      ['nan_value', Number.NaN],
      ['inf_value', Number.POSITIVE_INFINITY],
      ['-inf_value', Number.NEGATIVE_INFINITY],
    ];
    for (const [name, value] of values) {
      const exemplars = () => [exemplar({ trace_id: 'special_value_trace' }, value)];
      taken(subject, name, () => [sampleOf({ __name__: 'test_metric' }, value, { exemplars: exemplars() })]);
    }
  });
}
