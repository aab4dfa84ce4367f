/** Every route of the gateway. */
import { Hono } from 'hono';
import { admin } from './admin/routes.ts';
import { consoleAsset, notFound } from './console/assets.ts';
import type { Env } from './env.ts';
import { badHost, isPlainHost } from './host-name.ts';
import { handleBatch } from './ingest/batch.ts';
import { toFailure } from './ingest/decode-failure.ts';
import type { PushProtocol } from './ingest/protocol.ts';
import { PROTOCOLS } from './ingest/protocols/index.ts';
import { handlePush } from './ingest/push.ts';
import { textFailure } from './ingest/respond.ts';
import { installFile, installScript } from './install/install-files.ts';
import { received } from './install/received.ts';
import { securityHeaders } from './security-headers.ts';
import { renderCounters } from './telemetry/counters.ts';
import { EXPOSITION_CONTENT_TYPE } from './telemetry/exposition.ts';
import { healthy, ready } from './telemetry/health.ts';

export const app = new Hono<{ Bindings: Env }>();

/** Push routes without a pattern, by method and path: the way of nearly every request goes past the router. */
const pushes = new Map<string, PushProtocol>();

/** The gateway's answer to a request. */
export function handle(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  const { url } = request;
  const host = url.indexOf('//') + 2;
  const start = url.indexOf('/', host);
  // The header, where there is one: what stands in the URL is cut at the first slash, which may be the header's own.
  if (!isPlainHost(request.headers.get('host') ?? url.slice(host, start))) return badHost();
  const protocol = pushes.get(`${request.method} ${pathAt(url, start)}`);
  if (protocol === undefined) return app.fetch(request, env, ctx);
  return handlePush(request, env, ctx, protocol).catch((error: unknown) => textFailure(toFailure(error)));
}

/** Of an absolute URL, as it stands there. */
function pathAt(url: string, start: number): string {
  const query = url.indexOf('?', start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
}

app.use(securityHeaders);

for (const protocol of PROTOCOLS) {
  for (const { method, path } of protocol.routes) {
    if (!/[:*{]/.test(path)) pushes.set(`${method} ${path}`, protocol);
    app.on(method, path, (c) => handlePush(c.req.raw, c.env, executionContext(c), protocol));
  }
}

app.post('/api/v1/batch', (c) => handleBatch(c.req.raw, c.env, executionContext(c)));

for (const [path, methods] of pushMethods()) app.all(path, () => methodNotAllowed(methods));

app.route('/admin/v1', admin);

app.get('/install.sh', (c) => installScript(c.req.raw, c.env));
app.get('/install/:file', (c) => installFile(c.req.raw, c.env, c.req.param('file')));
app.get('/api/v1/received', (c) => received(c.req.raw, c.env));

app.get('/metrics', () => {
  return new Response(renderCounters(), { headers: { 'Content-Type': EXPOSITION_CONTENT_TYPE } });
});
app.get('/-/healthy', () => healthy());
app.get('/-/ready', (c) => ready(c.env));

app.get('*', (c) => consoleAsset(c.req.raw, c.env));

app.notFound(() => notFound());

/** A fault of ours: 503 and not 500, because some senders take 500 for final. */
app.onError((error) => textFailure(toFailure(error)));

/** The push paths with their methods: any other method is 405, and not the 404 that hides a wrong URL from a wrong verb. */
function pushMethods(): Map<string, string[]> {
  const routes = [{ method: 'POST', path: '/api/v1/batch' }, ...PROTOCOLS.flatMap(({ routes }) => routes)];
  const byPath = new Map<string, string[]>();
  for (const { method, path } of routes) byPath.set(path, [...(byPath.get(path) ?? []), method]);
  return byPath;
}

function methodNotAllowed(methods: readonly string[]): Response {
  const allow = methods.join(', ');
  return new Response(`This path takes ${allow}.\n`, { status: 405, headers: { Allow: allow } });
}

function executionContext(c: { executionCtx: unknown }): ExecutionContext {
  return c.executionCtx as ExecutionContext;
}
