/** Every route of the gateway. */
import { Hono } from 'hono';
import { admin } from './admin/routes.ts';
import { consoleAsset, notFound } from './console/assets.ts';
import type { Env } from './env.ts';
import { handleBatch } from './ingest/batch.ts';
import { logsDecoder, metricsDecoder, tracesDecoder } from './ingest/decode.ts';
import { toFailure } from './ingest/decode-failure.ts';
import { mediaType } from './ingest/format.ts';
import { handlePush } from './ingest/push.ts';
import { lokiResponder, otlpResponder, remoteWriteResponder, textFailure } from './ingest/respond.ts';
import { renderCounters } from './telemetry/counters.ts';
import { healthy, ready } from './telemetry/health.ts';

export const app = new Hono<{ Bindings: Env }>();

for (const path of ['/api/v1/push', '/api/prom/push', '/api/v1/write']) {
  app.post(path, (c) => handlePush(c.req.raw, c.env, executionContext(c), metricsDecoder, remoteWriteResponder));
}

app.post('/loki/api/v1/push', (c) => handlePush(c.req.raw, c.env, executionContext(c), logsDecoder, lokiResponder));

for (const path of ['/otlp/v1/traces', '/v1/traces']) {
  app.post(path, (c) => {
    const isJson = mediaType(c.req.header('content-type') ?? '') === 'application/json';
    const responder = otlpResponder(isJson ? 'json' : 'protobuf');
    return handlePush(c.req.raw, c.env, executionContext(c), tracesDecoder, responder);
  });
}

app.post('/api/v1/batch', (c) => handleBatch(c.req.raw, c.env, executionContext(c)));

app.route('/admin/v1', admin);

app.get('/metrics', () => {
  return new Response(renderCounters(), { headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' } });
});
app.get('/-/healthy', () => healthy());
app.get('/-/ready', (c) => ready(c.env));

app.get('*', (c) => consoleAsset(c.req.raw, c.env));

app.notFound(() => notFound());

/** A fault of ours: 503 and not 500, because some senders take 500 for final. */
app.onError((error) => textFailure(toFailure(error)));

function executionContext(c: { executionCtx: unknown }): ExecutionContext {
  return c.executionCtx as ExecutionContext;
}
