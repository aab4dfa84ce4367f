/** The admin API: tenants, tokens, pipelines, outboxes, and the console's overview. docs/admin-api.md lists it. */
import { Hono } from 'hono';
import { forgetToken } from '../auth/authenticate.ts';
import { createTokenParts, formatToken, sha256Hex } from '../auth/token.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { expireLease } from '../hub/lease-cache.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { appendLimits } from '../tenants/limits.ts';
import { findTenant, insertTenant, listTenants } from '../tenants/repository.ts';
import type { TokenRecord } from '../tenants/tenant.ts';
import { insertToken, listTokens, revokeToken } from '../tenants/tokens.ts';
import { requireAdmin } from './authorize.ts';
import { explainItem } from './explain.ts';
import { getPipelineGraph } from './graph.ts';
import { getLimits, putLimits } from './limits.ts';
import { gatewayMetrics } from './metrics.ts';
import { outboxActions } from './outbox-actions.ts';
import { outboxList } from './outboxes.ts';
import { overview } from './overview.ts';
import { getPipeline, putPipeline } from './pipelines.ts';
import { readJson, refuse } from './read-json.ts';
import { createTenantSchema, createTokenSchema } from './schemas.ts';

export const admin = new Hono<{ Bindings: Env }>();

admin.use(requireAdmin);

admin.get('/tenants', async (c) => c.json({ tenants: await listTenants(c.env.DB) }));

admin.post('/tenants', async (c) => {
  const body = await readJson(c, createTenantSchema);
  if ('response' in body) return body.response;
  const tenant = { ...body.value, createdAtMs: Date.now() };
  if (!(await insertTenant(c.env.DB, tenant)))
    return refuse(c, 409, 'tenant_exists', `there is a tenant ${tenant.name} already`);
  if (Object.keys(tenant.limits).length > 0) {
    await appendLimits(c.env.DB, tenant.name, tenant.limits, tenant.createdAtMs);
  }
  return c.json(tenant, 201);
});

admin.use('/tenants/:tenant/*', async (c, next) => {
  const tenant = c.req.param('tenant');
  if ((await findTenant(c.env.DB, tenant)) === undefined) {
    return refuse(c, 404, 'tenant_unknown', `there is no tenant ${JSON.stringify(tenant)}`);
  }
  await next();
});

admin.get('/tenants/:tenant/limits', (c) => getLimits(c, c.req.param('tenant')));

admin.put('/tenants/:tenant/limits', async (c) => {
  const tenant = c.req.param('tenant');
  const response = await putLimits(c, tenant);
  if (response.ok) await tellHub(c.env, tenant);
  return response;
});

admin.get('/tenants/:tenant/tokens', async (c) => {
  const tokens = await listTokens(c.env.DB, c.req.param('tenant'));
  return c.json({ tokens: tokens.map(publicToken) });
});

admin.post('/tenants/:tenant/tokens', async (c) => {
  const body = await readJson(c, createTokenSchema);
  if ('response' in body) return body.response;
  const parts = createTokenParts();
  const token: TokenRecord = {
    ...body.value,
    id: parts.id,
    tenant: c.req.param('tenant'),
    secretSha256: sha256Hex(parts.secret),
    createdAtMs: Date.now(),
    revokedAtMs: null,
  };
  await insertToken(c.env.DB, token);
  // The one time that the token is seen: only its hash is stored.
  return c.json({ ...publicToken(token), token: formatToken(parts) }, 201);
});

admin.delete('/tenants/:tenant/tokens/:id', async (c) => {
  const { tenant, id } = c.req.param();
  if (!(await revokeToken(c.env.DB, tenant, id, Date.now()))) {
    return refuse(c, 404, 'token_unknown', `the tenant ${tenant} has no token ${JSON.stringify(id)}`);
  }
  forgetToken(id);
  return c.body(null, 204);
});

admin.get('/tenants/:tenant/pipeline', (c) => getPipeline(c, c.req.param('tenant')));

admin.get('/tenants/:tenant/pipeline/graph', (c) => getPipelineGraph(c, c.req.param('tenant')));

admin.post('/tenants/:tenant/explain', (c) => explainItem(c, c.req.param('tenant')));

admin.put('/tenants/:tenant/pipeline', async (c) => {
  const tenant = c.req.param('tenant');
  const response = await putPipeline(c, tenant);
  if (response.ok) await tellHub(c.env, tenant);
  return response;
});

admin.get('/tenants/:tenant/outboxes', async (c) =>
  c.json({ outboxes: await outboxList(c.env, c.req.param('tenant')) }),
);

admin.route('/tenants/:tenant/outbox', outboxActions);

admin.get('/overview', async (c) => c.json(await overview(c.env)));

admin.get('/metrics', gatewayMetrics);

// A sub-application's own notFound handler is not asked.
admin.all('*', (c) => refuse(c, 404, 'not_found', `the admin API has no ${c.req.method} ${c.req.path}`));

admin.onError((error, c) => {
  log('error', 'admin_failed', { method: c.req.method, path: c.req.path, error: errorText(error) });
  c.header('Cache-Control', 'no-store');
  c.header('Retry-After', '5');
  return refuse(c, 503, 'unavailable', 'the database or an object does not answer; try again');
});

/** Leases end within 5 s, so every isolate follows soon; this one follows now. */
async function tellHub(env: Env, tenant: string): Promise<void> {
  await tenantHub(env, tenant).settingsChanged({ v: HUB_VERSION });
  expireLease(tenant);
}

function publicToken({ secretSha256: _, ...token }: TokenRecord): Omit<TokenRecord, 'secretSha256'> {
  return token;
}
