/**
 * What pushes did, added up in this isolate. The tenant's hub hears of it together with the next lease, or, where no push
 * asks for one in time, in a call of its own: a call is what the platform counts. Losing a report costs numbers on the
 * console and makes a repeated batch look new, and never costs data. Plain data only: nothing here belongs to one request.
 */
import type { Signal } from '../../core/pipeline/signals.ts';
import { type Env, reportDelayMs } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { knownActiveState } from './active-state.ts';
import { tenantHub } from './client.ts';
import {
  type AgentSighting,
  type BatchKey,
  type ErrorReport,
  HUB_VERSION,
  type HubReport,
  type RefusalReport,
  type SignalReport,
} from './messages.ts';

/** A report that has not left so much later went down with its request. */
const FLUSH_LOST_MS = 5_000;
const MAX_MESSAGE_LENGTH = 300;
const MAX_ERRORS = 20;

export interface PushStats {
  readonly signal: Signal;
  readonly accepted: number;
  readonly delivered: number;
  readonly queued: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

type Counts = Record<string, number>;

interface SignalCounts {
  accepted: number;
  delivered: number;
  queued: number;
  rejected: Counts;
  dropped: Counts;
  perSecond: Counts;
  pushes: number;
  receivedBytes: number;
}

interface Pending {
  signals: Partial<Record<Signal, SignalCounts>>;
  agents: Map<string, AgentSighting>;
  errors: Map<string, ErrorReport>;
  completedBatches: BatchKey[];
  refusals: Map<string, RefusalReport>;
  tokensUsed: Counts;
  flushAtMs: number;
}

const pending = new Map<string, Pending>();
/** On their way: until the hub has answered it may not know of the batches in them. */
const leaving = new Set<HubReport>();

export class TenantReport {
  readonly #env: Env;
  readonly #ctx: ExecutionContext;
  readonly #tenant: string;

  constructor(env: Env, ctx: ExecutionContext, tenant: string) {
    this.#env = env;
    this.#ctx = ctx;
    this.#tenant = tenant;
  }

  push(stats: PushStats): void {
    const second = String(Math.floor(Date.now() / 1000));
    const total = this.#counts(stats.signal);
    total.accepted += stats.accepted;
    total.delivered += stats.delivered;
    total.queued += stats.queued;
    addCounts(total.rejected, stats.rejected);
    addCounts(total.dropped, stats.dropped);
    total.perSecond[second] = (total.perSecond[second] ?? 0) + stats.accepted;
  }

  /** The body of a push was read, in the form in which it came. */
  received(signal: Signal, bytes: number): void {
    const total = this.#counts(signal);
    total.pushes++;
    total.receivedBytes += bytes;
  }

  usedToken(id: string): void {
    this.#pending().tokensUsed[id] = Date.now();
  }

  /** A push came; `took` says that something of it was taken. */
  sawAgent(agent: AgentSighting): void {
    const { agents } = this.#pending();
    if (agent.tokenId !== undefined) this.usedToken(agent.tokenId);
    const known = agents.get(agent.id);
    agents.set(agent.id, known === undefined ? agent : { ...known, ...agent });
  }

  took(agentId: string): void {
    const { agents } = this.#pending();
    const agent = agents.get(agentId);
    if (agent !== undefined) agents.set(agentId, { ...agent, takenAtMs: Date.now() });
  }

  /** A push that was refused as a whole; its items are in no other number. */
  refused(signal: RefusalReport['signal'], reason: string, message: string): void {
    this.error(reason, message);
    const { refusals } = this.#pending();
    const key = `${signal}\n${reason}`;
    refusals.set(key, { signal, reason, pushes: (refusals.get(key)?.pushes ?? 0) + 1 });
  }

  error(reason: string, message: string): void {
    const { errors } = this.#pending();
    const text = message.slice(0, MAX_MESSAGE_LENGTH);
    const key = `${reason}\n${text}`;
    if (!errors.has(key) && errors.size >= MAX_ERRORS) return;
    errors.set(key, { atMs: Date.now(), reason, message: text, count: (errors.get(key)?.count ?? 0) + 1 });
  }

  completedBatch(batch: BatchKey): void {
    this.#pending().completedBatches.push(batch);
  }

  #counts(signal: Signal): SignalCounts {
    const { signals } = this.#pending();
    const none = { accepted: 0, delivered: 0, queued: 0, pushes: 0, receivedBytes: 0 };
    return (signals[signal] ??= { ...none, rejected: {}, dropped: {}, perSecond: {} });
  }

  #pending(): Pending {
    const nowMs = Date.now();
    let found = pending.get(this.#tenant);
    if (found !== undefined && nowMs < found.flushAtMs + FLUSH_LOST_MS) return found;
    found ??= {
      signals: {},
      agents: new Map(),
      errors: new Map(),
      completedBatches: [],
      refusals: new Map(),
      tokensUsed: {},
      flushAtMs: 0,
    };
    const delayMs = reportDelayMs(this.#env);
    found.flushAtMs = nowMs + delayMs;
    pending.set(this.#tenant, found);
    this.#ctx.waitUntil(this.#flushLater(found, delayMs));
    return found;
  }

  async #flushLater(mine: Pending, delayMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    // It has left with a lease, and what is there now has a time of its own.
    if (pending.get(this.#tenant) !== mine) return;
    const report = takeReport(this.#tenant);
    if (report !== undefined) await sendReport(this.#env, report);
  }
}

/** What there is to tell; whoever takes it must tell it. */
export function takeReport(tenant: string): HubReport | undefined {
  const taken = pending.get(tenant);
  if (taken === undefined) return undefined;
  pending.delete(tenant);
  const report = { ...toMessage(tenant, taken), active: knownActiveState(tenant)?.report() ?? {} };
  leaving.add(report);
  return report;
}

export async function sendReport(env: Env, report: HubReport): Promise<void> {
  try {
    await tenantHub(env, report.tenant).report(report);
    reportArrived(report);
  } catch (error) {
    reportLost(report, error);
  }
}

export function reportArrived(report: HubReport): void {
  leaving.delete(report);
}

export function reportLost(report: HubReport, error: unknown): void {
  const { tenant } = report;
  leaving.delete(report);
  knownActiveState(tenant)?.reportLost();
  log('warn', 'hub_report_lost', { tenant, error: errorText(error) });
}

/** A batch completed in this isolate a moment ago, before the hub heard of it. */
export function isBatchPending(tenant: string, { agentId, sequence }: BatchKey): boolean {
  const isIt = (batch: BatchKey) => batch.agentId === agentId && batch.sequence === sequence;
  if (pending.get(tenant)?.completedBatches.some(isIt)) return true;
  return [...leaving].some((report) => report.tenant === tenant && report.completedBatches.some(isIt));
}

function toMessage(tenant: string, report: Pending): HubReport {
  return {
    v: HUB_VERSION,
    tenant,
    signals: report.signals as Partial<Record<Signal, SignalReport>>,
    agents: [...report.agents.values()],
    errors: [...report.errors.values()],
    completedBatches: report.completedBatches,
    refusals: [...report.refusals.values()],
    tokensUsed: report.tokensUsed,
  };
}

function addCounts(target: Counts, added: Readonly<Counts>): void {
  for (const key in added) target[key] = (target[key] ?? 0) + (added[key] ?? 0);
}
