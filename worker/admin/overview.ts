/** All that the console's first page shows, in one answer. */
import * as v from 'valibot';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { type AgentSummary, type ErrorReport, HUB_VERSION, type HubOverview } from '../hub/messages.ts';
import type { OutboxStatus } from '../outbox/messages.ts';
import { type GatewayProblem, gatewayProblems } from '../telemetry/problems.ts';
import { listTenants } from '../tenants/repository.ts';
import { jsonResponse, type Operation, tenantOf } from './operation.ts';
import { outboxesOf } from './outboxes.ts';
import { count, outboxShape, signal, timeMs, timeMsOrNull } from './shapes.ts';

/** Bounds the object calls of one page. */
const MAX_TENANTS = 50;

export interface TenantOverview {
  readonly name: string;
  readonly signals: HubOverview['signals'];
  readonly agents: readonly AgentSummary[];
  readonly outboxes: readonly OutboxStatus[];
  readonly errors: readonly ErrorReport[];
  readonly refusals: HubOverview['refusals'];
  readonly active: HubOverview['active'];
  readonly elections: HubOverview['elections'];
}

export interface Overview {
  readonly nowMs: number;
  /** Tenants in all; the list holds the first of them. */
  readonly tenantCount: number;
  readonly tenants: readonly TenantOverview[];
  readonly problems: readonly GatewayProblem[];
}

const signalSummary = v.object({
  itemsPerSecond: v.number(),
  acceptedTotal: count,
  rejectedTotal: count,
  droppedTotal: count,
  deliveredTotal: count,
  queuedTotal: count,
  refusedPushesTotal: count,
  history: v.pipe(
    v.array(v.pipe(v.array(v.number()), v.length(2))),
    v.description('pairs of a time in milliseconds and items per second'),
  ),
});

const tenantShape = v.object({
  name: v.string(),
  signals: v.object({
    metrics: signalSummary,
    logs: signalSummary,
    traces: signalSummary,
    profiles: signalSummary,
  }),
  agents: v.array(
    v.object({
      id: v.string(),
      kind: v.picklist(['agent', 'client']),
      lastSeenAtMs: timeMs,
      lastTakenAtMs: v.pipe(timeMsOrNull, v.description('null: nothing of it was ever taken')),
      userAgent: v.string(),
      tokenName: v.string(),
    }),
  ),
  outboxes: v.array(outboxShape),
  errors: v.array(v.object({ atMs: timeMs, reason: v.string(), message: v.string(), count })),
  refusals: v.pipe(
    v.array(v.object({ signal: v.union([signal, v.literal('batch')]), reason: v.string(), pushes: count })),
    v.description('pushes that were refused as a whole'),
  ),
  active: v.pipe(
    v.object({ series: v.number(), streams: v.number() }),
    v.description('estimated; of the last 10 to 20 minutes'),
  ),
  elections: v.pipe(
    v.array(v.object({ cluster: v.string(), replica: v.string(), receivedAtMs: timeMs })),
    v.description('the replica that is taken of each pair'),
  ),
});

const overviewShape = v.object({
  nowMs: timeMs,
  tenantCount: v.pipe(count, v.description('tenants in all; the list holds the first of them')),
  tenants: v.array(tenantShape),
  problems: v.pipe(
    v.array(v.object({ reason: v.string(), message: v.string() })),
    v.description(
      'of the gateway as a whole: `secrets_key_missing`, `secrets_key_invalid`, `secrets_key_unknown` (what is sealed with a key that is gone), `secrets_key_wrong` (another key under the same id), `unreadable`; looked for every 10 minutes',
    ),
  ),
});

export const overviewOperations: readonly Operation[] = [
  {
    id: 'getOverview',
    method: 'GET',
    path: '/overview',
    summary: "All that the console's first page shows.",
    access: 'gateway',
    responses: { 200: jsonResponse(overviewShape, 'The first 50 tenants by name.') },
    handle: async (c) => c.json(await overview(c.env)),
  },
  {
    id: 'getTenantOverview',
    method: 'GET',
    path: '/tenants/:tenant/overview',
    summary: 'The same of one tenant.',
    access: 'tenant',
    responses: { 200: jsonResponse(v.object({ nowMs: timeMs, tenant: tenantShape }), 'As in the list of tenants.') },
    handle: async (c) => c.json({ nowMs: Date.now(), tenant: await tenantOverview(c.env, tenantOf(c)) }),
  },
];

export async function overview(env: Env): Promise<Overview> {
  const [tenants, problems] = await Promise.all([listTenants(env.DB), gatewayProblems(env, Date.now())]);
  const shown = await Promise.all(tenants.slice(0, MAX_TENANTS).map(({ name }) => tenantOverview(env, name)));
  return { nowMs: Date.now(), tenantCount: tenants.length, tenants: shown, problems };
}

async function tenantOverview(env: Env, name: string): Promise<TenantOverview> {
  const { v: _, outboxes, ...known } = await tenantHub(env, name).overview({ v: HUB_VERSION });
  return { name, ...known, outboxes: await outboxesOf(env, name, outboxes) };
}
