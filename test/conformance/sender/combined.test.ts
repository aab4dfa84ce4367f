import { expect } from 'vitest';
import type { Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const HISTOGRAM = `# HELP request_duration_seconds Request duration in seconds
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="0.1"} 100 # {trace_id="hist123"} 0.05 1234567890.0
request_duration_seconds_bucket{le="0.5"} 250
request_duration_seconds_bucket{le="1.0"} 500
request_duration_seconds_bucket{le="+Inf"} 1000
request_duration_seconds_sum 450.5
request_duration_seconds_count 1000
# EOF
`;
const REQUESTS = [
  'GET /users 200',
  'GET /posts 200',
  'POST /users 201',
  'POST /posts 201',
  'GET /comments 200',
  'DELETE /users 204',
];

const namesOf = ({ request }: Sent) => new Set(request.series.map(({ labels }) => labels.__name__));

senderSuite({
  TestCombinedFeatures: [
    {
      name: 'samples_with_metadata',
      exposition: `# HELP http_requests_total Total HTTP requests received
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 1000
http_requests_total{method="POST",status="201"} 500
`,
      check: (sent) => {
        const series = sent.named('http_requests_total');
        expect(series.length).toBeGreaterThanOrEqual(2);
        for (const { samples, metadata } of series) {
          expect(samples).toHaveLength(1);
          expect(metadata).toMatchObject({ type: 'counter', help: 'Total HTTP requests received' });
        }
      },
    },
    {
      name: 'samples_with_exemplars',
      exposition:
        '# TYPE request_count counter\nrequest_count_total 1000 # {trace_id="abc123",span_id="def456"} 999 1234567890.123\n# EOF\n',
      check: (sent) => {
        const { samples, exemplars } = sent.one('request_count_total');
        expect(samples[0]?.value).toBe(1000);
        expect(exemplars).toMatchObject([
          { labels: { trace_id: 'abc123', span_id: 'def456' }, value: 999, timestamp: 1_234_567_890_123 },
        ]);
      },
    },
    {
      name: 'histogram_with_metadata_and_exemplars',
      exposition: HISTOGRAM,
      check: (sent) => {
        const bucket = sent.one('request_duration_seconds_bucket');
        expect(bucket.metadata).toMatchObject({ type: 'histogram', help: 'Request duration in seconds' });
        expect(bucket.exemplars.map(({ labels }) => labels)).toEqual([{ trace_id: 'hist123' }]);
      },
    },
    {
      name: 'multiple_metric_types',
      exposition: `# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 123.45
# TYPE process_memory_bytes gauge
process_memory_bytes 1048576
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="+Inf"} 100
request_duration_seconds_sum 50.0
request_duration_seconds_count 100
`,
      check: (sent) => {
        const types = ['process_cpu_seconds_total', 'process_memory_bytes', 'request_duration_seconds_count'];
        expect(types.map((name) => sent.one(name).metadata?.type)).toEqual(['counter', 'gauge', 'histogram']);
      },
    },
    {
      name: 'high_cardinality_labels',
      exposition: REQUESTS.map((text, i) => {
        const [method, path, status] = text.split(' ');
        return `http_requests_total{method="${method}",path="/api/v1${path}",status="${status}"} ${i}\n`;
      }).join(''),
      check: ({ request }) => {
        expect(request.series.filter(({ labels }) => labels.__name__ === 'http_requests_total')).toHaveLength(6);
        expect(new Set(request.symbols).size).toBe(request.symbols.length);
      },
    },
    {
      name: 'complete_metric_family',
      exposition: HISTOGRAM,
      check: (sent) => {
        const names = namesOf(sent);
        for (const suffix of ['bucket', 'sum', 'count']) expect(names).toContain(`request_duration_seconds_${suffix}`);
        const bounds = sent.request.series.flatMap(({ labels }) => labels.le ?? []);
        expect(bounds).toEqual(['0.1', '0.5', '1.0', '+Inf']);
      },
    },
    {
      name: 'mixed_labels_and_metadata',
      exposition: `# HELP api_calls_total Total API calls with detailed labels
# TYPE api_calls_total counter
api_calls_total{service="auth",method="POST",endpoint="/login",region="us-east",status="200"} 1000
api_calls_total{service="auth",method="POST",endpoint="/logout",region="us-east",status="200"} 500
api_calls_total{service="users",method="GET",endpoint="/profile",region="eu-west",status="200"} 2000
`,
      check: ({ request }) => {
        const series = request.series.filter(({ labels }) => labels.__name__ === 'api_calls_total');
        expect(series.map(({ labels }) => labels.endpoint)).toEqual(['/login', '/logout', '/profile']);
        for (const { metadata } of series) expect(metadata?.help).toBe('Total API calls with detailed labels');
      },
    },
    {
      name: 'real_world_scenario',
      exposition: `# TYPE up gauge
up 1
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 45.67
# TYPE go_memstats_alloc_bytes gauge
go_memstats_alloc_bytes 2097152
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 100
http_request_duration_seconds_bucket{le="0.5"} 450
http_request_duration_seconds_bucket{le="+Inf"} 500
http_request_duration_seconds_sum 125.5
http_request_duration_seconds_count 500
# TYPE http_requests_total counter
http_requests_total{method="GET",code="200"} 5000
http_requests_total{method="POST",code="201"} 1000
`,
      check: (sent) => {
        expect(namesOf(sent).size).toBeGreaterThanOrEqual(7);
        for (const { labels, samples, histograms } of sent.series) {
          expect(labels.__name__).toMatch(/./);
          expect(samples.length === 0 || histograms.length === 0).toBe(true);
        }
      },
    },
  ],
});
