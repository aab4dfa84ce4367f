/** Unmodified clients from npm push logs and traces through the gateway; only their URL and credentials are ours. */
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import pino from 'pino';
import pinoLoki from 'pino-loki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import winston from 'winston';
import LokiTransport from 'winston-loki';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('clients', () => {
  let destination: FakeDestination;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    destination = await FakeDestination.start();
    gateway = await TestGateway.start();
    token = await gateway.createTenant('apps', forwardPipeline(destination.url), ['logs:write', 'traces:write']);
  });

  afterAll(async () => {
    await gateway?.stop();
    await destination?.close();
  });

  const linesWith = (text: string) =>
    [...destination.lines].flatMap(([labels, lines]) =>
      lines.filter((line) => line.includes(text)).map((line) => ({ labels, line })),
    );

  it('pino-loki delivers its lines with their labels', async () => {
    const stream = pinoLoki({
      host: gateway.url,
      basicAuth: { username: 'anyone', password: token },
      labels: { app: 'pino-app' },
      batching: { interval: 1 },
    });
    const logger = pino(stream);
    for (let i = 0; i < 20; i++) logger.info({ i }, 'pino line ünïcödé');
    await waitUntil('all lines arrived', () => linesWith('pino line').length === 20);
    expect(linesWith('pino line')[0]?.labels).toContain('app="pino-app"');
    expect(linesWith('ünïcödé').length).toBe(20);
    stream.end();
  });

  for (const json of [true, false]) {
    it(`winston-loki delivers its lines as ${json ? 'JSON' : 'protobuf and snappy'}`, async () => {
      const marker = `winston line json=${json}`;
      const transport = new LokiTransport({
        host: gateway.url,
        basicAuth: `anyone:${token}`,
        labels: { app: 'winston-app' },
        json,
        interval: 1,
        replaceTimestamp: true,
      });
      const logger = winston.createLogger({ transports: [transport] });
      for (let i = 0; i < 20; i++) logger.info(marker, { i });
      await waitUntil('all lines arrived', () => linesWith(marker).length === 20);
      expect(linesWith(marker)[0]?.labels).toContain('app="winston-app"');
      logger.close();
    });
  }

  const exporters: readonly (readonly [string, (url: string, headers: Record<string, string>) => SpanExporter])[] = [
    ['JSON on /v1/traces', (url, headers) => new JsonExporter({ url: `${url}/v1/traces`, headers })],
    ['protobuf on /otlp/v1/traces', (url, headers) => new ProtobufExporter({ url: `${url}/otlp/v1/traces`, headers })],
  ];
  for (const [name, create] of exporters) {
    it(`the OpenTelemetry SDK delivers its spans as ${name}`, async () => {
      const provider = new TracerProvider({
        resource: resourceFromAttributes({ 'service.name': 'shop' }),
        spanProcessors: [
          new SimpleSpanProcessor({
            exporter: create(gateway.url, { authorization: `Bearer ${token}` }),
          }),
        ],
      });
      const tracer = provider.getTracer('test');
      for (let i = 0; i < 5; i++) {
        const span = tracer.startSpan(`${name} ${i}`, { attributes: { 'http.request.method': 'GET', retries: i } });
        span.addEvent('cache miss');
        span.end();
      }
      await provider.forceFlush();
      await waitUntil(
        'all spans arrived',
        () => destination.spanNames.filter((span) => span.startsWith(name)).length === 5,
      );
      await provider.shutdown();
    });
  }

  it("sends none of the client's credentials or tenant headers on", async () => {
    await fetch(`${gateway.url}/loki/api/v1/push`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-scope-orgid': 'somebody-else',
        'x-forwarded-for': '1.2.3.4',
      },
      body: JSON.stringify({
        streams: [{ stream: { app: 'header-check' }, values: [[`${Date.now()}000000`, 'hello']] }],
      }),
    });
    const last = destination.requests.at(-1);
    expect(last?.path).toBe('/loki/api/v1/push');
    expect(Object.keys(last?.headers ?? {}).sort()).toEqual(
      expect.not.arrayContaining(['authorization', 'x-scope-orgid', 'x-forwarded-for']),
    );
  });
});
