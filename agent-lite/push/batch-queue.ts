/**
 * Shows a spool as a queue of batch messages (docs/batch-protocol.md): consecutive records of any signal become the
 * sections of one request. The idempotency key is the sequence of the last record, so the same records must form the
 * same message until they are answered: how far a message reaches is fixed when it is first formed.
 */
import type { Payload } from '../../core/delivery/destination.ts';
import type { DeliveryQueue, QueueDepth, QueuedPayload } from '../../core/delivery/queue.ts';
import { BATCH_CONTENT_TYPE, type BatchResponse, encodeBatch } from '../../core/wire/spillway-batch.ts';

/** Sections of one message. Keeps the answer, which has a result for each, small. */
const MAX_SECTIONS = 256;
const SMALLEST_BATCH_BYTES = 1;

interface Formed {
  readonly last: number;
  readonly sentAtMs: number;
  readonly records: readonly Pick<QueuedPayload, 'sequence' | 'items'>[];
}

export class BatchQueue implements DeliveryQueue {
  readonly #queue: DeliveryQueue;
  readonly #agentId: string;
  readonly #nowMs: () => number;
  #maxBytes: number;
  #formed: Formed | undefined;
  #answer: BatchResponse | undefined;

  constructor(queue: DeliveryQueue, agentId: string, maxBytes: number, nowMs: () => number) {
    this.#queue = queue;
    this.#agentId = agentId;
    this.#maxBytes = maxBytes;
    this.#nowMs = nowMs;
  }

  async peek(): Promise<QueuedPayload[]> {
    const waiting = await this.#queue.peek(this.#maxBytes);
    const [first] = waiting;
    if (first === undefined) return [];
    const last = this.#formed?.last ?? Number.POSITIVE_INFINITY;
    const kept = waiting.filter(({ sequence }) => sequence <= last).slice(0, MAX_SECTIONS);
    const records = kept.length > 0 ? kept : waiting.slice(0, MAX_SECTIONS);
    const sentAtMs = kept.length > 0 ? (this.#formed?.sentAtMs ?? this.#nowMs()) : this.#nowMs();
    const sequence = records.at(-1)!.sequence;
    this.#formed = { last: sequence, sentAtMs, records: records.map(({ sequence, items }) => ({ sequence, items })) };
    return [{ ...this.#message(records, sequence, sentAtMs), sequence, enqueuedAtMs: first.enqueuedAtMs }];
  }

  /** What the gateway said about each section of the message that is about to be acknowledged. */
  answered(answer: BatchResponse): void {
    this.#answer = answer;
  }

  /** After 413: forms smaller messages from now on. False when the message was a single record already. */
  shrink(): boolean {
    const formed = this.#formed;
    if (formed === undefined || formed.records.length < 2) return false;
    this.#maxBytes = Math.max(Math.floor(this.#maxBytes / 2), SMALLEST_BATCH_BYTES);
    const half = formed.records.slice(0, Math.ceil(formed.records.length / 2));
    this.#formed = { ...formed, last: half.at(-1)!.sequence };
    return true;
  }

  async acknowledge(sequence: number): Promise<void> {
    const records = this.#formed?.records ?? [];
    const results = this.#answer?.results ?? [];
    this.#formed = undefined;
    this.#answer = undefined;
    for (const result of results) {
      const record = records[result.section];
      if (record === undefined || result.rejectedItems === 0) continue;
      await this.#queue.acknowledge(record.sequence - 1);
      const refused = Math.min(Number(result.rejectedItems), record.items);
      await this.#queue.reject(record.sequence, result.reason || 'rejected', result.message, refused);
    }
    await this.#queue.acknowledge(sequence);
  }

  async reject(sequence: number, reason: string, detail: string): Promise<void> {
    const records = this.#formed?.records ?? [];
    this.#formed = undefined;
    this.#answer = undefined;
    for (const record of records) {
      if (record.sequence <= sequence) await this.#queue.reject(record.sequence, reason, detail);
    }
  }

  depth(): QueueDepth {
    return this.#queue.depth();
  }

  #message(records: readonly QueuedPayload[], sequence: number, sentAtMs: number): Payload {
    const sections = records.map(({ signal, contentType, contentEncoding, body, items, path }) => {
      return { signal, contentType, contentEncoding, body, items, ...(path === undefined ? {} : { path }) };
    });
    return {
      // Counted by section when it is answered; as a whole it is told apart by its content type.
      signal: records[0]!.signal,
      contentType: BATCH_CONTENT_TYPE,
      contentEncoding: '',
      body: encodeBatch({ agentId: this.#agentId, sequence, sentAtMs, sections }),
      items: records.reduce((sum, { items }) => sum + items, 0),
    };
  }
}
