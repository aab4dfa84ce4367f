import { expect } from 'vitest';
import type { SentRequest } from './support/decoded-request.ts';
import { type SenderCase, timesOf } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const names = ({ series }: SentRequest) => new Set(series.map(({ labels }) => labels.__name__));

function firstRequest(name: string, exposition: string, check: (request: SentRequest) => void): SenderCase {
  return { name, exposition, check: ({ request }) => check(request) };
}

const LARGE = Array.from({ length: 12_000 }, (_, i) => `metric{label="${i}"} 1\n`).join('');

senderSuite({
  TestBatchingBehavior: [
    firstRequest(
      'multiple_series_per_request',
      `http_requests_total{method="GET",status="200"} 1000
http_requests_total{method="POST",status="200"} 500
http_requests_total{method="GET",status="404"} 50
cpu_usage_percent 45.2
memory_usage_bytes 1048576
disk_io_bytes_total 1000000
`,
      (request) => {
        expect([...names(request)]).toEqual(
          expect.arrayContaining([
            'http_requests_total',
            'cpu_usage_percent',
            'memory_usage_bytes',
            'disk_io_bytes_total',
          ]),
        );
        expect(request.series.length).toBeGreaterThanOrEqual(6);
      },
    ),
    {
      name: 'batch_size_reasonable',
      // Now and then again: a scrape that took too long brings nothing.
      expose: (index) => (index % 10 === 0 ? LARGE : 'metric 1\n'),
      scrape: 'sample_limit = 20000',
      until: ({ series }) => series.length >= 12_000,
      check: ({ kind, requests }) => {
        // The agent keeps to max_samples_per_send; the gateway forwards the batch of whoever pushed it.
        if (kind === 'agent') for (const { series } of requests) expect(series.length).toBeLessThanOrEqual(2000);
        else expect(requests.map(({ series }) => series.length)).toEqual([12_000]);
      },
    },
    firstRequest(
      'handles_varying_cardinality',
      `api_calls{endpoint="/users",method="GET",region="us-east",status="200"} 100
api_calls{endpoint="/users",method="POST",region="us-east",status="201"} 50
api_calls{endpoint="/posts",method="GET",region="us-west",status="200"} 200
api_calls{endpoint="/posts",method="DELETE",region="eu-west",status="204"} 10
api_calls{endpoint="/comments",method="GET",region="ap-south",status="200"} 500
low_cardinality_metric 42
`,
      ({ series, symbols }) => {
        expect(series.filter(({ labels }) => labels.__name__ === 'api_calls')).toHaveLength(5);
        expect(new Set(symbols).size).toBe(symbols.length);
      },
    ),
    firstRequest(
      'efficient_symbol_reuse',
      `http_requests{service="api",method="GET"} 100
http_requests{service="api",method="POST"} 50
http_requests{service="web",method="GET"} 200
http_duration{service="api",method="GET"} 0.5
http_duration{service="api",method="POST"} 0.3
`,
      ({ symbols }) => {
        for (const text of ['service', 'method', 'api', 'GET', 'http_requests']) {
          expect(symbols.filter((symbol) => symbol === text)).toHaveLength(1);
        }
      },
    ),
    firstRequest(
      'metadata_batching',
      `# HELP http_requests_total Total HTTP requests
# TYPE http_requests_total counter
http_requests_total{method="GET"} 1000
http_requests_total{method="POST"} 500
# HELP memory_usage_bytes Current memory usage
# TYPE memory_usage_bytes gauge
memory_usage_bytes 1048576
`,
      ({ series }) => {
        const types = (name: string) =>
          series.filter(({ labels }) => labels.__name__ === name).map(({ metadata }) => metadata?.type);
        expect([types('http_requests_total'), types('memory_usage_bytes')]).toEqual([
          ['counter', 'counter'],
          ['gauge'],
        ]);
      },
    ),
  ],
  TestConcurrentRequests: [
    {
      // Parallel requests are allowed; samples of one series must stay in order whatever is sent at once.
      name: '(body)',
      expose: (index) => [1, 2, 3, 4, 5].map((i) => `metric_${i} ${index}\n`).join(''),
      pushes: 4,
      until: ({ requests }) => requests.length >= 4,
      check: ({ requests }) => {
        for (const metric of ['metric_1', 'metric_5']) {
          const times = timesOf(requests, metric);
          expect(times.length).toBeGreaterThanOrEqual(4);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
      },
    },
  ],
});
