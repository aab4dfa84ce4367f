import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { formatLabels } from '../../core/labels/labels.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { otlpLogsJsonToProtobuf } from '../../core/wire/otlp/logs.ts';
import { decodeLogs } from '../../core/wire/otlp/logs-decode.ts';
import { otlpMetricsJsonToProtobuf } from '../../core/wire/otlp/metrics.ts';
import { decodeMetrics } from '../../core/wire/otlp/metrics-decode.ts';
import { decodeOtlpResponse } from '../../core/wire/otlp/status.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { type BatchSection, decodeBatchResponse, encodeBatch } from '../../core/wire/spillway-batch.ts';
import { gunzip, gzip } from '../compression.ts';
import { admin, createTenant, FakeDestinations, push } from '../testing/gateway.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };
const PIPELINE = `
spillway.receive "all" {
  metrics = [prometheus.remote_write.mimir.receiver, otelcol.exporter.otlphttp.main.input]
  logs    = [loki.write.main.receiver, otelcol.exporter.otlphttp.main.input]
}
prometheus.remote_write "mimir" {
  endpoint { url = "https://mimir.example.com/api/v1/push" }
}
loki.write "main" {
  endpoint { url = "https://loki.example.com/loki/api/v1/push" }
}
otelcol.exporter.otlphttp "main" {
  client { endpoint = "https://otlp.example.com" }
}
`;
const CONVERTED = PIPELINE.replaceAll(', otelcol.exporter.otlphttp.main.input', '');
const PASSED = PIPELINE.replace('prometheus.remote_write.mimir.receiver, ', '').replace(
  'loki.write.main.receiver, ',
  '',
);

const NOW = () => `${Date.now()}000000`;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const metrics = (...attributes: object[]) =>
  JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [text('service.name', 'shop'), text('cluster', 'theirs')] },
        scopeMetrics: [
          { metrics: [{ name: 'queue', gauge: { dataPoints: [{ timeUnixNano: NOW(), asInt: '5', attributes }] } }] },
        ],
      },
    ],
  });
const logs = (...lines: string[]) =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'shop')] },
        scopeLogs: [{ logRecords: lines.map((stringValue) => ({ timeUnixNano: NOW(), body: { stringValue } })) }],
      },
    ],
  });

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const sentTo = (host: string) => destinations.received.filter(({ url }) => url.includes(host));
const seriesSent = () =>
  sentTo('mimir').flatMap(({ body }) =>
    decodeWriteRequest(snappyDecode(body, 100_000)).series.map(({ labels }) => formatLabels(labels)),
  );

describe('OTLP metrics and logs', () => {
  it('go as they are to OTLP destinations, and once converted to the others', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const body = otlpMetricsJsonToProtobuf(metrics());
    const answer = await push('/v1/metrics', token, body, PROTOBUF);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/x-protobuf',
      '',
    ]);
    expect(seriesSent()).toEqual([
      '{__name__="queue", job="shop"}',
      '{__name__="target_info", cluster="theirs", job="shop"}',
    ]);
    const [otlp] = sentTo('otlp');
    expect(otlp!.url).toBe('https://otlp.example.com/v1/metrics');
    expect(await gunzip(otlp!.body)).toEqual(body);

    expect((await push('/otlp/v1/logs', token, logs('hello'), JSON_TYPE)).status).toBe(200);
    const [loki] = sentTo('loki').map((request) => decodeLokiPush(snappyDecode(request.body, 100_000)));
    expect(loki!.map(({ labels, entries }) => [formatLabels(labels), entries[0]!.line])).toEqual([
      ['{service_name="shop"}', 'hello'],
    ]);
    expect(sentTo('otlp')[1]!.url).toBe('https://otlp.example.com/v1/logs');
  });

  it('are forwarded in the gzip that they came in', async () => {
    const { token } = await createTenant({ pipeline: PASSED });
    const zipped = await gzip(otlpLogsJsonToProtobuf(logs('packed')));
    await push('/v1/logs', token, zipped, { ...PROTOBUF, 'Content-Encoding': 'gzip' });
    expect(new Uint8Array(sentTo('otlp')[0]!.body)).toEqual(new Uint8Array(zipped));
  });

  it('carry the labels that a token forces: on resources, on series and on streams', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE, labels: { cluster: 'forced' } });
    await push('/v1/metrics', token, metrics(text('cluster', 'own')), JSON_TYPE);
    expect(seriesSent()).toEqual([
      '{__name__="queue", cluster="forced", job="shop"}',
      '{__name__="target_info", cluster="forced", job="shop"}',
    ]);
    const [passed] = decodeMetrics(await gunzip(sentTo('otlp')[0]!.body));
    expect(passed!.resource).toEqual([
      { key: 'service.name', value: 'shop' },
      { key: 'cluster', value: 'forced' },
    ]);
    await push('/v1/logs', token, logs('x'), JSON_TYPE);
    const [loki] = decodeLokiPush(snappyDecode(sentTo('loki')[0]!.body, 100_000));
    expect(formatLabels(loki!.labels)).toBe('{cluster="forced", service_name="shop"}');
    const [records] = decodeLogs(await gunzip(sentTo('otlp')[1]!.body));
    expect(records!.resource).toContainEqual({ key: 'cluster', value: 'forced' });
  });

  it('keep within the limits of series and of lines where they are converted', async () => {
    const limits = { metrics: { max_label_value_length: 10 }, logs: { max_line_size: 10 } };
    const { token } = await createTenant({ pipeline: CONVERTED, limits });
    const tooLong = await push('/v1/metrics', token, metrics(text('k', 'x'.repeat(20))), JSON_TYPE);
    const partial = decodeOtlpResponse(new Uint8Array(await tooLong.arrayBuffer()), 'application/json');
    expect([tooLong.status, partial?.rejected]).toEqual([200, 1]);
    expect(partial?.message).toContain('label_value_too_long');
    const lines = await push('/v1/logs', token, logs('short', 'x'.repeat(20)), JSON_TYPE);
    expect(await lines.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
    expect(decodeLokiPush(snappyDecode(sentTo('loki')[0]!.body, 100_000))[0]!.entries.map(({ line }) => line)).toEqual([
      'short',
    ]);
  });

  it('close the books: what was accepted was delivered, in samples where it became samples', async () => {
    const { token, name } = await createTenant({ pipeline: CONVERTED });
    const at = NOW();
    const point = { timeUnixNano: at, count: '3', sum: 1, bucketCounts: ['1', '2'], explicitBounds: [1] };
    const data = [
      { name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [point] } },
      { name: 'd', sum: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: at, asInt: '1' }] } },
    ];
    await push(
      '/v1/metrics',
      token,
      JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: data }] }] }),
      JSON_TYPE,
    );
    await vi.waitFor(
      async () => {
        const { json } = await admin('GET', 'overview');
        const tenant = json.tenants.find((one: { name: string }) => one.name === name);
        expect(tenant.signals.metrics).toMatchObject({
          acceptedTotal: 4,
          deliveredTotal: 4,
          rejectedTotal: 1,
          droppedTotal: 0,
        });
      },
      { timeout: 30_000 },
    );
  });

  it.each([
    ['415 for another content type', 'x', { 'Content-Type': 'text/plain' }, 415],
    ['415 for an encoding it does not know', 'x', { ...PROTOBUF, 'Content-Encoding': 'br' }, 415],
    ['400 for JSON that is not OTLP', '{"resourceMetrics":5}', JSON_TYPE, 400],
    ['400 for protobuf cut short', new Uint8Array([10, 200]), PROTOBUF, 400],
  ])('answer %s', async (_what, body, headers, status) => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const answer = await push('/v1/metrics', token, body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
  });

  it('are refused for now where the list has no receiver of their form', async () => {
    const { token } = await createTenant({ pipeline: PASSED });
    const remoteWrite = await push('/api/v1/push', token, new Uint8Array([0]), {
      ...PROTOBUF,
      'Content-Encoding': 'snappy',
    });
    expect([remoteWrite.status, await remoteWrite.text()]).toEqual([503, expect.stringContaining('takes no metrics')]);
    expect((await push('/v1/metrics', token, metrics(), JSON_TYPE)).status).toBe(200);
  });

  it('come in sections of a batch, told by their path', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const section = (signal: 'metrics' | 'logs', body: Uint8Array): BatchSection => ({
      signal,
      contentType: 'application/x-protobuf',
      contentEncoding: '',
      body,
      items: 1,
      path: `/v1/${signal}`,
    });
    const sections = [
      section('metrics', otlpMetricsJsonToProtobuf(metrics())),
      section('logs', otlpLogsJsonToProtobuf(logs('x'))),
    ];
    const batch = encodeBatch({ agentId: 'host-1', sequence: 1, sentAtMs: 1, sections });
    const answer = await push('/api/v1/batch', token, batch, PROTOBUF);
    const { results } = decodeBatchResponse(new Uint8Array(await answer.arrayBuffer()));
    expect(results.map(({ acceptedItems, reason }) => [acceptedItems, reason])).toEqual([
      [1, ''],
      [1, ''],
    ]);
    expect(
      sentTo('otlp')
        .map(({ url }) => new URL(url).pathname)
        .sort(),
    ).toEqual(['/v1/logs', '/v1/metrics']);
  });
});
