/**
 * Batches that an isolate was let through with and of which the hub has not heard yet how they ended: completions ride with
 * later leases. An agent whose answer was lost may come back through another isolate in the meantime; it is asked to wait
 * until the hub must know, so that a batch which was taken is not taken twice.
 */
import type { BatchKey } from './messages.ts';

interface Begun {
  readonly isolate: string;
  readonly atMs: number;
}

export class BegunBatches {
  readonly #decidedAfterMs: number;
  /** In the order in which they began. */
  readonly #begun = new Map<string, Begun>();

  /** `decidedAfterMs`: by then an isolate that lives has told how a batch ended. */
  constructor(decidedAfterMs: number) {
    this.#decidedAfterMs = decidedAfterMs;
  }

  /** 0: the isolate may go on with the batch; else how long until it is known whether another one completed it. */
  begin(batch: BatchKey, isolate: string, nowMs: number): number {
    this.#forgetDecided(nowMs);
    const key = keyOf(batch);
    const earlier = this.#begun.get(key);
    // The same isolate knows by itself how it ended there.
    if (earlier !== undefined && earlier.isolate !== isolate) return earlier.atMs + this.#decidedAfterMs - nowMs;
    this.#begun.delete(key);
    this.#begun.set(key, { isolate, atMs: nowMs });
    return 0;
  }

  completed(batches: readonly BatchKey[]): void {
    for (const batch of batches) this.#begun.delete(keyOf(batch));
  }

  /** Also what began in the future: the clock was set back. */
  #forgetDecided(nowMs: number): void {
    for (const [key, { atMs }] of this.#begun) {
      if (atMs <= nowMs && nowMs - atMs < this.#decidedAfterMs) return;
      this.#begun.delete(key);
    }
  }
}

function keyOf({ agentId, sequence }: BatchKey): string {
  return `${sequence} ${agentId}`;
}
