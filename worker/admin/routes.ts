/**
 * The admin API: mounts every operation of operations.ts behind one chain, in this order: who is it, may they, is there
 * such a tenant, is the query right, and, where something changes, the row in the audit log.
 */
import { type Context, Hono } from 'hono';
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { findTenant } from '../tenants/repository.ts';
import { recordAct, recordRefusal } from './audit-trail.ts';
import { type AdminContext, type AdminVariables, changesSomething, type Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { findPrincipal, type Principal, refusal, unknownTenant } from './principal.ts';
import { queryProblem } from './query-check.ts';
import { refuse } from './read-json.ts';

export const admin = new Hono<{ Bindings: Env; Variables: AdminVariables }>();

for (const [path, operations] of operationsByPath()) {
  for (const operation of operations) {
    admin.on(operation.method, path, async (c) => neverCached(await serve(c, operation)));
  }
  const methods = operations.map(({ method }) => method);
  admin.all(path, async (c) => neverCached((await stranger(c)) ?? methodNotAllowed(c, methods)));
}

// A sub-application's own notFound handler is not asked.
admin.all('*', async (c) => {
  const notFound = () => refuse(c, 404, 'not_found', `the admin API has no ${c.req.method} ${c.req.path}`);
  return neverCached((await stranger(c)) ?? notFound());
});

admin.onError((error, c) => {
  log('error', 'admin_failed', { method: c.req.method, path: c.req.path, error: errorText(error) });
  c.header('Retry-After', '5');
  return neverCached(
    refuse(c, 503, 'unavailable', "the database or an object does not answer; try again, or see the gateway's log"),
  );
});

async function serve(c: AdminContext, operation: Operation): Promise<Response> {
  if (operation.access === 'public') return operation.handle(c);
  const principal = await findPrincipal(c);
  if (principal instanceof Response) return principal;
  c.set('principal', principal);
  const refused = await refusedAccess(c, principal, operation);
  const answer = async () => queryProblem(c, operation) ?? operation.handle(c);
  if (!changesSomething(operation)) return refused ?? answer();
  if (refused !== undefined) return recordRefusal(c, operation, principal, refused);
  return recordAct(c, operation, principal, answer);
}

async function refusedAccess(
  c: AdminContext,
  principal: Principal,
  operation: Operation,
): Promise<Response | undefined> {
  const refused = refusal(c, principal, operation);
  if (refused !== undefined) return refused;
  const tenant = c.req.param('tenant');
  return tenant === undefined || (await findTenant(c.env.DB, tenant)) !== undefined ? undefined : unknownTenant(c);
}

/** Whoever is not known learns nothing of which paths there are. */
async function stranger(c: AdminContext): Promise<Response | undefined> {
  const principal = await findPrincipal(c);
  return principal instanceof Response ? principal : undefined;
}

/** Paths without parameters come first: `/secrets/reencrypt` is not the secret of that name. */
function operationsByPath(): [path: string, operations: Operation[]][] {
  const byPath = Map.groupBy(OPERATIONS, ({ path }) => path);
  const parameters = (path: string) => path.split('/:').length;
  return [...byPath].sort(([a], [b]) => parameters(a) - parameters(b));
}

function methodNotAllowed(c: Context, methods: readonly string[]): Response {
  const allow = methods.join(', ');
  c.header('Allow', allow);
  return c.json({ error: 'method_not_allowed', message: `this path takes ${allow}` }, 405);
}

function neverCached(response: Response): Response {
  response.headers.set('Cache-Control', 'no-store');
  return response;
}
