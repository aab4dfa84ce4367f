/**
 * What a tenant sent on each UTC day, by signal. Today's numbers are in the hub's snapshot (snapshot.ts), so that they cost
 * no row of their own; when a day is over it becomes one row, and the oldest goes. A report counts for the day on which
 * the hub hears of it.
 */
import { SIGNALS, type Signal } from '../../core/pipeline/signals.ts';
import type { DayUsage, HubReport, SignalReport, UsageDay } from './messages.ts';

export const KEPT_DAYS = 400;
const DAY_MS = 86_400_000;
const NOTHING: DayUsage = { accepted: 0, rejected: 0, dropped: 0, delivered: 0, pushes: 0, receivedBytes: 0 };

/** `2026-11-22`: sorts as text. */
export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

type Signals = Partial<Record<Signal, DayUsage>>;

export class Usage {
  readonly #sql: SqlStorage;
  #day = '';
  #signals: Signals = {};

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** True: a day ended, and the snapshot must be written together with its row. */
  add(report: HubReport, nowMs: number): boolean {
    const turned = this.#turn(nowMs);
    for (const signal of SIGNALS) {
      const counts = report.signals[signal];
      if (counts !== undefined) this.#signals[signal] = sum(this.#signals[signal] ?? NOTHING, counts);
    }
    return turned;
  }

  /** The newest first. */
  days(from: string, to: string): UsageDay[] {
    const finished = this.#sql
      .exec<{ day: string; signals: string }>(
        'SELECT day, signals FROM usage WHERE day BETWEEN ? AND ? ORDER BY day DESC',
        from,
        to,
      )
      .toArray()
      .map(({ day, signals }) => ({ day, signals: JSON.parse(signals) as Signals }));
    const hasToday = Object.keys(this.#signals).length > 0 && this.#day >= from && this.#day <= to;
    return hasToday ? [{ day: this.#day, signals: this.#signals }, ...finished] : finished;
  }

  toStored(): UsageDay {
    return { day: this.#day, signals: this.#signals };
  }

  /** A hub of an older version kept none. */
  restore(stored: UsageDay | undefined): void {
    if (stored === undefined) return;
    this.#day = stored.day;
    this.#signals = { ...stored.signals };
  }

  /** A clock that jumped back begins no day anew. */
  #turn(nowMs: number): boolean {
    const day = utcDay(nowMs);
    if (day <= this.#day) return false;
    const turned = Object.keys(this.#signals).length > 0;
    if (turned) {
      this.#sql.exec(
        'INSERT INTO usage (day, signals) VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET signals = ?2',
        this.#day,
        JSON.stringify(this.#signals),
      );
      this.#sql.exec('DELETE FROM usage WHERE day < ?', utcDay(nowMs - KEPT_DAYS * DAY_MS));
    }
    this.#day = day;
    this.#signals = {};
    return turned;
  }
}

function sum(before: DayUsage, report: SignalReport): DayUsage {
  return {
    accepted: before.accepted + report.accepted,
    rejected: before.rejected + total(report.rejected),
    dropped: before.dropped + total(report.dropped),
    delivered: before.delivered + report.delivered,
    pushes: before.pushes + (report.pushes ?? 0),
    receivedBytes: before.receivedBytes + (report.receivedBytes ?? 0),
  };
}

function total(byReason: Readonly<Record<string, number>>): number {
  return Object.values(byReason).reduce((all, items) => all + items, 0);
}
