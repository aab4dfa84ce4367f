/**
 * How deep and how old the backlog was, for the chart that an operator looks at after an outage. A point costs a row
 * written, so there is one each half minute at most and only while something waits.
 */
import type { QueueDepth } from '../../core/delivery/queue.ts';

const POINT_EVERY_MS = 30_000;
/** 12 hours of points. */
const MAX_POINTS = 1440;

export interface BacklogPoint {
  readonly atMs: number;
  readonly payloads: number;
  readonly bytes: number;
  readonly oldestAgeMs: number;
}

type PointRow = { at_ms: number; payloads: number; bytes: number; oldest_age_ms: number };

export class BacklogHistory {
  readonly #sql: SqlStorage;
  #last: { atMs: number; empty: boolean };

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const [last] = sql.exec<PointRow>('SELECT * FROM history ORDER BY at_ms DESC LIMIT 1').toArray();
    this.#last = { atMs: last?.at_ms ?? 0, empty: (last?.payloads ?? 0) === 0 };
  }

  /** Called on every change; writes only when a point is due, and once more when the backlog is gone. */
  note({ payloads, bytes, oldestAtMs }: QueueDepth, nowMs: number): void {
    const empty = payloads === 0;
    const isDue = Math.abs(nowMs - this.#last.atMs) >= POINT_EVERY_MS;
    if (this.#last.empty ? empty : !empty && !isDue) return;
    this.#last = { atMs: nowMs, empty };
    this.#sql.exec(
      'INSERT OR REPLACE INTO history (at_ms, payloads, bytes, oldest_age_ms) VALUES (?, ?, ?, ?)',
      nowMs,
      payloads,
      bytes,
      oldestAtMs === undefined ? 0 : Math.max(0, nowMs - oldestAtMs),
    );
    this.#sql.exec(
      'DELETE FROM history WHERE at_ms <= (SELECT at_ms FROM history ORDER BY at_ms DESC LIMIT 1 OFFSET ?)',
      MAX_POINTS,
    );
  }

  /** Oldest first. */
  points(): BacklogPoint[] {
    return this.#sql
      .exec<PointRow>('SELECT * FROM history ORDER BY at_ms')
      .toArray()
      .map((row) => ({
        atMs: row.at_ms,
        payloads: row.payloads,
        bytes: row.bytes,
        oldestAgeMs: row.oldest_age_ms,
      }));
  }
}
