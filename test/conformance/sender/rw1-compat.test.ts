import { expect } from 'vitest';
import { protobufExposition } from '../../../core/wire/exposition/client-model.fixture.ts';
import type { SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const CLASSIC = `# TYPE test_histogram histogram
test_histogram_bucket{le="+Inf"} 100
test_histogram_sum 250.0
test_histogram_count 100
`;
const CREATED = protobufExposition([
  {
    name: 'test_counter_total',
    type: 0,
    metric: [{ counter: { value: 100, created_timestamp: { seconds: 1_700_000_000 } } }],
  },
]);

function rw1(name: string, check: SenderCase['check'], more: Partial<SenderCase> = {}): SenderCase {
  return { name, version: 1, check, ...more };
}

senderSuite({
  TestRemoteWrite1Compatibility: [
    rw1('rw1_version_header', ({ requests }) =>
      expect(requests[0]?.headers['x-prometheus-remote-write-version']).toBe('0.1.0'),
    ),
    rw1('rw1_content_type', ({ requests }) =>
      expect(requests[0]?.headers['content-type']).toBe('application/x-protobuf'),
    ),
    rw1('rw1_samples_encoding', (sent) => expect(sent.one('test_counter_total').samples[0]?.value).toBe(100), {
      exposition: 'test_counter_total 100\n',
    }),
    rw1('rw1_labels_encoding', (sent) => expect(sent.one('test_metric').labels.label).toBe('value'), {
      exposition: 'test_metric{label="value"} 42\n',
    }),
    // What 1.0 may carry and what a sender may do: a classic histogram stays the series that it is.
    rw1(
      'rw1_no_native_histograms',
      (sent) => {
        expect(sent.one('test_histogram_count').samples[0]?.value).toBe(100);
        for (const { histograms } of sent.series) expect(histograms).toEqual([]);
      },
      { exposition: CLASSIC },
    ),
    rw1(
      'rw1_no_start_timestamp',
      (sent) => {
        expect(sent.one('test_counter_total').samples[0]?.value).toBe(100);
        for (const { samples } of sent.series) for (const { startTimestamp } of samples) expect(startTimestamp).toBe(0);
      },
      { protobuf: CREATED },
    ),
    rw1(
      'rw1_metadata_handling',
      ({ request }) =>
        expect(request.families).toContainEqual({
          type: 'counter',
          family: 'test_metric',
          help: 'Test metric description',
          unit: '',
        }),
      { exposition: '# HELP test_metric Test metric description\n# TYPE test_metric counter\ntest_metric 42\n' },
    ),
    rw1(
      'rw1_symbol_table_not_used',
      (sent) => {
        for (const { symbols, series } of sent.requests) {
          expect(symbols).toEqual([]);
          for (const { labels } of series) expect(labels.__name__).toMatch(/./);
        }
      },
      { exposition: 'http_requests{method="GET",status="200"} 100\nhttp_requests{method="POST",status="200"} 50\n' },
    ),
  ],
  TestRemoteWrite1Configuration: [rw1('(body)', ({ requests }) => expect(requests[0]?.version).toBe(1))],
});
