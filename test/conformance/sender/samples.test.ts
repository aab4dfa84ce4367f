import { expect } from 'vitest';
import type { SenderCase, Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

function value(name: string, metric: string, text: string, expected: number): SenderCase {
  return {
    name,
    exposition: `${metric} ${text}\n`,
    check: (sent) => expect(sent.one(metric).samples[0]?.value).toBe(expected),
  };
}

function timestamps(sent: Sent, metric: string): number[] {
  return sent.named(metric).flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp));
}

const FIVE_MINUTES_MS = 5 * 60 * 1000;

senderSuite({
  TestSampleEncoding: [
    value('float_value_encoding', 'test_metric', '123.45', 123.45),
    value('integer_value_encoding', 'test_counter_total', '42', 42),
    value('zero_value_encoding', 'test_gauge', '0', 0),
    value('negative_value_encoding', 'temperature_celsius', '-15.5', -15.5),
    value('positive_infinity_encoding', 'test_gauge', '+Inf', Number.POSITIVE_INFINITY),
    value('negative_infinity_encoding', 'test_gauge', '-Inf', Number.NEGATIVE_INFINITY),
    value('nan_encoding', 'test_gauge', 'NaN', Number.NaN),
    {
      name: 'timestamp_milliseconds_format',
      check: (sent) => {
        for (const timestamp of timestamps(sent, 'test_metric')) {
          expect(timestamp).toBeGreaterThan(1e12);
          expect(timestamp).toBeLessThan(1e16);
        }
      },
    },
    {
      name: 'timestamp_recent',
      check: (sent) => expect(Math.abs(Date.now() - timestamps(sent, 'test_metric')[0]!)).toBeLessThan(FIVE_MINUTES_MS),
    },
    {
      name: 'multiple_samples_same_series',
      expose: (index) => `test_counter_total ${100 + index}\n`,
      pushes: 3,
      until: (sent) => sent.named('test_counter_total').length >= 3,
      check: (sent) => {
        const values = sent.named('test_counter_total').flatMap(({ samples }) => samples.map(({ value }) => value));
        expect(values.slice(0, 3)).toEqual([100, 101, 102]);
      },
    },
    value('large_float_values', 'test_large', '1.7976931348623157e+308', Number.MAX_VALUE),
    value('small_float_values', 'test_small', '2.2250738585072014e-308', 2.2250738585072014e-308),
    value('scientific_notation', 'test_scientific', '1.23e-4', 0.000123),
    value('precision_preservation', 'test_precision', '0.123456789012345', 0.123456789012345),
    {
      name: 'job_instance_labels_present',
      check: (sent) => {
        const { job, instance } = sent.one('test_metric').labels;
        expect(job).toBe('test');
        expect(instance).toMatch(/^127\.0\.0\.1:\d+$/);
      },
    },
  ],
  TestSampleOrdering: [
    {
      name: '(body)',
      expose: (index) => `metric_a ${index}\nmetric_b ${index}\nmetric_c ${index}\n`,
      pushes: 3,
      until: (sent) => sent.named('metric_c').length >= 3,
      check: (sent) => {
        for (const metric of ['metric_a', 'metric_b', 'metric_c']) {
          const times = timestamps(sent, metric);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
      },
    },
  ],
});
