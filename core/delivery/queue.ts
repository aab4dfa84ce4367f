/**
 * Spool (agent, files) and outbox (gateway, SQLite) are one idea on two storages: append, read in order, acknowledge,
 * reject with a reason, bounded, with an exact ledger. `drain.ts` works on this interface only, and one table of cases
 * (queue.cases.ts) plus one model test hold both implementations to it.
 */
import type { Payload } from './destination.ts';

export interface QueuedPayload extends Payload {
  /** Grows by one with each append, never reused. */
  readonly sequence: number;
  readonly enqueuedAtMs: number;
}

export interface QueueDepth {
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  /** Enqueue time of the head; undefined when empty. */
  readonly oldestAtMs?: number;
}

export interface DeliveryQueue {
  /** The oldest payloads, in order, at least one if there is any, at most `maxBytes` of bodies beyond the first. */
  peek(maxBytes: number): Promise<QueuedPayload[]> | QueuedPayload[];
  /** Everything up to and including `sequence` has been delivered. */
  acknowledge(sequence: number): Promise<void> | void;
  /** The destination refused the payload for good: keep it in the bounded dead-letter list with its reason. */
  reject(sequence: number, reason: string, detail: string): Promise<void> | void;
  depth(): QueueDepth;
}
