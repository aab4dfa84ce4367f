import { expect } from 'vitest';
import { protobufExposition } from '../../../core/wire/exposition/client-model.fixture.ts';
import type { SenderCase, Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const COUNTER = '# TYPE test_counter counter\ntest_counter_total 100\n';
const CREATED_COUNTER = protobufExposition([
  {
    name: 'test_counter_total',
    type: 0,
    metric: [{ counter: { value: 100, created_timestamp: { seconds: 1_700_000_000 } } }],
  },
]);
const HISTOGRAM = `# TYPE test_histogram histogram
test_histogram_bucket{le="+Inf"} 100
test_histogram_sum 250.0
test_histogram_count 100
`;

const samplesOf = (sent: Sent) => sent.series.flatMap(({ samples }) => samples);

/** Start timestamps are optional, and attaching them is an experiment in Prometheus and off in Alloy: none is sent. */
function noStartTimestamp(name: string, more: Pick<SenderCase, 'exposition' | 'protobuf'>): SenderCase {
  return {
    name,
    ...more,
    check: (sent) => {
      expect(samplesOf(sent).length).toBeGreaterThan(0);
      for (const { startTimestamp } of samplesOf(sent)) expect(startTimestamp).toBe(0);
    },
  };
}

senderSuite({
  TestTimestampEncoding: [
    {
      name: 'timestamp_int64_milliseconds',
      exposition: 'test_counter_total 42\n',
      check: (sent) => {
        for (const { timestamp } of samplesOf(sent)) {
          expect(Number.isSafeInteger(timestamp)).toBe(true);
          expect(timestamp).toBeGreaterThan(1e12);
          expect(timestamp).toBeLessThan(1e16);
        }
      },
    },
    {
      name: 'timestamp_ordering_within_series',
      exposition: 'metric_a 1\nmetric_b 2\nmetric_c 3\n',
      check: ({ series }) => {
        for (const { samples, histograms } of series) {
          for (const list of [samples, histograms]) {
            const times = list.map(({ timestamp }) => timestamp);
            expect(times).toEqual([...times].sort((a, b) => a - b));
          }
        }
      },
    },
    noStartTimestamp('start_timestamp_for_counters', { protobuf: CREATED_COUNTER }),
    noStartTimestamp('start_timestamp_for_histograms', { exposition: HISTOGRAM }),
    noStartTimestamp('start_timestamp_zero_handling', { exposition: COUNTER }),
    {
      name: 'timestamp_precision',
      // A time of the target's own, with milliseconds that no rounding leaves alone.
      exposition: 'test_metric 42 1700000000123\n',
      check: (sent) => expect(sent.one('test_metric').samples[0]?.timestamp).toBe(1_700_000_000_123),
    },
    {
      name: 'timestamp_future_values',
      expose: () => `test_metric 42 ${Date.now() + 60_000}\n`,
      check: (sent) => {
        const { timestamp } = sent.one('test_metric').samples[0]!;
        expect(timestamp).toBeGreaterThan(Date.now());
        expect(timestamp).toBeLessThanOrEqual(Date.now() + 60_000);
      },
    },
    {
      name: 'start_timestamp_before_sample_timestamp',
      exposition: COUNTER,
      check: (sent) => {
        for (const { startTimestamp, timestamp } of samplesOf(sent))
          expect(startTimestamp).toBeLessThanOrEqual(timestamp);
      },
    },
  ],
});
