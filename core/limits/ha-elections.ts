/**
 * Which replica of each pair of Prometheus servers is taken, as Mimir's HA tracker decides it: the first that comes is
 * elected and stays so until nothing has come from it for the fail-over time; then the next that comes is.
 */
export interface Election {
  readonly cluster: string;
  readonly replica: string;
  readonly receivedAtMs: number;
}

export interface HaSettings {
  /** 0: any number. */
  readonly maxClusters: number;
  readonly updateTimeoutMs: number;
  readonly failoverTimeoutMs: number;
}

export type HaDecision =
  | { readonly kind: 'elected'; readonly replica: string; readonly store?: Election }
  | { readonly kind: 'too_many_clusters'; readonly maxClusters: number };

/** A cluster that nothing was heard of for so long is forgotten, and makes room for another. */
const FORGOTTEN_AFTER_MS = 30 * 60_000;

interface Entry {
  replica: string;
  receivedAtMs: number;
  storedAtMs: number;
}

export class HaElections {
  readonly #entries = new Map<string, Entry>();

  constructor(stored: readonly Election[]) {
    for (const { cluster, replica, receivedAtMs } of stored) {
      this.#entries.set(cluster, { replica, receivedAtMs, storedAtMs: receivedAtMs });
    }
  }

  /** A push of this replica has come. `store` in the answer must be kept, so that a restart changes no replica. */
  decide(cluster: string, replica: string, settings: HaSettings, nowMs: number): HaDecision {
    let entry = this.#entries.get(cluster);
    if (entry === undefined) {
      const { maxClusters } = settings;
      if (maxClusters > 0 && this.#entries.size >= maxClusters) return { kind: 'too_many_clusters', maxClusters };
      entry = { replica, receivedAtMs: nowMs, storedAtMs: Number.NEGATIVE_INFINITY };
      this.#entries.set(cluster, entry);
    }
    // After a jump back of the clock a time in the future would keep a dead replica elected until then.
    entry.receivedAtMs = Math.min(entry.receivedAtMs, nowMs);
    const silent = nowMs - entry.receivedAtMs >= settings.failoverTimeoutMs;
    const changes = entry.replica !== replica && silent;
    if (changes) entry.replica = replica;
    if (entry.replica !== replica) return { kind: 'elected', replica: entry.replica };
    entry.receivedAtMs = nowMs;
    const due = changes || nowMs - entry.storedAtMs >= settings.updateTimeoutMs || entry.storedAtMs > nowMs;
    if (!due) return { kind: 'elected', replica };
    entry.storedAtMs = nowMs;
    return { kind: 'elected', replica, store: { cluster, replica, receivedAtMs: nowMs } };
  }

  /** Removes and names the clusters that nothing is heard of any more. */
  forget(nowMs: number): string[] {
    const old = [...this.#entries].filter(([, entry]) => nowMs - entry.receivedAtMs >= FORGOTTEN_AFTER_MS);
    for (const [cluster] of old) this.#entries.delete(cluster);
    return old.map(([cluster]) => cluster);
  }

  list(): Election[] {
    return [...this.#entries].map(([cluster, { replica, receivedAtMs }]) => ({ cluster, replica, receivedAtMs }));
  }
}
