/**
 * GET /admin/v1/metrics: backlogs, totals and agents of all tenants for one scrape, in Prometheus' text format. Exact and
 * of the whole gateway, where /metrics tells what one isolate did. It asks objects that hold something and no others, and
 * its work is bounded: docs/metrics.md states the limits.
 */
import { SIGNALS } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { type AgentSummary, HUB_VERSION, type HubOverview } from '../hub/messages.ts';
import { outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION, type OutboxStatus } from '../outbox/messages.ts';
import { EXPOSITION_CONTENT_TYPE, Exposition } from '../telemetry/exposition.ts';
import { errorText, log } from '../telemetry/log.ts';
import { listActiveOutboxes } from '../tenants/active-outboxes.ts';
import { listTenants } from '../tenants/repository.ts';
import { within } from '../timeout.ts';
import { METRIC_FAMILIES, type MetricName } from './metric-families.ts';
import { type AdminContext, jsonResponse, type Operation, textParameter, textResponse } from './operation.ts';
import { refuse } from './read-json.ts';
import { errorShape } from './shapes.ts';

/** One call of an object each: together well below the thousand that a request may make on the smallest plan. */
const MAX_TENANTS = 100;
const MAX_OUTBOXES = 500;
const MAX_AGENTS = 1_000;
/** One that is gone for longer is taken for switched off: its series ends, and with it the alert. */
const AGENT_KNOWN_MS = 24 * 60 * 60 * 1000;
/** Scrapes have 10 s by default, and what did answer must be in time. */
const ANSWER_TIMEOUT_MS = 5_000;

type Metrics = Exposition<MetricName>;

interface Known {
  readonly tenant: string;
  readonly hub: HubOverview;
}

export const metricsOperations: readonly Operation[] = [
  {
    id: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Backlogs, totals and agents as Prometheus text: [metrics.md](metrics.md).',
    access: 'gateway',
    metricsRole: true,
    query: { tenant: textParameter('only this tenant', { repeated: true }) },
    responses: {
      200: textResponse(EXPOSITION_CONTENT_TYPE, "Prometheus' text format."),
      404: jsonResponse(errorShape, '`tenant_unknown`: there is no tenant of a name that was given.'),
    },
    handle: gatewayMetrics,
  },
];

async function gatewayMetrics(c: AdminContext): Promise<Response> {
  const names = (await listTenants(c.env.DB)).map(({ name }) => name);
  const wanted = c.req.queries('tenant') ?? [];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return refuse(c, 404, 'tenant_unknown', `there is no tenant ${JSON.stringify(unknown)}`);
  }
  const chosen = wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
  const metrics = new Exposition(METRIC_FAMILIES);
  metrics.add('spillway_tenants', {}, names.length);
  await addTenants(metrics, c.env, await backlogFirst(c.env, chosen));
  return new Response(metrics.render(), { headers: { 'Content-Type': EXPOSITION_CONTENT_TYPE } });
}

/** Where not all have room, those with a backlog must. */
async function backlogFirst(env: Env, names: readonly string[]): Promise<string[]> {
  if (names.length <= MAX_TENANTS) return [...names];
  const behind = new Set((await listActiveOutboxes(env.DB)).map(({ tenant }) => tenant));
  return [...names.filter((name) => behind.has(name)), ...names.filter((name) => !behind.has(name))];
}

async function addTenants(metrics: Metrics, env: Env, names: readonly string[]): Promise<void> {
  const shown = names.slice(0, MAX_TENANTS);
  const hubs = await Promise.all(shown.map((tenant) => askHub(env, tenant)));
  const known = hubs.filter((found) => found !== undefined);
  const nowMs = Date.now();
  for (const found of known) if (hasAnything(found.hub)) addTenant(metrics, found);
  const agents = known.flatMap(({ tenant, hub }) =>
    hub.agents.filter((agent) => isKnown(agent, nowMs)).map((agent) => ({ tenant, agent })),
  );
  for (const { tenant, agent } of agents.slice(0, MAX_AGENTS)) addAgent(metrics, tenant, agent, nowMs);
  // Outboxes that hold data come first, for the same reason as tenants.
  const used = known
    .flatMap(({ tenant, hub }) => hub.outboxes.map((one) => ({ tenant, ...one })))
    .sort((a, b) => Number(b.active) - Number(a.active));
  const asked = await Promise.all(used.slice(0, MAX_OUTBOXES).map((one) => askOutbox(env, one)));
  const answered = asked.filter((found) => found !== undefined);
  for (const { tenant, status } of answered) addOutbox(metrics, tenant, status, Date.now());
  addLimits(metrics, 'spillway_metrics_left_off', {
    tenants: names.length - shown.length,
    outboxes: used.length - asked.length,
    agents: Math.max(0, agents.length - MAX_AGENTS),
  });
  addLimits(metrics, 'spillway_metrics_unanswered', {
    tenants: hubs.length - known.length,
    outboxes: asked.length - answered.length,
  });
}

async function askHub(env: Env, tenant: string): Promise<Known | undefined> {
  try {
    const asked = tenantHub(env, tenant).overview({ v: HUB_VERSION });
    return { tenant, hub: await within(ANSWER_TIMEOUT_MS, asked) };
  } catch (error) {
    log('warn', 'metrics_tenant_unanswered', { tenant, error: errorText(error) });
    return undefined;
  }
}

type Used = { readonly tenant: string } & HubOverview['outboxes'][number];

async function askOutbox(env: Env, { tenant, destination, signal }: Used) {
  try {
    const asked = outbox(env, tenant, destination).status({ v: OUTBOX_VERSION });
    const status = await within(ANSWER_TIMEOUT_MS, asked);
    return { tenant, status: { ...status, destination, signal } };
  } catch (error) {
    log('warn', 'metrics_outbox_unanswered', { tenant, destination, error: errorText(error) });
    return undefined;
  }
}

function hasAnything({ signals, refusals, agents, outboxes }: HubOverview): boolean {
  if (refusals.length > 0 || agents.length > 0 || outboxes.length > 0) return true;
  return SIGNALS.some((signal) => signals[signal].acceptedTotal > 0 || signals[signal].rejectedTotal > 0);
}

/** Every signal, also with zeros: a counter that appears with its first increment has no increase to see. */
function addTenant(metrics: Metrics, { tenant, hub }: Known): void {
  for (const signal of SIGNALS) {
    const labels = { tenant, signal };
    const totals = hub.signals[signal];
    metrics.add('spillway_tenant_accepted_items_total', labels, totals.acceptedTotal);
    metrics.add('spillway_tenant_delivered_items_total', labels, totals.deliveredTotal);
    metrics.add('spillway_tenant_queued_items_total', labels, totals.queuedTotal);
    metrics.add('spillway_tenant_rejected_items_total', labels, totals.rejectedTotal);
    metrics.add('spillway_tenant_dropped_items_total', labels, totals.droppedTotal);
  }
  for (const { signal, reason, pushes } of hub.refusals) {
    metrics.add('spillway_tenant_refused_pushes_total', { tenant, signal, reason }, pushes);
  }
  metrics.add('spillway_tenant_active_series', { tenant }, hub.active.series);
  metrics.add('spillway_tenant_active_streams', { tenant }, hub.active.streams);
}

/** Of clients nothing is told: one may be a job that runs once, and its silence says nothing. */
function isKnown({ kind, lastSeenAtMs }: AgentSummary, nowMs: number): boolean {
  return kind === 'agent' && nowMs - lastSeenAtMs < AGENT_KNOWN_MS;
}

function addAgent(metrics: Metrics, tenant: string, { id, userAgent, lastSeenAtMs }: AgentSummary, nowMs: number) {
  const [, host = ''] = /^spillway-agent-lite\/\S+ \(([^()]+)\)$/.exec(userAgent) ?? [];
  const ageMs = Math.max(0, nowMs - lastSeenAtMs);
  metrics.add('spillway_agent_last_seen_age_seconds', { tenant, agent: id, host }, ageMs / 1000);
}

function addOutbox(metrics: Metrics, tenant: string, status: OutboxStatus, nowMs: number): void {
  const { destination, signal, state, ledger, events, oldestAtMs, lastError } = status;
  const labels = { tenant, destination, signal };
  const ageMs = oldestAtMs === null ? 0 : Math.max(0, nowMs - oldestAtMs);
  metrics.add('spillway_outbox_payloads', labels, status.payloads);
  metrics.add('spillway_outbox_bytes', labels, status.bytes);
  if (status.maxBytes !== undefined) metrics.add('spillway_outbox_max_bytes', labels, status.maxBytes);
  metrics.add('spillway_outbox_items', labels, status.items);
  metrics.add('spillway_outbox_oldest_age_seconds', labels, ageMs / 1000);
  metrics.add('spillway_outbox_paused', labels, state === 'paused' ? 1 : 0);
  metrics.add('spillway_outbox_held', labels, state === 'held' ? 1 : 0);
  if (lastError !== null) metrics.add('spillway_outbox_failing', { ...labels, reason: lastError.reason }, 1);
  if (events !== undefined) {
    metrics.add('spillway_outbox_send_attempts_total', labels, events.attempts);
    metrics.add('spillway_outbox_splits_total', labels, events.splits);
    metrics.add('spillway_outbox_dead_letters_total', labels, events.deadLetters);
  }
  metrics.add('spillway_outbox_dead_letters_kept', labels, status.deadLetters);
  metrics.add('spillway_outbox_accepted_items_total', labels, ledger.accepted);
  metrics.add('spillway_outbox_delivered_items_total', labels, ledger.delivered);
  metrics.add('spillway_outbox_rejected_items_total', labels, ledger.rejected);
  metrics.add('spillway_outbox_dropped_items_total', labels, ledger.dropped);
}

function addLimits(metrics: Metrics, name: MetricName, counts: Readonly<Record<string, number>>): void {
  for (const [kind, count] of Object.entries(counts)) metrics.add(name, { kind }, count);
}
