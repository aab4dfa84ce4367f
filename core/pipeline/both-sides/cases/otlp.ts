/** OTLP metrics and logs: passed on as they are, as series, and as lines. */
import type { BothSidesCase } from '../case.ts';

const MIMIR = 'prometheus.remote_write "out" {\nendpoint { url = "https://mimir.example/api/v1/push" }\n}';
const LOKI = 'loki.write "out" {\nendpoint { url = "https://loki.example/loki/api/v1/push" }\n}';
const OTLP =
  'otelcol.exporter.otlphttp "out" {\nclient {\nendpoint = "https://otlp.example/otlp/"\ncompression = "none"\n}\n}';

const at = { timeUnixNano: '1767312000000000000', startTimeUnixNano: '1767311000000000000' };
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const counter = {
  name: 'http.requests',
  unit: '{request}',
  sum: {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: [{ ...at, asInt: '5', attributes: [text('http.route', '/')] }],
  },
};
const gauge = { name: 'memory.used', unit: 'By', gauge: { dataPoints: [{ ...at, asDouble: 1.5 }] } };
const delta = {
  name: 'd',
  sum: {
    aggregationTemporality: 1,
    isMonotonic: true,
    dataPoints: [
      { ...at, asInt: '1' },
      { ...at, asInt: '2' },
    ],
  },
};
const histogram = {
  name: 'latency',
  unit: 's',
  histogram: {
    aggregationTemporality: 2,
    dataPoints: [{ ...at, count: '3', sum: 1.5, bucketCounts: ['1', '2'], explicitBounds: [0.5] }],
  },
};
const record = { ...at, body: { stringValue: 'hello' }, severityNumber: 9, attributes: [text('user', 'bob')] };
const hinted = {
  ...at,
  body: { stringValue: 'a=1' },
  attributes: [text('loki.format', 'logfmt'), text('loki.attribute.labels', 'user'), text('user', 'bob')],
};

const prometheusCase = (
  says: string,
  args: string,
  metrics: readonly object[],
  expected: readonly string[],
  endpoint = '',
): BothSidesCase => ({
  of: 'otelcol.exporter.prometheus',
  says,
  config: `otelcol.exporter.prometheus "x" {\nforward_to = [prometheus.remote_write.out.receiver]\n${args}\n}\n${MIMIR.replace('push"', `push"\n${endpoint}\n`)}`,
  enter: 'otelcol.exporter.prometheus.x',
  input: { otlpMetrics: metrics },
  expected,
});

const lokiCase = (says: string, records: readonly object[], expected: readonly string[]): BothSidesCase => ({
  of: 'otelcol.exporter.loki',
  says,
  config: `otelcol.exporter.loki "x" { forward_to = [loki.write.out.receiver] }\n${LOKI}`,
  enter: 'otelcol.exporter.loki.x',
  input: { otlpLogs: records },
  expected,
});

const batchCase = (
  says: string,
  body: string,
  input: BothSidesCase['input'],
  expected: readonly string[],
): BothSidesCase => ({
  of: 'otelcol.processor.batch',
  says,
  config: `otelcol.processor.batch "x" {\n${body}\n}\n${OTLP}`,
  enter: 'otelcol.processor.batch.x',
  input,
  expected,
});

const receiveCase = (
  says: string,
  config: string,
  input: BothSidesCase['input'],
  expected: readonly string[],
): BothSidesCase => ({
  of: 'spillway.receive',
  says,
  config,
  enter: 'spillway.receive.in',
  input,
  edgeOnly: true,
  expected,
});

export const otlpCases: readonly BothSidesCase[] = [
  prometheusCase(
    'names series by the rules of OpenTelemetry',
    '',
    [counter, gauge],
    [
      '{__name__="http_requests_total", http_route="/", job="shop", otel_scope_name="lib", otel_scope_version="1.0"} 5',
      '{__name__="memory_used_bytes", job="shop", otel_scope_name="lib", otel_scope_version="1.0"} 1.5',
      '{__name__="target_info", host_name="h1", job="shop"} 1',
      'metadata http_requests_total counter',
      'metadata memory_used_bytes gauge bytes',
      'metadata target_info gauge',
    ],
  ),
  prometheusCase(
    'leaves labels, suffixes and infos to its arguments',
    'include_scope_labels = false\ninclude_target_info = false\nadd_metric_suffixes = false\nresource_to_telemetry_conversion = true',
    [counter, gauge],
    [
      '{__name__="http_requests", host_name="h1", http_route="/", job="shop", service_name="shop"} 5',
      '{__name__="memory_used", host_name="h1", job="shop", service_name="shop"} 1.5',
      'metadata http_requests counter',
      'metadata memory_used gauge bytes',
    ],
  ),
  prometheusCase(
    'makes buckets of a histogram, and refuses what Prometheus has no form for',
    'include_scope_labels = false\ninclude_target_info = false\nhonor_metadata = false',
    [histogram, delta],
    [
      '{__name__="latency_seconds_sum", job="shop"} 1.5',
      '{__name__="latency_seconds_count", job="shop"} 3',
      '{__name__="latency_seconds_bucket", job="shop", le="0.5"} 1',
      '{__name__="latency_seconds_bucket", job="shop", le="+Inf"} 3',
      'rejected: 2 unsupported_temporality',
    ],
  ),
  prometheusCase(
    'makes one native histogram of custom buckets',
    'include_scope_labels = false\ninclude_target_info = false\nhonor_metadata = false\nconvert_classic_histograms_to_nhcb = true',
    [histogram],
    ['{__name__="latency_seconds", job="shop"} histogram'],
    'send_native_histograms = true',
  ),
  lokiCase(
    'writes the record as JSON, under few labels',
    [record],
    [
      '{exporter="OTLP", job="shop", level="INFO"} {"body":"hello","attributes":{"user":"bob"},"resources":{"host.name":"h1","service.name":"shop"},"instrumentation_scope":{"name":"lib","version":"1.0"}}',
    ],
  ),
  lokiCase(
    'goes by hints',
    [hinted],
    [
      '{exporter="OTLP", job="shop", user="bob"} a=1 resource_service.name=shop resource_host.name=h1 instrumentation_scope_name=lib instrumentation_scope_version=1.0',
    ],
  ),
  lokiCase(
    'refuses a record whose format it does not know',
    [{ ...record, attributes: [text('loki.format', 'xml')] }],
    ['rejected: 1 unsupported_format'],
  ),
  batchCase(
    'hands metrics on',
    'output { metrics = [otelcol.exporter.otlphttp.out.input] }',
    { otlpMetrics: [gauge] },
    ['metric memory.used'],
  ),
  batchCase(
    'hands logs on, whatever sizes it is given',
    'timeout = "5s"\nsend_batch_size = 1\nsend_batch_max_size = 0\noutput { logs = [otelcol.exporter.otlphttp.out.input] }',
    { otlpLogs: [record] },
    ['record hello'],
  ),
  batchCase('drops what has no output', 'output { }', { otlpLogs: [record] }, ['dropped: 1']),
  batchCase(
    'refuses batches smaller than what fills them',
    'send_batch_size = 10\nsend_batch_max_size = 5\noutput { }',
    { otlpLogs: [] },
    ['error: must be 0 or at least send_batch_size'],
  ),
  {
    of: 'otelcol.exporter.otlphttp',
    says: 'sends metrics to the path of metrics, as they are',
    config: OTLP,
    enter: 'otelcol.exporter.otlphttp.out',
    input: { otlpMetrics: [gauge] },
    requests: true,
    expected: [
      'POST https://otlp.example/otlp/v1/metrics',
      'Content-Type: application/x-protobuf',
      '1 items',
      'metric memory.used',
    ],
  },
  {
    of: 'otelcol.exporter.otlphttp',
    says: 'sends logs to the URL of their own',
    config: OTLP.replace('client {', 'logs_endpoint = "https://loki.example/otlp/v1/logs"\nclient {'),
    enter: 'otelcol.exporter.otlphttp.out',
    input: { otlpLogs: [record] },
    requests: true,
    expected: [
      'POST https://loki.example/otlp/v1/logs',
      'Content-Type: application/x-protobuf',
      '1 items',
      'record hello',
    ],
  },
  receiveCase(
    'lets OTLP metrics in: as they are for consumers, as series for receivers',
    `spillway.receive "in" { metrics = [prometheus.remote_write.out.receiver, otelcol.exporter.otlphttp.out.input] }\n${MIMIR}\n${OTLP}`,
    { otlpMetrics: [gauge] },
    [
      'metric memory.used',
      '{__name__="memory_used_bytes", job="shop", otel_scope_name="lib", otel_scope_version="1.0"} 1.5',
      '{__name__="target_info", host_name="h1", job="shop"} 1',
      'metadata memory_used_bytes gauge bytes',
      'metadata target_info gauge',
    ],
  ),
  receiveCase(
    "lets OTLP logs in as Loki's own endpoint does",
    `spillway.receive "in" { logs = [loki.write.out.receiver] }\n${LOKI}`,
    { otlpLogs: [record] },
    [
      '{service_name="shop"} hello {host_name="h1", scope_name="lib", scope_version="1.0", severity_number="9", user="bob"}',
    ],
  ),
];
