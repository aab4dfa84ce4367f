/**
 * The numbers of a tenant that the console shows: totals per signal, agents last seen, recent errors, refused pushes. All
 * bounded, and in memory: a row for each of them with each report would be most of what a tenant costs (snapshot.ts).
 */
import { SIGNALS, type Signal } from '../../core/pipeline/signals.ts';
import type {
  AgentSighting,
  AgentSummary,
  ErrorReport,
  HubOverview,
  HubReport,
  RefusalReport,
  SignalReport,
  SignalSummary,
} from './messages.ts';
import { Throughput } from './throughput.ts';

const MAX_AGENTS = 1_000;
const MAX_AGENTS_SHOWN = 200;
const MAX_ERRORS = 50;
const MAX_TOKENS = 5_000;

interface Totals {
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly delivered: number;
  readonly queued: number;
}

const NOTHING: Totals = { accepted: 0, rejected: 0, dropped: 0, delivered: 0, queued: 0 };

/** As it is stored: fields are only ever added. */
export interface StoredLedger {
  readonly totals: Readonly<Partial<Record<Signal, Totals>>>;
  /** Oldest first, like the errors. */
  readonly agents: readonly AgentSummary[];
  readonly errors: readonly ErrorReport[];
  readonly refusals: readonly RefusalReport[];
  readonly tokensUsed?: Readonly<Record<string, number>>;
}

export class HubLedger {
  readonly #totals = new Map<Signal, Totals>();
  readonly #agents = new Map<string, AgentSummary>();
  readonly #errors = new Map<string, ErrorReport>();
  readonly #refusals = new Map<string, RefusalReport>();
  /** By id: when each token was used last. */
  readonly #tokensUsed = new Map<string, number>();
  readonly #throughput = new Map<Signal, Throughput>(SIGNALS.map((signal) => [signal, new Throughput()]));

  add(report: HubReport, nowMs: number): void {
    for (const signal of SIGNALS) {
      const counts = report.signals[signal];
      if (counts !== undefined) this.#addTotals(signal, counts, nowMs);
    }
    for (const agent of report.agents) this.#sawAgent(agent);
    for (const error of report.errors) this.#addError(error);
    for (const refusal of report.refusals ?? []) this.#addRefusal(refusal);
    for (const [id, atMs] of Object.entries(report.tokensUsed ?? {})) this.#usedToken(id, atMs);
    keepLatest(this.#tokensUsed, MAX_TOKENS, (atMs) => atMs);
    keepLatest(this.#agents, MAX_AGENTS, ({ lastSeenAtMs }) => lastSeenAtMs);
    keepLatest(this.#errors, MAX_ERRORS, ({ atMs }) => atMs);
  }

  tokensUsed(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#tokensUsed);
  }

  overview(nowMs: number): Pick<HubOverview, 'signals' | 'refusals' | 'agents' | 'errors'> {
    return {
      signals: Object.fromEntries(SIGNALS.map((signal) => [signal, this.#summary(signal, nowMs)])) as Record<
        Signal,
        SignalSummary
      >,
      refusals: [...this.#refusals.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, refusal]) => refusal),
      agents: [...this.#agents.values()].sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs).slice(0, MAX_AGENTS_SHOWN),
      errors: [...this.#errors.values()].sort((a, b) => b.atMs - a.atMs),
    };
  }

  toStored(): StoredLedger {
    return {
      totals: Object.fromEntries(this.#totals),
      agents: [...this.#agents.values()],
      errors: [...this.#errors.values()],
      refusals: [...this.#refusals.values()],
      tokensUsed: this.tokensUsed(),
    };
  }

  restore({ totals, agents, errors, refusals, tokensUsed }: StoredLedger): void {
    for (const [id, atMs] of Object.entries(tokensUsed ?? {})) this.#usedToken(id, atMs);
    for (const signal of SIGNALS) this.#totals.set(signal, { ...NOTHING, ...totals[signal] });
    for (const agent of agents) this.#agents.set(agent.id, agent);
    for (const error of errors) this.#errors.set(errorKey(error), error);
    for (const refusal of refusals) this.#refusals.set(refusalKey(refusal), refusal);
  }

  #summary(signal: Signal, nowMs: number): SignalSummary {
    const { accepted, rejected, dropped, delivered, queued } = this.#totals.get(signal) ?? NOTHING;
    const throughput = this.#throughput.get(signal) as Throughput;
    const refusals = [...this.#refusals.values()].filter((refusal) => refusal.signal === signal);
    return {
      itemsPerSecond: throughput.itemsPerSecond(nowMs),
      acceptedTotal: accepted,
      rejectedTotal: rejected,
      droppedTotal: dropped,
      deliveredTotal: delivered,
      queuedTotal: queued,
      refusedPushesTotal: refusals.reduce((sum, { pushes }) => sum + pushes, 0),
      history: throughput.history(nowMs),
    };
  }

  #addTotals(signal: Signal, counts: SignalReport, nowMs: number): void {
    const before = this.#totals.get(signal) ?? NOTHING;
    this.#totals.set(signal, {
      accepted: before.accepted + counts.accepted,
      rejected: before.rejected + sum(counts.rejected),
      dropped: before.dropped + sum(counts.dropped),
      delivered: before.delivered + counts.delivered,
      queued: before.queued + counts.queued,
    });
    for (const [second, items] of Object.entries(counts.perSecond)) {
      this.#throughput.get(signal)?.add(Number(second), items, nowMs);
    }
  }

  /** Reports of isolates come in any order, so each time only ever grows. */
  #sawAgent({ id, kind, atMs, takenAtMs, userAgent, tokenName }: AgentSighting): void {
    const before = this.#agents.get(id);
    const taken = Math.max(before?.lastTakenAtMs ?? 0, takenAtMs ?? 0);
    this.#agents.set(id, {
      id,
      kind,
      lastSeenAtMs: Math.max(before?.lastSeenAtMs ?? 0, atMs),
      lastTakenAtMs: taken === 0 ? null : taken,
      userAgent,
      tokenName,
    });
  }

  #usedToken(id: string, atMs: number): void {
    this.#tokensUsed.set(id, Math.max(this.#tokensUsed.get(id) ?? 0, atMs));
  }

  #addError(error: ErrorReport): void {
    const key = errorKey(error);
    const before = this.#errors.get(key);
    const { reason, message, atMs, count } = error;
    this.#errors.set(key, {
      reason,
      message,
      atMs: Math.max(before?.atMs ?? 0, atMs),
      count: (before?.count ?? 0) + count,
    });
  }

  /** Bounded by the reasons and signals that there are. */
  #addRefusal(refusal: RefusalReport): void {
    const key = refusalKey(refusal);
    const { signal, reason, pushes } = refusal;
    this.#refusals.set(key, { signal, reason, pushes: (this.#refusals.get(key)?.pushes ?? 0) + pushes });
  }
}

function errorKey({ reason, message }: ErrorReport): string {
  return `${reason}\n${message}`;
}

function refusalKey({ signal, reason }: RefusalReport): string {
  return `${signal}\n${reason}`;
}

/** Leaves some room, so that a full map is not sorted with every report. */
function keepLatest<T>(entries: Map<string, T>, keep: number, atMs: (value: T) => number): void {
  if (entries.size <= keep * 1.1) return;
  const oldestFirst = [...entries].sort(([, a], [, b]) => atMs(a) - atMs(b));
  for (const [key] of oldestFirst.slice(0, entries.size - keep)) entries.delete(key);
}

function sum(byReason: Readonly<Record<string, number>>): number {
  return Object.values(byReason).reduce((total, items) => total + items, 0);
}
