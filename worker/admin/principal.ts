/**
 * Who asks, and what they may do. Every token that is not good gets one and the same answer, whatever is wrong with it;
 * whoever is known hears plainly what is not theirs. Tokens are compared as hashes, so timing tells nothing of them.
 */
import type { Failure } from '../../core/outcome.ts';
import { authenticate } from '../auth/authenticate.ts';
import { tokenFromHeaders } from '../auth/credentials.ts';
import { adminTokenRefusal } from '../auth/guarded.ts';
import { sameSecret, sha256Hex } from '../auth/token.ts';
import { TenantReport } from '../hub/report-buffer.ts';
import type { OperatorRole } from '../tenants/operators.ts';
import type { TokenRecord } from '../tenants/tenant.ts';
import { type AdminContext, changesSomething, type Operation } from './operation.ts';
import { authenticateOperator } from './operator-auth.ts';
import { refuse } from './read-json.ts';

export interface Principal {
  readonly kind: 'root' | 'operator' | 'tenant';
  /** As the audit log and the author of a pipeline show it: `root`, `operator:NAME`, `token:ID`. */
  readonly name: string;
  readonly role: OperatorRole;
  /** Of a tenant's token: the one tenant that there is for it. */
  readonly tenant?: string;
  readonly expiresAtMs: number | null;
}

/** The principal, or the answer that refuses the request. */
export async function findPrincipal(c: AdminContext): Promise<Principal | Response> {
  const { ADMIN_TOKEN } = c.env;
  if (ADMIN_TOKEN === undefined || ADMIN_TOKEN === '') {
    return refuse(c, 503, 'admin_disabled', 'This gateway has no ADMIN_TOKEN secret, so its admin API is off.');
  }
  const given = tokenFromHeaders(c.req.raw.headers);
  if (given === undefined) return unauthenticated(c);
  if (sameSecret(given, sha256Hex(ADMIN_TOKEN))) {
    const refused = adminTokenRefusal(given, c.req.raw, c.env, Date.now());
    if (refused !== undefined) return refusedToken(c, refused);
    return { kind: 'root', name: 'root', role: 'admin', expiresAtMs: null };
  }
  if (given.startsWith('spo_')) {
    const found = await authenticateOperator(given, c.req.raw, c.env, Date.now());
    if (!found.ok) return refusedToken(c, found);
    const { name, role, expiresAtMs } = found.value;
    return { kind: 'operator', name: `operator:${name}`, role, expiresAtMs };
  }
  const found = await authenticate(c.req.raw, c.env, Date.now());
  if (!found.ok) return refusedToken(c, found);
  const { id, tenant } = found.value;
  new TenantReport(c.env, c.executionCtx as ExecutionContext, tenant).usedToken(id);
  return tenantPrincipal(found.value) ?? refuse(c, 403, 'forbidden', PUSH_ONLY);
}

const PUSH_ONLY = 'This token may push and nothing else: the admin API takes tokens with the scope admin or read.';

function tenantPrincipal({ id, tenant, scopes, expiresAtMs }: TokenRecord): Principal | undefined {
  const role = scopes.includes('admin') ? 'admin' : scopes.includes('read') ? 'viewer' : undefined;
  return role === undefined ? undefined : { kind: 'tenant', name: `token:${id}`, role, tenant, expiresAtMs };
}

/** Why the principal may not, or undefined where it may. */
export function refusal(c: AdminContext, principal: Principal, operation: Operation): Response | undefined {
  const { access, metricsRole, operatorsOnly } = operation;
  if (access === 'any' || access === 'public') return undefined;
  const denied = (message: string) => refuse(c, 403, 'forbidden', message);
  if (principal.kind === 'tenant') {
    if (access === 'gateway')
      return denied('This is for operators of the gateway; a token of a tenant administers its tenant only.');
    // Before anything else: of other tenants it does not even hear that they exist.
    if (c.req.param('tenant') !== principal.tenant) return unknownTenant(c);
    if (operatorsOnly === true && changesSomething(operation)) {
      return denied('This is set by operators of the gateway; a token of the tenant may read it.');
    }
  }
  if (principal.role === 'metrics' && metricsRole !== true) {
    return denied('The role metrics may read GET /admin/v1/metrics and nothing else.');
  }
  if (principal.role === 'viewer' && changesSomething(operation)) {
    return denied(
      principal.kind === 'tenant'
        ? 'The scope read may not change anything; it takes a token with the scope admin.'
        : 'The role viewer may not change anything; it takes an operator with the role admin.',
    );
  }
  return undefined;
}

/** Whether texts may be shown with the secrets that are in them. */
export function seesSecrets(principal: Principal): boolean {
  return principal.role === 'admin';
}

export function unknownTenant(c: AdminContext): Response {
  return refuse(c, 404, 'tenant_unknown', `there is no tenant ${JSON.stringify(c.req.param('tenant'))}`);
}

function unauthenticated(c: AdminContext): Response {
  c.header('WWW-Authenticate', 'Bearer realm="spillway"');
  const message =
    'No valid token. Send "Authorization: Bearer …" with the admin token, the token of an operator (spo_…), or a token of a tenant with the scope admin or read.';
  return c.json({ error: 'unauthenticated', message }, 401);
}

/** Whatever is wrong with the token, the answer is the same. */
function refusedToken(c: AdminContext, { reason, message, retryAfterSeconds }: Failure): Response {
  if (reason === 'unauthenticated') return unauthenticated(c);
  c.header('Retry-After', String(retryAfterSeconds ?? 5));
  if (reason === 'too_many_requests') return refuse(c, 429, reason, message);
  return refuse(c, 503, 'unavailable', 'the token cannot be checked at the moment; try again');
}
