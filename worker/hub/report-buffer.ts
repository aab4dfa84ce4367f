/**
 * What pushes did, added up in this isolate and told to the tenant's hub about once a second after the answers have left.
 * Losing a report costs numbers on the console, never data. Plain data only: nothing here belongs to one request.
 */
import type { Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { tenantHub } from './client.ts';
import {
  type AgentSighting,
  type BatchKey,
  type ErrorReport,
  HUB_VERSION,
  type HubReport,
  type SignalReport,
} from './messages.ts';

const FLUSH_AFTER_MS = 1_000;
/** A flush that has not happened by then went down with its request. */
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

interface Pending {
  signals: Partial<
    Record<
      Signal,
      { accepted: number; delivered: number; queued: number; rejected: Counts; dropped: Counts; perSecond: Counts }
    >
  >;
  agents: Map<string, AgentSighting>;
  errors: Map<string, ErrorReport>;
  completedBatches: BatchKey[];
  flushAtMs: number;
}

const pending = new Map<string, Pending>();

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
    const { signals } = this.#pending();
    const second = String(Math.floor(Date.now() / 1000));
    signals[stats.signal] ??= { accepted: 0, delivered: 0, queued: 0, rejected: {}, dropped: {}, perSecond: {} };
    const total = signals[stats.signal] as NonNullable<(typeof signals)[Signal]>;
    total.accepted += stats.accepted;
    total.delivered += stats.delivered;
    total.queued += stats.queued;
    addCounts(total.rejected, stats.rejected);
    addCounts(total.dropped, stats.dropped);
    addCounts(total.perSecond, { [second]: stats.accepted });
  }

  sawAgent(agent: AgentSighting): void {
    this.#pending().agents.set(agent.id, agent);
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

  #pending(): Pending {
    const nowMs = Date.now();
    let found = pending.get(this.#tenant);
    if (found !== undefined && nowMs < found.flushAtMs + FLUSH_LOST_MS) return found;
    found ??= { signals: {}, agents: new Map(), errors: new Map(), completedBatches: [], flushAtMs: 0 };
    found.flushAtMs = nowMs + FLUSH_AFTER_MS;
    pending.set(this.#tenant, found);
    this.#ctx.waitUntil(this.#flushLater());
    return found;
  }

  async #flushLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, FLUSH_AFTER_MS));
    const report = pending.get(this.#tenant);
    if (report === undefined) return;
    pending.delete(this.#tenant);
    try {
      await tenantHub(this.#env, this.#tenant).report(toMessage(this.#tenant, report));
    } catch (error) {
      log('warn', 'hub_report_lost', { tenant: this.#tenant, error: errorText(error) });
    }
  }
}

/** A batch completed in this isolate a moment ago, before the hub heard of it. */
export function isBatchPending(tenant: string, { agentId, sequence }: BatchKey): boolean {
  const batches = pending.get(tenant)?.completedBatches ?? [];
  return batches.some((batch) => batch.agentId === agentId && batch.sequence === sequence);
}

function toMessage(tenant: string, report: Pending): HubReport {
  return {
    v: HUB_VERSION,
    tenant,
    signals: report.signals as Partial<Record<Signal, SignalReport>>,
    agents: [...report.agents.values()],
    errors: [...report.errors.values()],
    completedBatches: report.completedBatches,
  };
}

function addCounts(target: Counts, added: Readonly<Counts>): void {
  for (const [key, amount] of Object.entries(added)) target[key] = (target[key] ?? 0) + amount;
}
