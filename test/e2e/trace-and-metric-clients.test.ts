/**
 * Unmodified clients from npm that speak Zipkin, Jaeger, Pushgateway, remote write and Influx push through the gateway;
 * only their URL and credentials are ours. Metrics are asked of a real Prometheus.
 */
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { initTracer } from 'jaeger-client';
import { FORMAT_TEXT_MAP } from 'opentracing';
import { Counter, Gauge, Pushgateway, Registry } from 'prom-client';
import { pushTimeseries } from 'prometheus-remote-write';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchRecorder, ExplicitContext, jsonEncoder, Tracer } from 'zipkin';
import { HttpLogger } from 'zipkin-transport-http';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { type PeerProcess, requirePeer, startPrometheus } from '../support/peers.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { query } from '../support/prometheus-query.ts';
import { waitUntil } from '../support/wait-until.ts';

const record = (attributes: readonly { key: string; value: string }[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value]));

describe('trace clients', () => {
  let destination: FakeDestination;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    destination = await FakeDestination.start();
    gateway = await TestGateway.start();
    token = await gateway.createTenant('apps', forwardPipeline(destination.url), ['traces:write']);
  });

  afterAll(async () => {
    await gateway?.stop();
    await destination?.close();
  });

  /** The span of that name, with its resource, once it has arrived. */
  async function arrived(name: string) {
    const find = () =>
      destination.traces
        .flatMap((group) => group.spans.map((span) => ({ ...group, ...span })))
        .find((s) => s.name === name);
    await waitUntil(`the span ${name} arrived`, () => find() !== undefined);
    return find() as NonNullable<ReturnType<typeof find>>;
  }

  it("OpenTelemetry's Zipkin exporter delivers what its spans meant", async () => {
    const exporter = new ZipkinExporter({
      url: `${gateway.url}/api/v2/spans`,
      headers: { authorization: `Bearer ${token}` },
    });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'web-1', 'team.name': 'core' }),
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const span = provider
      .getTracer('lib')
      .startSpan('zipkin checkout', { kind: SpanKind.SERVER, attributes: { items: 3 } });
    span.addEvent('cache miss');
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'kaputt ✗' });
    span.end();
    await provider.forceFlush();
    const got = await arrived('zipkin checkout');
    const { traceId, spanId } = span.spanContext();
    expect(got).toMatchObject({ traceId, spanId, kind: 2, events: 1, statusCode: 2, statusMessage: 'kaputt ✗' });
    expect(record(got.resource)).toMatchObject({ 'service.name': 'shop', 'host.name': 'web-1' });
    expect(record(got.attributes)).toMatchObject({ items: '3', 'team.name': 'core' });
    expect(Math.abs(Number(got.startNs / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    expect(got.endNs >= got.startNs).toBe(true);
    await provider.shutdown();
  });

  it("Zipkin's own client delivers its spans", async () => {
    const logger = new HttpLogger({
      endpoint: `${gateway.url}/api/v2/spans`,
      jsonEncoder: jsonEncoder.JSON_V2,
      httpInterval: 50,
      headers: { authorization: `Bearer ${token}` },
    });
    const tracer = new Tracer({
      ctxImpl: new ExplicitContext(),
      recorder: new BatchRecorder({ logger }),
      localServiceName: 'zipkin-js',
    });
    tracer.local('zipkin local work', () => tracer.recordBinary('answer', '42'));
    const got = await arrived('zipkin local work');
    expect(record(got.resource)).toEqual({ 'service.name': 'zipkin-js' });
    expect(record(got.attributes)).toMatchObject({ answer: '42' });
  });

  it("Jaeger's client delivers its spans in Thrift, with parents, tags of every type and logs", async () => {
    const errors: string[] = [];
    const tracer = initTracer(
      {
        serviceName: 'jaeger-shop',
        sampler: { type: 'const', param: 1 },
        reporter: {
          collectorEndpoint: `${gateway.url}/api/traces`,
          username: 'anyone',
          password: token,
          flushIntervalMs: 50,
        },
      },
      { tags: { region: 'eu' }, logger: { info: () => {}, error: (text) => errors.push(text) } },
    );
    const parent = tracer.startSpan('jaeger parent', { tags: { 'span.kind': 'server' } });
    const child = tracer.startSpan('jaeger child', { childOf: parent });
    child.addTags({ error: true, text: 'größe', ratio: 0.25, yes: true });
    child.log({ event: 'retry', attempt: 2 });
    child.finish();
    parent.finish();
    const got = await arrived('jaeger child');
    const top = await arrived('jaeger parent');
    const carrier: Record<string, string> = {};
    tracer.inject(child, FORMAT_TEXT_MAP, carrier);
    const [traceId, spanId] = decodeURIComponent(carrier['uber-trace-id'] ?? '').split(':');
    expect(got).toMatchObject({
      traceId: traceId?.padStart(32, '0'),
      spanId: spanId?.padStart(16, '0'),
      parentSpanId: top.spanId,
      statusCode: 2,
      events: 1,
    });
    expect([top.kind, top.parentSpanId]).toEqual([2, '']);
    expect(record(got.attributes)).toMatchObject({ text: 'größe', ratio: '0.25', yes: 'true' });
    expect(record(got.resource)).toMatchObject({ 'service.name': 'jaeger-shop', region: 'eu' });
    expect(Object.keys(record(got.resource))).toContain('host.name');
    expect(errors).toEqual([]);
    await new Promise<void>((resolve) => tracer.close(resolve));
  });
});

describe.skipIf(!requirePeer('prometheus'))('metric clients', () => {
  let store: PeerProcess;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    store = await startPrometheus({ flags: ['--web.enable-remote-write-receiver'] });
    gateway = await TestGateway.start();
    token = await gateway.createTenant('jobs', forwardPipeline(store.url), ['metrics:write']);
  });

  afterAll(async () => {
    await gateway?.stop();
    await store?.stop();
  });

  /** Labels without the name, and the value, of each series of that name. */
  async function stored(selector: string) {
    const series = await query(store.url, selector);
    return series.map(({ metric, value }) => {
      const { __name__, ...labels } = metric;
      return [labels, Number(value?.[1])];
    });
  }

  it("prom-client's Pushgateway pushes, adds and deletes", async () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'jobs_done_total', help: 'Done', labelNames: ['kind'], registers: [registry] });
    new Gauge({ name: 'job_last_success', help: 'When', registers: [registry] }).set(1.5e9);
    const client = new Pushgateway(gateway.url, { headers: { Authorization: `Bearer ${token}` } }, registry);
    const group = { jobName: 'nightly/backup', groupings: { instance: 'web 1' } };
    counter.inc({ kind: 'full' }, 2);
    await client.push(group);
    counter.inc({ kind: 'full' }, 3);
    await client.pushAdd(group);
    const labels = { job: 'nightly/backup', instance: 'web 1' };
    await waitUntil('the second push arrived', async () => {
      const [series] = await stored('jobs_done_total');
      return series?.[1] === 5;
    });
    expect(await stored('jobs_done_total')).toEqual([[{ ...labels, kind: 'full' }, 5]]);
    expect(await stored('job_last_success')).toEqual([[labels, 1.5e9]]);
    const [[pushLabels, pushTime]] = await stored('push_time_seconds');
    expect(pushLabels).toEqual(labels);
    expect(Math.abs(Number(pushTime) - Date.now() / 1000)).toBeLessThan(60);
    const { resp } = await client.delete(group);
    expect((resp as { statusCode?: number }).statusCode).toBe(202);
  });

  it('prometheus-remote-write pushes its series', async () => {
    const timestamp = Date.now();
    const result = await pushTimeseries(
      { labels: { __name__: 'from_npm', zone: 'b', area: 'a' }, samples: [{ value: 42, timestamp }] },
      { url: `${gateway.url}/api/v1/push`, auth: { username: 'anyone', password: token }, fetch: fetch as never },
    );
    expect(result.status).toBe(204);
    await waitUntil('the sample arrived', async () => (await stored('from_npm')).length > 0);
    expect(await stored('from_npm')).toEqual([[{ zone: 'b', area: 'a' }, 42]]);
  });

  it("InfluxDB's client writes its points", async () => {
    const failures: Error[] = [];
    const client = new InfluxDB({ url: gateway.url, token });
    const api = client.getWriteApi('org', 'bucket', 'ns', {
      flushInterval: 0,
      maxRetries: 0,
      writeFailed: (error) => {
        failures.push(error);
      },
    });
    api.path = '/api/v1/push/influx/write?precision=ns';
    api.writePoint(
      new Point('room climate')
        .tag('floor', 'ground floor')
        .floatField('temp', 21.5)
        .intField('people', 3)
        .stringField('note', 'a, "b"'),
    );
    api.writePoint(new Point('load').floatField('value', 0.25));
    await api.close();
    expect(failures).toEqual([]);
    await waitUntil('the points arrived', async () => (await stored('load')).length > 0);
    expect(await stored('room_climate_temp')).toEqual([[{ floor: 'ground floor' }, 21.5]]);
    expect(await stored('room_climate_people')).toEqual([[{ floor: 'ground floor' }, 3]]);
    expect(await stored('load')).toEqual([[{}, 0.25]]);
    expect(await stored('{__name__=~".*note.*"}')).toEqual([]);
  });
});
