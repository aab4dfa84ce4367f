/**
 * The reference of what a delivery queue is: a few lines over an array, no storage. Model tests compare the spool and
 * the outbox with it; it is not meant for production, where a restart must lose nothing.
 */
import type { Payload } from './destination.ts';
import type { UnorderedQueue } from './drain-together.ts';
import type { QueueDepth, QueuedPayload } from './queue.ts';

export interface QueueLimits {
  /** Bytes of bodies that may wait; an append beyond it is refused whole. */
  readonly maxBytes: number;
  readonly maxDeadLetters: number;
}

export interface DeadLetter {
  readonly sequence: number;
  readonly reason: string;
  readonly detail: string;
  /** Items that were refused: all of the payload's, or those of its refused parts. */
  readonly items: number;
}

/** In items. Whatever happens: accepted = queued + delivered + rejected + dropped. */
export interface QueueLedger {
  readonly accepted: number;
  readonly queued: number;
  readonly delivered: number;
  readonly rejected: number;
  readonly dropped: number;
}

export type AppendResult = 'accepted' | 'full';

export class MemoryQueue implements UnorderedQueue {
  readonly #limits: QueueLimits;
  #waiting: QueuedPayload[] = [];
  #deadLetters: DeadLetter[] = [];
  #lastSequence = 0;
  readonly #ledger = { accepted: 0, delivered: 0, rejected: 0, dropped: 0 };

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  append(payload: Payload, nowMs: number): AppendResult {
    if (this.depth().bytes + payload.body.length > this.#limits.maxBytes) return 'full';
    this.#waiting.push({ ...payload, sequence: ++this.#lastSequence, enqueuedAtMs: nowMs });
    this.#ledger.accepted += payload.items;
    return 'accepted';
  }

  peek(maxBytes: number): QueuedPayload[] {
    let end = 1;
    let bytes = 0;
    for (; end < this.#waiting.length; end++) {
      bytes += this.#waiting[end].body.length;
      if (bytes > maxBytes) break;
    }
    return this.#waiting.slice(0, end);
  }

  acknowledge(sequence: number): void {
    for (const payload of this.#waiting) if (payload.sequence <= sequence) this.#ledger.delivered += payload.items;
    this.#waiting = this.#waiting.filter((payload) => payload.sequence > sequence);
  }

  acknowledgeOnly(sequences: readonly number[]): void {
    const gone = this.#waiting.filter(({ sequence }) => sequences.includes(sequence));
    for (const { items } of gone) this.#ledger.delivered += items;
    this.#waiting = this.#waiting.filter((payload) => !gone.includes(payload));
  }

  reject(sequence: number, reason: string, detail: string, refusedItems?: number): void {
    const [head] = this.#waiting;
    if (head === undefined || head.sequence !== sequence) return;
    this.#waiting = this.#waiting.slice(1);
    const items = refusedItems ?? head.items;
    this.#ledger[reason === 'expired' ? 'dropped' : 'rejected'] += items;
    this.#ledger.delivered += head.items - items;
    this.#deadLetters = [...this.#deadLetters, { sequence, reason, detail, items }].slice(-this.#limits.maxDeadLetters);
  }

  /** An operator throws away what was enqueued before. */
  purge(enqueuedBeforeMs: number): void {
    const gone = this.#waiting.filter((payload) => payload.enqueuedAtMs < enqueuedBeforeMs);
    for (const { items } of gone) this.#ledger.dropped += items;
    this.#waiting = this.#waiting.filter((payload) => !gone.includes(payload));
  }

  /** A dead letter gets another try at the end of the queue. */
  replay(letter: DeadLetter, payload: Payload, nowMs: number): AppendResult {
    const appended = this.append(payload, nowMs);
    if (appended === 'accepted') this.#deadLetters = this.#deadLetters.filter((kept) => kept !== letter);
    return appended;
  }

  depth(): QueueDepth {
    const bytes = this.#waiting.reduce((sum, payload) => sum + payload.body.length, 0);
    const items = this.#queuedItems();
    const [head] = this.#waiting;
    const oldest = head === undefined ? {} : { oldestAtMs: head.enqueuedAtMs };
    return { payloads: this.#waiting.length, bytes, items, ...oldest };
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters;
  }

  ledger(): QueueLedger {
    return { ...this.#ledger, queued: this.#queuedItems() };
  }

  #queuedItems(): number {
    return this.#waiting.reduce((sum, payload) => sum + payload.items, 0);
  }
}
