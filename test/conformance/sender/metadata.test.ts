import { expect } from 'vitest';
import type { SentSeries } from './support/decoded-request.ts';
import type { SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const REQUESTS = `# HELP http_requests_total Total HTTP requests
# TYPE http_requests_total counter
http_requests_total{method="GET"} 100
http_requests_total{method="POST"} 50
`;
const HISTOGRAM = `# HELP request_duration_seconds Request duration
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="+Inf"} 100
request_duration_seconds_sum 50.0
request_duration_seconds_count 100
`;
const SUMMARY = `# HELP rpc_duration_seconds RPC duration
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.5"} 0.05
rpc_duration_seconds{quantile="0.9"} 0.1
rpc_duration_seconds_sum 100.0
rpc_duration_seconds_count 1000
`;

/** Every one of the series has this metadata. */
function has(
  name: string,
  exposition: string,
  series: readonly string[],
  expected: Partial<NonNullable<SentSeries['metadata']>>,
): SenderCase {
  return {
    name,
    exposition,
    check: (sent) => {
      for (const metric of series) for (const one of sent.named(metric)) expect(one.metadata).toMatchObject(expected);
      for (const metric of series) sent.one(metric);
    },
  };
}

senderSuite({
  TestMetadataEncoding: [
    has('metadata_type_counter', REQUESTS, ['http_requests_total'], { type: 'counter' }),
    has(
      'metadata_type_gauge',
      '# HELP memory_usage_bytes Used\n# TYPE memory_usage_bytes gauge\nmemory_usage_bytes 1\n',
      ['memory_usage_bytes'],
      { type: 'gauge' },
    ),
    has(
      'metadata_type_histogram',
      HISTOGRAM,
      ['request_duration_seconds_bucket', 'request_duration_seconds_sum', 'request_duration_seconds_count'],
      { type: 'histogram', help: 'Request duration' },
    ),
    has(
      'metadata_type_summary',
      SUMMARY,
      ['rpc_duration_seconds', 'rpc_duration_seconds_sum', 'rpc_duration_seconds_count'],
      { type: 'summary', help: 'RPC duration' },
    ),
    has('metadata_help_text', REQUESTS, ['http_requests_total'], { help: 'Total HTTP requests' }),
    has(
      'metadata_unit',
      '# HELP memory_usage_bytes Memory usage\n# TYPE memory_usage_bytes gauge\n# UNIT memory_usage_bytes bytes\nmemory_usage_bytes 1048576\n# EOF\n',
      ['memory_usage_bytes'],
      { unit: 'bytes', type: 'gauge' },
    ),
    // The text format has an escape for newlines; of two HELP lines the last one holds.
    has(
      'metadata_help_with_newlines',
      '# HELP multiline_metric first\\nsecond\n# TYPE multiline_metric gauge\nmultiline_metric 42\n',
      ['multiline_metric'],
      { help: 'first\nsecond' },
    ),
    has(
      'metadata_help_with_special_chars',
      '# HELP special_metric This help contains "quotes" and \\backslashes\\\n# TYPE special_metric counter\nspecial_metric 100\n',
      ['special_metric'],
      { help: 'This help contains "quotes" and \\backslashes\\' },
    ),
    {
      name: 'metadata_help_refs_valid',
      exposition: REQUESTS,
      check: ({ requests }) => {
        for (const { symbols, series } of requests) {
          for (const { metadata } of series) {
            expect(metadata?.helpRef ?? 0).toBeLessThan(symbols.length);
            expect(metadata?.unitRef ?? 0).toBeLessThan(symbols.length);
          }
        }
      },
    },
    {
      name: 'metadata_consistent_across_series',
      exposition: REQUESTS,
      check: ({ request }) => {
        const [get, post] = request.series.filter(({ labels }) => labels.__name__ === 'http_requests_total');
        expect(get?.metadata).toMatchObject({ type: 'counter' });
        expect(post?.metadata).toEqual(get?.metadata);
      },
    },
    {
      // Ours: who wants none gets none.
      name: 'metadata_left_out_where_not_wanted',
      only: 'agent',
      exposition: REQUESTS,
      scrape: 'honor_metadata = false',
      check: (sent) => expect(sent.one('http_requests_total').metadata).toBeUndefined(),
    },
    has('metadata_empty_help_allowed', '# TYPE no_help_metric counter\nno_help_metric 42\n', ['no_help_metric'], {
      type: 'counter',
      help: '',
      helpRef: 0,
    }),
  ],
});
