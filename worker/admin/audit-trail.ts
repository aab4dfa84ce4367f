/**
 * Acts and their rows in the audit log. The row is written before the act and an act without one does not happen (503),
 * so nobody can administer unseen while the database refuses writes; the outcome is added after it. If only that fails,
 * the row stays with status 0, "began, outcome not recorded", which is true. Details hold names and counts, never secrets.
 */
import { errorText, log } from '../telemetry/log.ts';
import { type AuditAct, completeAct, insertAct, pruneAudit } from '../tenants/audit.ts';
import { type AdminContext, type AuditValue, auditDetail, type Operation } from './operation.ts';
import type { Principal } from './principal.ts';

const MAX_TARGET_LENGTH = 300;
const MAX_DETAIL_LENGTH = 2_000;
const MAX_VALUE_LENGTH = 200;

/** Acts on the tenant that the path names, or, where that is not the principal's business, on its own. */
export async function recordAct(
  c: AdminContext,
  operation: Operation,
  principal: Principal,
  act: () => Promise<Response>,
): Promise<Response> {
  const tenant = c.req.param('tenant') ?? null;
  const id = await insertAct(c.env.DB, { ...actOf(c, operation, principal, tenant), status: 0 });
  let status = 503;
  try {
    const response = await act();
    status = response.status;
    return response;
  } finally {
    await complete(c, id, status, operation, principal, tenant);
  }
}

/** Refused before it began: one row that says so. An unknown tenant gets none of its own. */
export async function recordRefusal(
  c: AdminContext,
  operation: Operation,
  principal: Principal,
  response: Response,
): Promise<Response> {
  const asked = c.req.param('tenant');
  const tenant = principal.tenant ?? (response.status === 404 ? null : (asked ?? null));
  if (asked !== undefined && asked !== tenant) auditDetail(c, defaultTarget(c), { tenant: asked });
  const act = { ...actOf(c, operation, principal, tenant), status: response.status };
  prune(c, await insertAct(c.env.DB, act), tenant);
  return response;
}

async function complete(
  c: AdminContext,
  id: number,
  status: number,
  operation: Operation,
  principal: Principal,
  tenant: string | null,
): Promise<void> {
  try {
    const { target, detail } = actOf(c, operation, principal, tenant);
    await completeAct(c.env.DB, id, { target, status, detail });
    prune(c, id, tenant);
  } catch (error) {
    log('error', 'audit_incomplete', { id, action: operation.audit ?? '', status, error: errorText(error) });
  }
}

function actOf(
  c: AdminContext,
  operation: Operation,
  principal: Principal,
  tenant: string | null,
): Omit<AuditAct, 'status'> {
  const note = c.get('audit');
  return {
    atMs: Date.now(),
    actor: principal.name,
    action: operation.audit ?? operation.id,
    tenant,
    target: (note?.target ?? defaultTarget(c)).slice(0, MAX_TARGET_LENGTH),
    detail: detailText(note?.detail ?? {}),
  };
}

/** What the path or the query names beside the tenant. */
function defaultTarget(c: AdminContext): string {
  return c.req.param('id') ?? c.req.param('name') ?? c.req.param('version') ?? c.req.query('destination') ?? '';
}

function detailText(detail: Readonly<Record<string, AuditValue>>): string {
  const short = (value: AuditValue) => (typeof value === 'string' ? value.slice(0, MAX_VALUE_LENGTH) : value);
  const text = JSON.stringify(Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, short(value)])));
  return text.length <= MAX_DETAIL_LENGTH ? text : JSON.stringify({ tooLong: true });
}

function prune(c: AdminContext, id: number, tenant: string | null): void {
  const pruned = pruneAudit(c.env.DB, id, tenant, Date.now()).catch((error: unknown) =>
    log('warn', 'audit_prune_failed', { error: errorText(error) }),
  );
  c.executionCtx.waitUntil(pruned);
}
