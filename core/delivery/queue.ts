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
  /**
   * The oldest payloads, in order, at least one if there is any, at most `maxBytes` of bodies beyond the first. More than
   * `maxItems` are not needed: a queue that pays for each body it reads stops there.
   */
  peek(maxBytes: number, maxItems?: number): Promise<QueuedPayload[]> | QueuedPayload[];
  /** Everything up to and including `sequence` has been delivered. */
  acknowledge(sequence: number): Promise<void> | void;
  /**
   * The head will never be delivered: keep it in the bounded dead-letter list with its reason and remove it.
   * `refusedItems` is given when it was sent in parts and only some were refused: then the ledger counts that many of
   * its items as rejected and the others as delivered. With reason `expired` (older than the destination's maximum
   * age) the ledger counts the items as dropped instead.
   */
  reject(sequence: number, reason: string, detail: string, refusedItems?: number): Promise<void> | void;
  depth(): QueueDepth;
}
