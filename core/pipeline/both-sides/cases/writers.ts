/** Cases of the components at both ends: what writers send, to the byte, and what the gateway's receiver lets in. */
import { type BothSidesCase, writerCase } from '../case.ts';

const series = {
  series: [
    [{ __name__: 'up', job: 'a' }, 1],
    [{ __name__: 'up', job: 'b', __tmp: 'x' }, Number.NaN],
  ],
} as const;
const lines = {
  lines: [
    { line: 'hello', labels: { job: 'app' }, metadata: { trace: 't1' } },
    { line: 'world', labels: { job: 'app' } },
  ],
};
const spans = { spans: ['GET /', 'SELECT'] };
const MIMIR = 'url = "https://mimir.example/api/v1/push"';
const LOKI = 'url = "https://loki.example/loki/api/v1/push"';

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

export const writerCases: readonly BothSidesCase[] = [
  writerCase(
    'prometheus.remote_write',
    'sends remote write 1.0 in snappy, with every label and the bits of a NaN',
    `endpoint { ${MIMIR} }`,
    series,
    [
      'POST https://mimir.example/api/v1/push',
      'Content-Type: application/x-protobuf',
      'Content-Encoding: snappy',
      'X-Prometheus-Remote-Write-Version: 0.1.0',
      '2 items, 85 bytes, crc32c d6c4184f',
      '{__name__="up", job="a"} 1',
      '{__name__="up", __tmp="x", job="b"} NaN',
    ],
  ),
  writerCase(
    'prometheus.remote_write',
    'adds labels, then applies the rules of each endpoint',
    `external_labels = { site = "eu", job = "never" }\nendpoint {\n${MIMIR}\nwrite_relabel_config {\naction = "drop"\nsource_labels = ["job"]\nregex = "b"\n}\n}\nendpoint { url = "https://second.example/api/v1/push" }`,
    series,
    [
      'POST https://mimir.example/api/v1/push',
      'Content-Type: application/x-protobuf',
      'Content-Encoding: snappy',
      'X-Prometheus-Remote-Write-Version: 0.1.0',
      '1 items, 60 bytes, crc32c 46e86935',
      '{__name__="up", job="a", site="eu"} 1',
      'POST https://second.example/api/v1/push',
      'Content-Type: application/x-protobuf',
      'Content-Encoding: snappy',
      'X-Prometheus-Remote-Write-Version: 0.1.0',
      '2 items, 100 bytes, crc32c 003c8529',
      '{__name__="up", job="a", site="eu"} 1',
      '{__name__="up", __tmp="x", job="b", site="eu"} NaN',
      'dropped: 1 relabel',
    ],
  ),
  writerCase(
    'prometheus.remote_write',
    'sends credentials and headers of the configuration',
    `endpoint {\n${MIMIR}\nheaders = { "X-Scope-OrgID" = "team-a" }\nbasic_auth {\nusername = "ädmin"\npassword = "pä:ss"\n}\n}`,
    series,
    [
      'POST https://mimir.example/api/v1/push',
      'Content-Type: application/x-protobuf',
      'Content-Encoding: snappy',
      'X-Prometheus-Remote-Write-Version: 0.1.0',
      'Authorization: Basic w6RkbWluOnDDpDpzcw==',
      'X-Scope-OrgID: team-a',
      '2 items, 85 bytes, crc32c d6c4184f',
      '{__name__="up", job="a"} 1',
      '{__name__="up", __tmp="x", job="b"} NaN',
    ],
  ),
  writerCase(
    'prometheus.remote_write',
    'refuses what is no URL of HTTP',
    'endpoint { url = "ftp://mimir.example" }',
    { series: [] },
    ['error: a URL must begin with http:// or https://, not ftp://'],
  ),
  writerCase('loki.write', 'sends protobuf in snappy, with structured metadata', `endpoint { ${LOKI} }`, lines, [
    'POST https://loki.example/loki/api/v1/push',
    'Content-Type: application/x-protobuf',
    '2 items, 65 bytes, crc32c 30f0b0bb',
    '{job="app"} "hello" {trace="t1"}',
    '{job="app"} "world"',
  ]),
  writerCase(
    'loki.write',
    'adds labels that a stream does not have',
    `external_labels = { site = "eu", job = "never" }\nendpoint {\n${LOKI}\ntenant_id = "team-a"\n}`,
    lines,
    [
      'POST https://loki.example/loki/api/v1/push',
      'Content-Type: application/x-protobuf',
      'X-Scope-OrgID: team-a',
      '2 items, 78 bytes, crc32c 10e14a97',
      '{job="app", site="eu"} "hello" {trace="t1"} tenant=team-a',
      '{job="app", site="eu"} "world" tenant=team-a',
    ],
  ),
  writerCase(
    'loki.write',
    'sends to each endpoint',
    `endpoint { ${LOKI} }\nendpoint {\nname = "second"\nurl = "https://second.example/loki/api/v1/push"\nbearer_token = "t0ken"\n}`,
    { lines: [{ line: 'é😀' }] },
    [
      'POST https://loki.example/loki/api/v1/push',
      'Content-Type: application/x-protobuf',
      '1 items, 37 bytes, crc32c 7e40b7dc',
      '{job="app"} "é😀"',
      'POST https://second.example/loki/api/v1/push',
      'Content-Type: application/x-protobuf',
      'Authorization: Bearer t0ken',
      '1 items, 37 bytes, crc32c 7e40b7dc',
      '{job="app"} "é😀"',
    ],
  ),
  writerCase(
    'otelcol.exporter.otlphttp',
    'sends spans as they are',
    'client {\nendpoint = "https://tempo.example"\ncompression = "none"\n}',
    spans,
    [
      'POST https://tempo.example/v1/traces',
      'Content-Type: application/x-protobuf',
      '2 items, 115 bytes, crc32c 3feda565',
      'span GET /',
      'span SELECT',
    ],
  ),
  writerCase(
    'otelcol.exporter.otlphttp',
    'takes another URL for traces, and headers',
    'traces_endpoint = "https://other.example/otlp/v1/traces"\nclient {\nendpoint = "https://tempo.example"\ncompression = "none"\nheaders = { "X-Scope-OrgID" = "team-a" }\n}',
    spans,
    [
      'POST https://other.example/otlp/v1/traces',
      'Content-Type: application/x-protobuf',
      'X-Scope-OrgID: team-a',
      '2 items, 115 bytes, crc32c 3feda565',
      'span GET /',
      'span SELECT',
    ],
  ),
  writerCase(
    'otelcol.exporter.otlphttp',
    'refuses an endpoint that is no URL',
    'client { endpoint = "tempo:4318" }',
    { spans: [] },
    ['error: a URL must begin with http:// or https://, not tempo://'],
  ),
  receiveCase(
    'lets metrics in',
    `spillway.receive "in" { metrics = [prometheus.remote_write.out.receiver] }\nprometheus.remote_write "out" {\nendpoint { ${MIMIR} }\n}`,
    series,
    ['{__name__="up", job="a"} 1', '{__name__="up", __tmp="x", job="b"} NaN'],
  ),
  receiveCase(
    'refuses series that no receiver would take',
    `spillway.receive "in" { metrics = [prometheus.remote_write.out.receiver] }\nprometheus.remote_write "out" {\nendpoint { ${MIMIR} }\n}`,
    {
      series: [
        [{ job: 'a' }, 1],
        [{ __name__: 'up', '': 'x' }, 1],
        [{ __name__: 'up' }, 1],
      ],
    },
    ['{__name__="up"} 1', 'rejected: 1 missing_metric_name', 'rejected: 1 label_name_invalid'],
  ),
  receiveCase(
    'lets log lines in',
    `spillway.receive "in" { logs = [loki.write.out.receiver] }\nloki.write "out" {\nendpoint { ${LOKI} }\n}`,
    lines,
    ['{job="app"} "hello" {trace="t1"}', '{job="app"} "world"'],
  ),
  receiveCase('counts what is connected to nothing', 'spillway.receive "in" { }', lines, ['dropped: 2 no_receiver']),
  receiveCase(
    'lets spans in',
    'spillway.receive "in" { traces = [otelcol.exporter.otlphttp.out.input] }\notelcol.exporter.otlphttp "out" {\nclient {\nendpoint = "https://tempo.example"\ncompression = "none"\n}\n}',
    spans,
    ['span GET /', 'span SELECT'],
  ),
];
