/** Small facts of an outbox, one row each, as JSON: see docs/storage-schema.md. */
import type { DrainState } from '../../core/delivery/drain.ts';
import type { Signal } from '../../core/pipeline/signals.ts';

export interface Address {
  readonly tenant: string;
  readonly destination: string;
  readonly signal: Signal;
}

interface Settings {
  readonly address: Address;
  readonly drain: DrainState;
  /** What the hub and the sweep's list were last told: whether the outbox holds data. */
  readonly announced: boolean;
  /** Whether the hub has heard of the outbox at all. */
  readonly known: boolean;
  /** An operator paused it: nothing is sent, and newer data queues here. */
  readonly held: boolean;
  /** Since when the backlog lasts that the log tells of (backlog-log.ts). */
  readonly backlogToldSinceMs: number | null;
  /** The receiver at this URL takes remote write 1.0 only (lasting-fallback.ts). */
  readonly fallback: { readonly urlSha256: string; readonly untilMs: number };
}

export class OutboxSettings {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  get<K extends keyof Settings>(key: K): Settings[K] | undefined {
    const row = this.#sql.exec<{ value: string }>('SELECT value FROM settings WHERE key = ?', key).toArray()[0];
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  set<K extends keyof Settings>(key: K, value: Settings[K]): void {
    this.#sql.exec(
      'INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2',
      key,
      JSON.stringify(value),
    );
  }
}
