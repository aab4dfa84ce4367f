/** The tables of a hub that the console shows: totals per signal, agents last seen, outboxes, recent errors. All bounded. */
import { SIGNALS, type Signal } from '../../core/pipeline/signals.ts';
import {
  type AgentSighting,
  type ErrorReport,
  HUB_VERSION,
  type HubOverview,
  type HubReport,
  type SignalReport,
  type SignalSummary,
} from './messages.ts';
import { Throughput } from './throughput.ts';

const MAX_AGENTS = 1_000;
const MAX_ERRORS = 50;

type TotalsRow = {
  signal: string;
  accepted: number;
  rejected: number;
  dropped: number;
  delivered: number;
  queued: number;
};

export class HubLedger {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #throughput = new Map<Signal, Throughput>(SIGNALS.map((signal) => [signal, new Throughput()]));

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  add(report: HubReport, nowMs: number): void {
    this.#storage.transactionSync(() => {
      for (const signal of SIGNALS) {
        const counts = report.signals[signal];
        if (counts !== undefined) this.#addTotals(signal, counts, nowMs);
      }
      for (const agent of report.agents) this.#sawAgent(agent);
      for (const error of report.errors) this.#addError(error);
      if (report.agents.length > 0) this.#trim('agents', 'last_seen_at_ms', MAX_AGENTS);
      if (report.errors.length > 0) this.#trim('errors', 'at_ms', MAX_ERRORS);
    });
  }

  noteOutbox(destination: string, signal: Signal, active: boolean): void {
    this.#sql.exec(
      `INSERT INTO outboxes (destination, signal, active) VALUES (?1, ?2, ?3)
       ON CONFLICT (destination) DO UPDATE SET signal = ?2, active = ?3`,
      destination,
      signal,
      active ? 1 : 0,
    );
  }

  backlog(): string[] {
    return this.#sql
      .exec<{ destination: string }>('SELECT destination FROM outboxes WHERE active = 1')
      .toArray()
      .map((row) => row.destination);
  }

  overview(nowMs: number): HubOverview {
    return {
      v: HUB_VERSION,
      signals: this.#signals(nowMs),
      agents: this.#sql
        .exec<{ id: string; kind: string; last_seen_at_ms: number; user_agent: string; token_name: string }>(
          'SELECT * FROM agents ORDER BY last_seen_at_ms DESC LIMIT 200',
        )
        .toArray()
        .map((row) => ({
          id: row.id,
          kind: row.kind as AgentSighting['kind'],
          lastSeenAtMs: row.last_seen_at_ms,
          userAgent: row.user_agent,
          tokenName: row.token_name,
        })),
      outboxes: this.#sql
        .exec<{ destination: string; signal: string; active: number }>('SELECT * FROM outboxes ORDER BY destination')
        .toArray()
        .map((row) => ({ destination: row.destination, signal: row.signal as Signal, active: row.active === 1 })),
      errors: this.#sql
        .exec<{ reason: string; message: string; at_ms: number; count: number }>(
          'SELECT * FROM errors ORDER BY at_ms DESC',
        )
        .toArray()
        .map((row) => ({ atMs: row.at_ms, reason: row.reason, message: row.message, count: row.count })),
    };
  }

  #signals(nowMs: number): Record<Signal, SignalSummary> {
    const rows = new Map(
      this.#sql
        .exec<TotalsRow>('SELECT * FROM totals')
        .toArray()
        .map((row) => [row.signal, row]),
    );
    const summary = (signal: Signal): SignalSummary => {
      const row = rows.get(signal);
      const throughput = this.#throughput.get(signal) as Throughput;
      return {
        itemsPerSecond: throughput.itemsPerSecond(nowMs),
        acceptedTotal: row?.accepted ?? 0,
        rejectedTotal: row?.rejected ?? 0,
        droppedTotal: row?.dropped ?? 0,
        deliveredTotal: row?.delivered ?? 0,
        queuedTotal: row?.queued ?? 0,
        history: throughput.history(nowMs),
      };
    };
    return {
      metrics: summary('metrics'),
      logs: summary('logs'),
      traces: summary('traces'),
      profiles: summary('profiles'),
    };
  }

  #addTotals(signal: Signal, counts: SignalReport, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO totals (signal, accepted, rejected, dropped, delivered, queued) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (signal) DO UPDATE SET accepted = accepted + ?2, rejected = rejected + ?3, dropped = dropped + ?4,
         delivered = delivered + ?5, queued = queued + ?6`,
      signal,
      counts.accepted,
      sum(counts.rejected),
      sum(counts.dropped),
      counts.delivered,
      counts.queued,
    );
    for (const [second, items] of Object.entries(counts.perSecond)) {
      this.#throughput.get(signal)?.add(Number(second), items, nowMs);
    }
  }

  #sawAgent(agent: AgentSighting): void {
    this.#sql.exec(
      `INSERT INTO agents (id, kind, last_seen_at_ms, user_agent, token_name) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (id) DO UPDATE SET kind = ?2, last_seen_at_ms = max(last_seen_at_ms, ?3), user_agent = ?4,
         token_name = ?5`,
      agent.id,
      agent.kind,
      agent.atMs,
      agent.userAgent,
      agent.tokenName,
    );
  }

  #addError({ reason, message, atMs, count }: ErrorReport): void {
    this.#sql.exec(
      `INSERT INTO errors (reason, message, at_ms, count) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (reason, message) DO UPDATE SET at_ms = max(at_ms, ?3), count = count + ?4`,
      reason,
      message,
      atMs,
      count,
    );
  }

  /** Table and column are constants of this file. */
  #trim(table: 'agents' | 'errors', column: string, keep: number): void {
    this.#sql.exec(
      `DELETE FROM ${table} WHERE ${column} < (SELECT ${column} FROM ${table} ORDER BY ${column} DESC LIMIT 1 OFFSET ?)`,
      keep,
    );
  }
}

function sum(byReason: Readonly<Record<string, number>>): number {
  return Object.values(byReason).reduce((total, items) => total + items, 0);
}
