/**
 * The OpenTelemetry SDK, unmodified, with all three signals: metrics become series in a real Prometheus, logs become lines,
 * and what goes to a receiver of OTLP arrives in the very bytes that the SDK sent.
 */
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countLogRecords } from '../../core/wire/otlp/logs.ts';
import { decodeLogs } from '../../core/wire/otlp/logs-decode.ts';
import { countDataPoints } from '../../core/wire/otlp/metrics.ts';
import { decodeOtlpResponse, encodeOtlpResponse } from '../../core/wire/otlp/status.ts';
import { valueText } from '../../core/wire/otlp/values.ts';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { OtlpSink } from '../support/otlp-sink.ts';
import { requirePeer, startPrometheus } from '../support/peers.ts';
import { freePort } from '../support/ports.ts';
import { query } from '../support/prometheus-query.ts';
import { waitUntil } from '../support/wait-until.ts';

const everywhere = (prometheus: string, loki: string, otlp: string) => `
spillway.receive "default" {
  metrics = [prometheus.remote_write.store.receiver, otelcol.exporter.otlphttp.store.input]
  logs    = [loki.write.store.receiver, otelcol.exporter.otlphttp.store.input]
  traces  = [otelcol.exporter.otlphttp.store.input]
}
prometheus.remote_write "store" {
  endpoint {
    url                    = "${prometheus}/api/v1/write"
    send_native_histograms = true
  }
}
loki.write "store" {
  endpoint { url = "${loki}/loki/api/v1/push" }
}
otelcol.exporter.otlphttp "store" {
  client {
    endpoint = "${otlp}"
  }
}`;

const resource = (instance: string) =>
  resourceFromAttributes({
    'service.name': 'shop',
    'service.namespace': 'prod',
    'service.instance.id': instance,
    'deployment.environment.name': 'test',
  });

async function exportMetrics(exporter: PushMetricExporter, instance: string): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
  const views = [
    {
      instrumentName: 'payload.size',
      aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 40, recordMinMax: true } },
    } as const,
  ];
  const provider = new MeterProvider({ resource: resource(instance), readers: [reader], views });
  const meter = provider.getMeter('shop-lib', '1.2.3');
  meter
    .createCounter('http.server.requests', { unit: '{request}' })
    .add(7, { 'http.route': '/cart', 'http-route': 'x' });
  meter.createUpDownCounter('queue.length').add(-3);
  meter.createGauge('cpu.utilization', { unit: '1' }).record(0.25);
  const seconds = meter.createHistogram('http.server.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 0.5, 2.5] },
  });
  for (const value of [0.05, 0.2, 0.4, 10]) seconds.record(value, { 'http.route': '/cart' });
  const sizes = meter.createHistogram('payload.size', { unit: 'By' });
  for (const value of [1, 2, 3, 1000]) sizes.record(value);
  await provider.forceFlush();
  await provider.shutdown();
}

describe.skipIf(!requirePeer('prometheus'))('the OpenTelemetry SDK', () => {
  let gateway: TestGateway;
  let store: Awaited<ReturnType<typeof startPrometheus>>;
  let loki: FakeDestination;
  let sink: OtlpSink;
  /** Between the SDK and the gateway: what the SDK sent. */
  let sent: OtlpSink;
  let headers: Record<string, string>;

  beforeAll(async () => {
    store = await startPrometheus({
      flags: ['--web.enable-remote-write-receiver', '--enable-feature=native-histograms'],
    });
    loki = await FakeDestination.start();
    sink = await OtlpSink.start();
    sent = await OtlpSink.start();
    gateway = await TestGateway.start();
    sent.forwardTo = gateway.url;
    const scopes = ['metrics:write', 'logs:write', 'traces:write'];
    const pipeline = everywhere(store.url, loki.url, sink.url);
    headers = { authorization: `Bearer ${await gateway.createTenant('apps', pipeline, scopes)}` };
  });

  afterAll(async () => {
    await gateway?.stop();
    await store?.stop();
    await loki?.close();
    await sink?.close();
    await sent?.close();
  });

  const metricExporters = [
    ['protobuf', '/v1/metrics', ProtobufMetrics, 'none'],
    ['JSON', '/otlp/v1/metrics', JsonMetrics, 'none'],
    ['protobuf in gzip', '/v1/metrics', ProtobufMetrics, 'gzip'],
  ] as const;
  for (const [name, path, Exporter, compression] of metricExporters) {
    it(`delivers metrics as ${name} to a Prometheus, under Prometheus's names`, async () => {
      const instance = name.replaceAll(' ', '-');
      const exporter = new Exporter({
        url: `${sent.url}${path}`,
        headers,
        compression: compression as never,
        temporalityPreference: AggregationTemporality.CUMULATIVE,
      });
      await exportMetrics(exporter, instance);
      const select = (metric: string, labels = '') => `${metric}{instance="${instance}"${labels}}`;
      await waitUntil(
        'the metrics are there',
        async () => (await query(store.url, select('target_info'))).length === 1,
      );
      const value = async (expression: string) => {
        const found = await query(store.url, expression);
        return found.map((one) => Number(one.value?.[1]));
      };
      const [counter] = await query(store.url, select('http_server_requests_total'));
      expect(counter?.metric).toEqual({
        __name__: 'http_server_requests_total',
        job: 'prod/shop',
        instance,
        http_route: 'x;/cart',
        otel_scope_name: 'shop-lib',
        otel_scope_version: '1.2.3',
      });
      expect(counter?.value?.[1]).toBe('7');
      expect(await value(select('queue_length'))).toEqual([-3]);
      expect(await value(select('cpu_utilization_ratio'))).toEqual([0.25]);
      expect(await value(select('http_server_duration_seconds_count'))).toEqual([4]);
      expect(await value(select('http_server_duration_seconds_bucket', ',le="0.5"'))).toEqual([3]);
      expect(await value(select('http_server_duration_seconds_bucket', ',le="+Inf"'))).toEqual([4]);
      expect(await value(`histogram_count(${select('payload_size_bytes')})`)).toEqual([4]);
      expect(await value(`histogram_sum(${select('payload_size_bytes')})`)).toEqual([1006]);
      const [info] = await query(store.url, select('target_info'));
      expect(info?.metric).toMatchObject({ job: 'prod/shop', deployment_environment_name: 'test' });
    });
  }

  it('delivers metrics to a receiver of OTLP in the bytes that it sent, packed as it packed them', () => {
    const passedOn = sink.of('/v1/metrics');
    const exported = sent.requests.filter(({ path }) => path.endsWith('/v1/metrics'));
    expect(exported.length).toBeGreaterThanOrEqual(metricExporters.length);
    expect(passedOn.length).toBe(exported.length);
    for (const [index, { headers, raw, body }] of exported.entries()) {
      const arrived = passedOn[index]!;
      if (headers['content-type'] === 'application/json') expect(countDataPoints(arrived.body)).toBe(5);
      else expect(arrived.body.equals(body)).toBe(true);
      if (headers['content-encoding'] === 'gzip') expect(arrived.raw.equals(raw)).toBe(true);
      expect(arrived.headers['content-type']).toBe('application/x-protobuf');
      expect(arrived.headers['content-encoding']).toBe('gzip');
    }
  });

  for (const [name, Exporter] of [
    ['protobuf', ProtobufLogs],
    ['JSON', JsonLogs],
  ] as const) {
    it(`delivers logs as ${name}: as lines to Loki, as they are to a receiver of OTLP`, async () => {
      const exporter = new Exporter({ url: `${sent.url}/v1/logs`, headers });
      const processors = [new SimpleLogRecordProcessor({ exporter })];
      const provider = new LoggerProvider({ resource: resource(name), processors });
      const logger = provider.getLogger('shop-lib', '1.2.3');
      for (let i = 0; i < 3; i++) {
        logger.emit({
          severityNumber: 9,
          severityText: 'INFO',
          body: `${name} ünïcödé ${i}`,
          attributes: { order: i },
        });
      }
      await provider.forceFlush();
      const lines = () => [...loki.lines].filter(([, texts]) => texts.some((text) => text.startsWith(`${name} ünï`)));
      await waitUntil('the lines arrived', () => lines().flatMap(([, texts]) => texts).length === 3);
      expect(lines().map(([labels]) => labels)).toEqual([
        `{deployment_environment_name="test", service_instance_id="${name}", service_name="shop", service_namespace="prod"}`,
      ]);
      const own = () => {
        const bodies = sink.of('/v1/logs').flatMap(({ body }) => decodeLogs(body));
        const records = bodies.flatMap(({ scopes }) => scopes.flatMap((scope) => scope.records));
        return records.map((record) => valueText(record.body)).filter((text) => text.startsWith(`${name} ünï`));
      };
      await waitUntil('the records arrived', () => own().length === 3);
      expect(own().sort()).toEqual([0, 1, 2].map((i) => `${name} ünïcödé ${i}`));
      await provider.shutdown();
    });
  }

  it('delivers log records in the bytes that it sent', () => {
    const isProtobuf = ({ headers }: { readonly headers: { readonly 'content-type'?: string | undefined } }) =>
      headers['content-type'] === 'application/x-protobuf';
    const sentBodies = sent.of('/v1/logs').filter(isProtobuf);
    const passedOn = sink.of('/v1/logs').map(({ body }) => body.toString('hex'));
    expect(sentBodies.length).toBeGreaterThan(0);
    for (const { body } of sentBodies) {
      expect(passedOn).toContain(body.toString('hex'));
      expect(countLogRecords(body)).toBeGreaterThan(0);
    }
  });

  for (const [name, Exporter] of [
    ['protobuf', ProtobufTraces],
    ['JSON', JsonTraces],
  ] as const) {
    it(`delivers traces as ${name}`, async () => {
      const exporter = new Exporter({ url: `${sent.url}/v1/traces`, headers });
      const provider = new TracerProvider({
        resource: resource(name),
        spanProcessors: [new SimpleSpanProcessor({ exporter })],
      });
      provider.getTracer('shop-lib').startSpan(`${name} span`).end();
      await provider.forceFlush();
      const found = () => sink.of('/v1/traces').some(({ body }) => body.includes(`${name} span`));
      await waitUntil('the span arrived', found);
      await provider.shutdown();
    });
  }

  it('is told how many data points were refused and why, and the others are taken', async () => {
    const pipeline = `
      spillway.receive "default" { metrics = [otelcol.exporter.prometheus.store.input] }
      otelcol.exporter.prometheus "store" { forward_to = [prometheus.remote_write.store.receiver] }
      prometheus.remote_write "store" {
        endpoint { url = "${store.url}/api/v1/write" }
      }`;
    const token = await gateway.createTenant('deltas', pipeline, ['metrics:write']);
    const at = `${Date.now()}000000`;
    const point = { timeUnixNano: at, asInt: '1' };
    const metrics = [
      { name: 'delta', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point, point] } },
      { name: 'taken.along', gauge: { dataPoints: [point] } },
    ];
    const post = (body: object) =>
      fetch(`${gateway.url}/v1/metrics`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answer = await post({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await answer.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '2',
        errorMessage:
          '2 of 3 data points were rejected, the others were taken: 2 unsupported_temporality (delta: its temporality is delta)',
      },
    });
    await waitUntil('the gauge arrived', async () => (await query(store.url, 'taken_along')).length === 1);
    const bad = await post({ resourceMetrics: 1 });
    expect([bad.status, ((await bad.json()) as { code: number }).code]).toEqual([400, 3]);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('may pack its requests with %s', async (encoding, pack) => {
    const body = JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: `packed with ${encoding}` } }] }] }],
    });
    const answer = await fetch(`${gateway.url}/v1/logs`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-encoding': encoding },
      body: pack(body),
    });
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
    const texts = [...loki.lines.values()].flat();
    expect(texts).toContain(`packed with ${encoding}`);
  });

  it('is told what a receiver of OTLP left out', async () => {
    const pipeline = `
      spillway.receive "default" { logs = [otelcol.exporter.otlphttp.store.input] }
      otelcol.exporter.otlphttp "store" {
        client { endpoint = "${sink.url}" }
      }`;
    const token = await gateway.createTenant('partial', pipeline, ['logs:write']);
    sink.answer = encodeOtlpResponse(1, 'too old');
    const logRecords = [{ body: { stringValue: 'a' } }, { body: { stringValue: 'b' } }];
    const answer = await fetch(`${gateway.url}/v1/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    sink.answer = new Uint8Array();
    const partial = decodeOtlpResponse(new Uint8Array(await answer.arrayBuffer()), 'application/json');
    expect(answer.status).toBe(200);
    expect(partial?.rejected).toBe(1);
    expect(partial?.message).toContain('too old');
  });

  it('delivers through an agent: as OTLP in batches, as series and as lines', async () => {
    const token = await gateway.createTenant('hosts', everywhere(store.url, loki.url, sink.url), ['agent']);
    const port = await freePort();
    const agent = await TestAgent.start(`
      otelcol.receiver.otlp "in" {
        http { endpoint = "127.0.0.1:${port}" }
        output {
          metrics = [otelcol.processor.batch.all.input]
          logs    = [otelcol.processor.batch.all.input]
          traces  = [otelcol.processor.batch.all.input]
        }
      }
      otelcol.processor.batch "all" {
        output {
          metrics = [spillway.write.gateway.input, otelcol.exporter.prometheus.own.input]
          logs    = [spillway.write.gateway.input, otelcol.exporter.loki.own.input, otelcol.exporter.otlphttp.own.input]
          traces  = [spillway.write.gateway.input]
        }
      }
      spillway.write "gateway" {
        url   = "${gateway.url}"
        token = "${token}"
      }
      otelcol.exporter.prometheus "own" {
        forward_to           = [prometheus.remote_write.own.receiver]
        include_scope_labels = false
      }
      prometheus.remote_write "own" {
        external_labels = { via = "agent" }
        endpoint { url = "${store.url}/api/v1/write" }
      }
      otelcol.exporter.loki "own" { forward_to = [loki.write.own.receiver] }
      loki.write "own" {
        endpoint { url = "${loki.url}/loki/api/v1/push" }
      }
      otelcol.exporter.otlphttp "own" {
        logs_endpoint = "${sink.url}/direct/v1/logs"
        client {
          endpoint    = "${sink.url}"
          compression = "none"
        }
      }`);
    try {
      const url = `http://127.0.0.1:${port}`;
      await exportMetrics(new ProtobufMetrics({ url: `${url}/v1/metrics` }), 'on-a-host');
      const processors = [new SimpleLogRecordProcessor({ exporter: new JsonLogs({ url: `${url}/v1/logs` }) })];
      const logs = new LoggerProvider({ resource: resource('on-a-host'), processors });
      logs.getLogger('shop-lib').emit({ severityNumber: 17, body: 'through an agent' });
      await logs.forceFlush();
      const count = 'http_server_duration_seconds_count{instance="on-a-host"}';
      await waitUntil('series from both', async () => (await query(store.url, count)).length === 2);
      const found = await query(store.url, count);
      expect(found.map(({ metric }) => metric.via ?? metric.otel_scope_name).sort()).toEqual(['agent', 'shop-lib']);
      const labels = () =>
        [...loki.lines].filter(([, texts]) => texts.some((text) => text.includes('through an agent')));
      await waitUntil('lines from both', () => labels().length === 2);
      expect(
        labels()
          .map(([text]) => text)
          .sort(),
      ).toEqual([
        '{deployment_environment_name="test", service_instance_id="on-a-host", service_name="shop", service_namespace="prod"}',
        '{exporter="OTLP", instance="on-a-host", job="prod/shop", level="ERROR"}',
      ]);
      await waitUntil('the record as OTLP', () => sink.of('/direct/v1/logs').length === 1);
      const [direct] = sink.of('/direct/v1/logs');
      await waitUntil('the same bytes by way of the gateway', () =>
        sink.of('/v1/logs').some(({ body }) => body.equals(direct?.body as Buffer)),
      );
      expect(await agent.metric('otelcol_receiver_accepted_log_records_total')).toBe(1);
      expect(await agent.metric('otelcol_receiver_accepted_metric_points_total')).toBeGreaterThanOrEqual(5);
      await logs.shutdown();
    } finally {
      await agent.stop();
    }
  });
});
