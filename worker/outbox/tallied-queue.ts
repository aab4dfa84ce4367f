/** A queue that also remembers what one slice of draining did to it, for the hub and the counters. */
import type { UnorderedQueue } from '../../core/delivery/drain-together.ts';
import type { QueueDepth, QueuedPayload } from '../../core/delivery/queue.ts';
import type { ErrorReport } from '../hub/messages.ts';
import type { SqliteQueue } from './sqlite-queue.ts';

export interface Tally {
  readonly delivered: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly errors: readonly ErrorReport[];
  /** Items of dead letters that were queued again. */
  readonly replayed?: number;
}

export const nothingTallied: Tally = { delivered: 0, rejected: {}, dropped: {}, errors: [] };

export class TalliedQueue implements UnorderedQueue {
  /** Requests that were sent, and payloads that were cut: counted by who does it. */
  attempts = 0;
  splits = 0;
  readonly #queue: SqliteQueue;
  readonly #deliveredBefore: number;
  readonly #refusals = new Map<string, { items: number; count: number; detail: string }>();

  constructor(queue: SqliteQueue) {
    this.#queue = queue;
    this.#deliveredBefore = queue.ledger().delivered;
  }

  peek(maxBytes: number, maxItems?: number): QueuedPayload[] {
    return this.#queue.peek(maxBytes, maxItems);
  }

  acknowledge(sequence: number): void {
    this.#queue.acknowledge(sequence);
  }

  acknowledgeOnly(sequences: readonly number[]): void {
    this.#queue.acknowledgeOnly(sequences);
  }

  reject(sequence: number, reason: string, detail: string, refusedItems?: number): void {
    const before = this.#queue.ledger();
    this.#queue.reject(sequence, reason, detail, refusedItems);
    const after = this.#queue.ledger();
    const items = after.rejected + after.dropped - before.rejected - before.dropped;
    const refusal = this.#refusals.get(reason) ?? { items: 0, count: 0, detail };
    this.#refusals.set(reason, { items: refusal.items + items, count: refusal.count + 1, detail });
  }

  depth(): QueueDepth {
    return this.#queue.depth();
  }

  tally(nowMs: number): Tally {
    const rejected: Record<string, number> = {};
    const dropped: Record<string, number> = {};
    const errors: ErrorReport[] = [];
    for (const [reason, { items, count, detail }] of this.#refusals) {
      (reason === 'expired' ? dropped : rejected)[reason] = items;
      errors.push({ atMs: nowMs, reason, message: detail, count });
    }
    return { delivered: this.#queue.ledger().delivered - this.#deliveredBefore, rejected, dropped, errors };
  }
}
