/** What the numbers of an overview mean: the state of each part, and one sentence for the top of the page. Pure. */
import { formatShort, plural } from '../format/numbers.ts';
import { formatDuration } from '../format/time.ts';
import type { Level } from '../parts/level.ts';
import type { AgentView, OutboxView, Overview, SignalName, TenantView } from './api.ts';

export interface State {
  readonly level: Level;
  readonly text: string;
}

export interface Headline extends State {
  readonly detail: string;
}

export const SIGNAL_NAMES: readonly SignalName[] = ['metrics', 'logs', 'traces', 'profiles'];

/** Agents push at least once per scrape interval, which people set up to a minute. */
export const SILENT_AFTER_MS = 90_000;

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  metrics: ['sample', 'samples'],
  logs: ['line', 'lines'],
  traces: ['span', 'spans'],
  profiles: ['profile', 'profiles'],
};

export function itemWord(signal: string, count: number): string {
  const [one, many] = UNITS[signal] ?? ['item', 'items'];
  return count === 1 ? one : many;
}

export function countItems(signal: string, count: number): string {
  return plural(count, itemWord(signal, 1), itemWord(signal, 2));
}

const AGENT_AND_HOST = /^spillway-agent-lite\/(\S+) \(([^()]+)\)$/;

/**
 * An agent is known by the id of its spool; people know it by the host that its User-Agent names. Another client is known by
 * its token, and the token by its id: names of tokens need not differ.
 */
export function describeAgent({ id, userAgent = '', tokenName }: AgentView): { name: string; detail: string } {
  const token = tokenName ? `token ${tokenName}` : '';
  const join = (...parts: string[]) => parts.filter((part) => part !== '').join(' · ');
  if (tokenName && id.startsWith('token:')) {
    return { name: tokenName, detail: join(userAgent, `token id ${id.slice('token:'.length)}`) };
  }
  const [, version, host] = AGENT_AND_HOST.exec(userAgent) ?? [];
  if (host === undefined) return { name: id, detail: join(userAgent, token) };
  return { name: host, detail: join(`agent-lite ${version}`, token, `id ${id.slice(0, 8)}`) };
}

export function agentState(agent: AgentView, nowMs: number): State {
  const silentMs = nowMs - agent.lastSeenAtMs;
  const { lastTakenAtMs } = agent;
  const refusedMs = lastTakenAtMs == null ? Number.POSITIVE_INFINITY : nowMs - lastTakenAtMs;
  // It pushes, and nothing of it is taken: to call it reporting would hide that its data is missing.
  if (silentMs <= SILENT_AFTER_MS && lastTakenAtMs !== undefined && refusedMs > SILENT_AFTER_MS) {
    const since = lastTakenAtMs === null ? 'always' : `for ${formatDuration(refusedMs)}`;
    return { level: 'trouble', text: `refused, ${since}` };
  }
  if (silentMs <= SILENT_AFTER_MS) return { level: 'ok', text: 'reporting' };
  // A client may be a job that ran once: its silence says nothing.
  if (agent.kind === 'client') return { level: 'idle', text: `last push ${formatDuration(silentMs)} ago` };
  return { level: 'attention', text: `silent for ${formatDuration(silentMs)}` };
}

/** The pipeline no longer names it, and it still holds data. */
export function isRemoved({ state, lastError }: OutboxView): boolean {
  return state === 'paused' && lastError?.reason === 'destination_missing';
}

export function outboxState(outbox: OutboxView): State {
  if (isRemoved(outbox)) return { level: 'trouble', text: 'not in the pipeline' };
  if (outbox.state === 'paused') return { level: 'trouble', text: 'paused' };
  if (outbox.state === 'held') return { level: 'attention', text: 'paused by an operator' };
  if (outbox.payloads === 0) return { level: 'ok', text: 'empty' };
  if (outbox.state === 'empty' || outbox.state === 'idle') return { level: 'attention', text: 'draining' };
  if (outbox.state === 'waiting') return { level: 'attention', text: 'waiting to retry' };
  return { level: 'attention', text: outbox.state.replaceAll('_', ' ') };
}

/** How long the oldest payload has waited; 0 where nothing waits. */
export function backlogAgeMs(outbox: OutboxView, nowMs: number): number {
  return outbox.payloads > 0 && outbox.oldestAtMs ? Math.max(0, nowMs - outbox.oldestAtMs) : 0;
}

/** Trouble first, then the oldest backlog, then by name: the destination to look at is the first one. */
export function sortOutboxes(outboxes: readonly OutboxView[], nowMs: number): OutboxView[] {
  const rank: Readonly<Record<Level, number>> = { trouble: 0, attention: 1, ok: 2, idle: 3 };
  return [...outboxes].sort(
    (a, b) =>
      rank[outboxState(a).level] - rank[outboxState(b).level] ||
      backlogAgeMs(b, nowMs) - backlogAgeMs(a, nowMs) ||
      a.destination.localeCompare(b.destination),
  );
}

export function sortAgents(agents: readonly AgentView[]): AgentView[] {
  return [...agents].sort((a, b) => a.lastSeenAtMs - b.lastSeenAtMs || a.id.localeCompare(b.id));
}

/** More would push what one came for off the screen. */
const MOST_CHOICES = 12;
const MOST_WORRIES = 8;

/** Those that one may want to go to from anywhere, by name: all of a few, of many those that need somebody. */
export function tenantChoices(
  tenants: readonly TenantView[],
  tenantCount: number,
  nowMs: number,
  current: string | undefined,
): readonly { readonly name: string; readonly headline: Headline }[] {
  const all = tenants
    .map((tenant) => ({ name: tenant.name, headline: tenantHeadline(tenant, nowMs) }))
    .sort((a, b) => a.name.localeCompare(b.name));
  if (tenantCount <= MOST_CHOICES) return all;
  const worries = (['trouble', 'attention'] as const)
    .flatMap((level) => all.filter(({ headline }) => headline.level === level))
    .slice(0, MOST_WORRIES);
  return all.filter((choice) => choice.name === current || worries.includes(choice));
}

export function tenantHeadline(tenant: TenantView, nowMs: number): Headline {
  const paused = tenant.outboxes.filter((outbox) => outboxState(outbox).level === 'trouble');
  if (paused.length > 0) return pausedHeadline(paused, nowMs);
  const held = tenant.outboxes.filter((outbox) => outbox.state === 'held');
  if (held.length > 0) return heldHeadline(held, nowMs);
  const behind = sortOutboxes(tenant.outboxes, nowMs).filter((outbox) => outbox.payloads > 0);
  if (behind.length > 0) return behindHeadline(behind, nowMs);
  const agents = tenant.agents.filter((agent) => agent.kind !== 'client');
  const silent = agents.filter((agent) => agentState(agent, nowMs).level !== 'ok');
  if (silent.length > 0) return silentHeadline(silent, agents.length, nowMs);
  if (SIGNAL_NAMES.every((name) => tenant.signals[name].acceptedTotal === 0)) {
    return {
      level: 'idle',
      text: 'Waiting for the first data',
      detail: 'Nothing has been accepted from this tenant yet. Start an agent with one of its tokens.',
    };
  }
  return { level: 'ok', text: 'Everything is delivered', detail: flowDetail(tenant) };
}

function pausedHeadline(paused: readonly OutboxView[], nowMs: number): Headline {
  const first = paused[0]!;
  const one = isRemoved(first) ? 'is not in the pipeline any more' : 'is paused';
  const text =
    paused.length === 1 ? `${first.destination} ${one}` : `${plural(paused.length, 'destination')} are paused`;
  const why = first.lastError ? `${first.lastError.status ?? first.lastError.reason}: ${first.lastError.detail}` : '';
  const age = backlogAgeMs(first, nowMs);
  const kept = `${countItems(first.signal, first.items)} kept${age > 0 ? `, oldest ${formatDuration(age)}` : ''}.`;
  return { level: 'trouble', text, detail: [kept, why].filter((part) => part !== '').join(' ') };
}

function heldHeadline(held: readonly OutboxView[], nowMs: number): Headline {
  const first = sortOutboxes(held, nowMs)[0]!;
  const text =
    held.length === 1
      ? `${first.destination} is paused by an operator`
      : `${plural(held.length, 'destination')} are paused by an operator`;
  const age = backlogAgeMs(first, nowMs);
  const kept = `${countItems(first.signal, first.items)} kept${age > 0 ? `, oldest ${formatDuration(age)}` : ''}.`;
  return { level: 'attention', text, detail: `${kept} Nothing is sent until someone resumes it.` };
}

function behindHeadline(behind: readonly OutboxView[], nowMs: number): Headline {
  const first = behind[0]!;
  const text =
    behind.length === 1 ? `${first.destination} is behind` : `${plural(behind.length, 'destination')} are behind`;
  const waiting = behind.map((outbox) => countItems(outbox.signal, outbox.items)).join(', ');
  return {
    level: 'attention',
    text,
    detail: `${waiting} waiting, oldest ${formatDuration(backlogAgeMs(first, nowMs))}. Nothing is lost: it is sent in order when the destination answers.`,
  };
}

function silentHeadline(silent: readonly AgentView[], agents: number, nowMs: number): Headline {
  const longest = sortAgents(silent)[0]!;
  return {
    level: 'attention',
    text:
      silent.length === 1
        ? `Agent ${describeAgent(longest).name} is silent`
        : `${silent.length} of ${agents} agents are silent`,
    detail: `Last heard ${formatDuration(nowMs - longest.lastSeenAtMs)} ago. Is the host up, and can it reach this gateway?`,
  };
}

function flowDetail(tenant: TenantView): string {
  const rates = SIGNAL_NAMES.filter((name) => tenant.signals[name].itemsPerSecond > 0).map(
    (name) => `${formatShort(tenant.signals[name].itemsPerSecond)} ${itemWord(name, 2)}/s`,
  );
  const flow = rates.length > 0 ? rates.join(', ') : 'Nothing arrives at this moment';
  return `${flow}. ${plural(tenant.outboxes.length, 'destination')}, no backlog.`;
}

/** A backlog this young may be gone with the next request. */
const BEHIND_AFTER_MS = 60_000;

/**
 * The tenant to open on: one whose destinations need someone, else the one looked at last, else the one that data came from
 * most recently.
 */
export function firstTenant(overview: Overview, nowMs: number, remembered?: string): TenantView | undefined {
  const rank = ({ name, outboxes }: TenantView): number => {
    if (outboxes.some((outbox) => outboxState(outbox).level === 'trouble')) return 0;
    if (outboxes.some((outbox) => backlogAgeMs(outbox, nowMs) > BEHIND_AFTER_MS)) return 1;
    return name === remembered ? 2 : 3;
  };
  return [...overview.tenants].sort(
    (a, b) => rank(a) - rank(b) || newestDataMs(b) - newestDataMs(a) || a.name.localeCompare(b.name),
  )[0];
}

/** When something of the tenant was taken last; 0 where that is not known. */
export function newestDataMs({ agents, signals }: TenantView): number {
  const taken = agents.map(
    ({ lastTakenAtMs, lastSeenAtMs }) => (lastTakenAtMs === undefined ? lastSeenAtMs : lastTakenAtMs) ?? 0,
  );
  const pushed = SIGNAL_NAMES.flatMap((name) =>
    signals[name].history.filter(([, rate]) => rate > 0).map(([atMs]) => atMs),
  );
  return [...taken, ...pushed].reduce((newest, atMs) => Math.max(newest, atMs), 0);
}
