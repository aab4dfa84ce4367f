/** Reading the audit log: who did what, and what was refused. */
import * as v from 'valibot';
import { type AuditEntry, listActs } from '../tenants/audit.ts';
import {
  type AdminContext,
  integerParameter,
  jsonResponse,
  type Operation,
  queryInteger,
  tenantOf,
  textParameter,
} from './operation.ts';
import { count, timeMs } from './shapes.ts';

const DEFAULT_ROWS = 100;
const MAX_ROWS = 1_000;

const page = {
  before: integerParameter('only entries older than the one of this id'),
  limit: integerParameter(`how many, ${DEFAULT_ROWS} unless told`, { minimum: 1, maximum: MAX_ROWS }),
};

const auditAnswer = jsonResponse(
  v.object({
    entries: v.array(
      v.object({
        id: count,
        atMs: timeMs,
        actor: v.pipe(v.string(), v.description('`root`, `operator:NAME` or `token:ID`')),
        action: v.pipe(v.string(), v.description('`token.create`')),
        tenant: v.pipe(v.nullable(v.string()), v.description('null: it concerns the gateway')),
        target: v.pipe(v.string(), v.description('the id or name of what it was done to')),
        status: v.pipe(count, v.description('of the answer; 0: it began, and how it ended could not be recorded')),
        detail: v.record(v.string(), v.unknown()),
      }),
    ),
    next: v.pipe(v.nullable(count), v.description('`before` of the next page; null: there are no older entries')),
  }),
  'Newest first.',
);

export const auditOperations: readonly Operation[] = [
  {
    id: 'listAudit',
    method: 'GET',
    path: '/audit',
    summary: 'Lists administrative acts of the whole gateway, also those that were refused.',
    access: 'gateway',
    query: { ...page, tenant: textParameter('only acts on this tenant') },
    responses: { 200: auditAnswer },
    handle: (c) => listAudit(c, c.req.query('tenant')),
  },
  {
    id: 'listTenantAudit',
    method: 'GET',
    path: '/tenants/:tenant/audit',
    summary: 'Lists administrative acts on one tenant.',
    access: 'tenant',
    query: page,
    responses: { 200: auditAnswer },
    handle: (c) => listAudit(c, tenantOf(c)),
  },
];

async function listAudit(c: AdminContext, tenant: string | undefined): Promise<Response> {
  const limit = queryInteger(c, 'limit') ?? DEFAULT_ROWS;
  const found = await listActs(c.env.DB, { tenant, before: queryInteger(c, 'before'), limit: limit + 1 });
  const shown = found.slice(0, limit);
  return c.json({ entries: shown.map(entryJson), next: found.length > limit ? (shown.at(-1)?.id ?? null) : null });
}

function entryJson({ detail, ...entry }: AuditEntry) {
  return { ...entry, detail: JSON.parse(detail) as Record<string, unknown> };
}
