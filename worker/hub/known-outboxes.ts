/**
 * Which destinations have an outbox, and behind which of them newer data must queue. The order of samples depends on it, so
 * it is written before the outbox hears that we know; the copy in memory only spares each lease a query.
 */
import type { Signal } from '../../core/pipeline/signals.ts';

interface KnownOutbox {
  readonly destination: string;
  readonly signal: Signal;
  readonly active: boolean;
}

export class KnownOutboxes {
  readonly #sql: SqlStorage;
  readonly #outboxes: Map<string, KnownOutbox>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#outboxes = new Map(
      sql
        .exec<{ destination: string; signal: string; active: number }>('SELECT * FROM outboxes')
        .toArray()
        .map(({ destination, signal, active }) => [
          destination,
          { destination, signal: signal as Signal, active: active === 1 },
        ]),
    );
  }

  note(outbox: KnownOutbox): void {
    const { destination, signal, active } = outbox;
    const known = this.#outboxes.get(destination);
    // The sweep has each outbox say so again every minute.
    if (known?.signal === signal && known.active === active) return;
    this.#sql.exec(
      `INSERT INTO outboxes (destination, signal, active) VALUES (?1, ?2, ?3)
       ON CONFLICT (destination) DO UPDATE SET signal = ?2, active = ?3`,
      destination,
      signal,
      active ? 1 : 0,
    );
    this.#outboxes.set(destination, { destination, signal, active });
  }

  /** Destinations whose outbox holds data. */
  backlog(): string[] {
    return [...this.#outboxes.values()].filter(({ active }) => active).map(({ destination }) => destination);
  }

  /** By name. */
  list(): KnownOutbox[] {
    return [...this.#outboxes.values()].sort((a, b) => (a.destination < b.destination ? -1 : 1));
  }
}
