/**
 * A delivery queue in the SQLite of a Durable Object. Every change is one transaction that the platform makes durable
 * before any answer leaves the object (the output gate), so "appended" means committed. Bodies are cut into rows of at
 * most 1.9 MB, because the platform refuses rows above 2 MB.
 */
import type { Payload } from '../../core/delivery/destination.ts';
import type { UnorderedQueue } from '../../core/delivery/drain-together.ts';
import type { AppendResult, QueueLedger, QueueLimits } from '../../core/delivery/memory-queue.ts';
import type { QueueDepth, QueuedPayload } from '../../core/delivery/queue.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { compact, MAX_ROW_BYTES } from './rows.ts';
import { SqliteDeadLetters } from './sqlite-dead-letters.ts';

type PayloadRow = {
  sequence: number;
  enqueued_at_ms: number;
  bytes: number;
  items: number;
  signal: string;
  content_type: string;
  content_encoding: string;
  tenant_id: string | null;
  path: string | null;
  body: ArrayBuffer;
};

type LedgerRow = {
  last_sequence: number;
  delivered: number;
  rejected: number;
  dropped: number;
  attempts: number;
  splits: number;
  dead_letters: number;
  counted_to: number;
  counted_head: number;
  counted_settled: number;
  counted_payloads: number;
  counted_bytes: number;
  counted_items: number;
};

interface Depth {
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
}

/** Events since the outbox exists; items are in the ledger. */
export interface QueueEvents {
  readonly attempts: number;
  readonly splits: number;
  readonly deadLetters: number;
}

export class SqliteQueue implements UnorderedQueue {
  readonly letters: SqliteDeadLetters;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #limits: QueueLimits;
  readonly #now: () => number;
  /** What the tables hold, so that depth costs no scan. Changed only after a transaction succeeded. */
  #depth: Depth;
  /** Of the head, read when it is asked for. */
  #oldestAtMs: number | undefined;
  #lastSequence: number;

  constructor(storage: DurableObjectStorage, limits: QueueLimits, now: () => number) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#limits = limits;
    this.#now = now;
    this.letters = new SqliteDeadLetters(this.#sql, limits.maxDeadLetters);
    const { last } = this.#sql
      .exec<{ last: number }>(
        `SELECT max(coalesce((SELECT max(sequence) FROM payloads), 0), last_sequence) AS last FROM ledger`,
      )
      .one();
    this.#lastSequence = last;
    this.#depth = this.#countAgain();
  }

  append(payload: Payload, nowMs: number): AppendResult {
    return this.appendAll([payload], nowMs);
  }

  /** All of them or none: a push is acknowledged as a whole. `together` is done in the same transaction. */
  appendAll(payloads: readonly Payload[], nowMs: number, together?: () => void): AppendResult {
    const bytes = payloads.reduce((sum, payload) => sum + payload.body.byteLength, 0);
    if (this.#depth.bytes + bytes > this.#limits.maxBytes) return 'full';
    const first = this.#lastSequence + 1;
    const insertAll = () => {
      payloads.forEach((payload, index) => {
        this.#insert(first + index, payload, nowMs);
      });
      together?.();
    };
    // One statement is a transaction already, and that is what nearly every push of an outage is.
    const isOneRow = payloads.length === 1 && bytes <= MAX_ROW_BYTES && together === undefined;
    if (isOneRow) insertAll();
    else this.#storage.transactionSync(insertAll);
    this.#lastSequence += payloads.length;
    const items = payloads.reduce((sum, payload) => sum + payload.items, 0);
    this.#changeDepth(payloads.length, bytes, items);
    return 'accepted';
  }

  peek(maxBytes: number, maxItems = Number.POSITIVE_INFINITY): QueuedPayload[] {
    let last: number | undefined;
    let bytes = 0;
    let items = 0;
    // Without the bodies first: what is not wanted is not copied.
    for (const head of this.#sql.exec<{ sequence: number; bytes: number; items: number }>(
      'SELECT sequence, bytes, items FROM payloads ORDER BY sequence',
    )) {
      if (last !== undefined) bytes += head.bytes;
      items += head.items;
      if (last !== undefined && (bytes > maxBytes || items > maxItems || maxBytes === 0)) break;
      last = head.sequence;
    }
    if (last === undefined) {
      // Should the count ever be wrong, an outbox must not wait for ever for what is not there.
      if (this.#depth.payloads > 0) this.#depth = this.#count(0);
      return [];
    }
    return this.#sql
      .exec<PayloadRow>('SELECT * FROM payloads WHERE sequence <= ? ORDER BY sequence', last)
      .toArray()
      .map((row) => this.#load(row));
  }

  acknowledge(sequence: number): void {
    const gone = this.#sql
      .exec<{ payloads: number; bytes: number; items: number }>(
        `SELECT count(*) AS payloads, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(items), 0) AS items
         FROM payloads WHERE sequence <= ?`,
        sequence,
      )
      .one();
    if (gone.payloads === 0) return;
    this.#storage.transactionSync(() => {
      this.#remove(sequence);
      this.#settle({ delivered: gone.items });
    });
    this.#changeDepth(-gone.payloads, -gone.bytes, -gone.items);
  }

  acknowledgeOnly(sequences: readonly number[]): void {
    const gone = sequences.flatMap((sequence) =>
      this.#sql
        .exec<{ bytes: number; items: number }>('SELECT bytes, items FROM payloads WHERE sequence = ?', sequence)
        .toArray(),
    );
    const items = gone.reduce((sum, row) => sum + row.items, 0);
    this.#storage.transactionSync(() => {
      for (const sequence of sequences) {
        this.#sql.exec('DELETE FROM payloads WHERE sequence = ?', sequence);
        this.#sql.exec('DELETE FROM parts WHERE sequence = ?', sequence);
      }
      this.#settle({ delivered: items });
    });
    this.#changeDepth(-gone.length, -gone.reduce((sum, row) => sum + row.bytes, 0), -items);
  }

  /** An operator throws away what waits: all of it, or what is older than a time. Counted as dropped. */
  purge(enqueuedBeforeMs: number): { readonly payloads: number; readonly items: number } {
    const gone = this.#sql
      .exec<{ payloads: number; bytes: number; items: number; last: number }>(
        `SELECT count(*) AS payloads, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(items), 0) AS items,
                coalesce(max(sequence), 0) AS last
         FROM payloads WHERE enqueued_at_ms < ?`,
        enqueuedBeforeMs,
      )
      .one();
    if (gone.payloads === 0) return { payloads: 0, items: 0 };
    this.#storage.transactionSync(() => {
      // By sequence and not by time: a clock that jumped must not leave a hole in the middle.
      this.#sql.exec('DELETE FROM payloads WHERE sequence <= ? AND enqueued_at_ms < ?', gone.last, enqueuedBeforeMs);
      this.#sql.exec('DELETE FROM parts WHERE sequence NOT IN (SELECT sequence FROM payloads)');
      this.#settle({ dropped: gone.items });
    });
    this.#changeDepth(-gone.payloads, -gone.bytes, -gone.items);
    return { payloads: gone.payloads, items: gone.items };
  }

  /** A dead letter gets another try, at the end of the queue. Its items count as accepted anew. */
  replay(payload: Payload, letterId: number, nowMs: number): AppendResult {
    return this.appendAll([payload], nowMs, () => this.letters.remove(letterId));
  }

  /**
   * After each slice of draining. For the metrics: requests that were sent, and payloads that were cut. And, in the same row,
   * the depth: an object that wakes for every push of a long outage would otherwise read the whole backlog each time.
   */
  countEvents({ attempts, splits }: { readonly attempts: number; readonly splits: number }): void {
    this.#sql.exec(
      `UPDATE ledger SET attempts = attempts + ?, splits = splits + ?,
         counted_to = ?, counted_head = ?, counted_settled = delivered + rejected + dropped,
         counted_payloads = ?, counted_bytes = ?, counted_items = ?`,
      attempts,
      splits,
      this.#lastSequence,
      this.#headSequence(),
      this.#depth.payloads,
      this.#depth.bytes,
      this.#depth.items,
    );
  }

  /** What was counted last and what came since; all of it where something has left since, in whatever version. */
  #countAgain(): Depth {
    const ledger = this.#sql.exec<LedgerRow>('SELECT * FROM ledger').one();
    const settled = ledger.delivered + ledger.rejected + ledger.dropped;
    if (ledger.counted_settled !== settled || ledger.counted_head !== this.#headSequence()) return this.#count(0);
    const since = this.#count(ledger.counted_to);
    return {
      payloads: ledger.counted_payloads + since.payloads,
      bytes: ledger.counted_bytes + since.bytes,
      items: ledger.counted_items + since.items,
    };
  }

  #count(beyond: number): Depth {
    return this.#sql
      .exec<{ payloads: number; bytes: number; items: number }>(
        `SELECT count(*) AS payloads, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(items), 0) AS items
         FROM payloads WHERE sequence > ?`,
        beyond,
      )
      .one();
  }

  /** 0: the queue is empty. */
  #headSequence(): number {
    const [head] = this.#sql
      .exec<{ sequence: number }>('SELECT sequence FROM payloads ORDER BY sequence LIMIT 1')
      .toArray();
    return head?.sequence ?? 0;
  }

  events(): QueueEvents {
    const { attempts, splits, dead_letters } = this.#sql.exec<LedgerRow>('SELECT * FROM ledger').one();
    return { attempts, splits, deadLetters: dead_letters };
  }

  reject(sequence: number, reason: string, detail: string, refusedItems?: number): void {
    const [head] = this.peek(0);
    if (head === undefined || head.sequence !== sequence) return;
    const items = refusedItems ?? head.items;
    this.#storage.transactionSync(() => {
      this.#remove(sequence);
      this.letters.add(head, { sequence, reason, detail, items }, this.#now());
      this.#settle({
        delivered: head.items - items,
        rejected: reason === 'expired' ? 0 : items,
        dropped: reason === 'expired' ? items : 0,
      });
    });
    this.#changeDepth(-1, -head.body.byteLength, -head.items);
  }

  /** A payload that was refused before it was ever queued: kept beside the others, outside the queue's ledger. */
  addDeadLetter(payload: Payload, reason: string, detail: string): void {
    const letter = { sequence: 0, reason, detail, items: payload.items };
    this.#storage.transactionSync(() => this.letters.add(payload, letter, this.#now()));
  }

  /** Reads no row. */
  get isEmpty(): boolean {
    return this.#depth.payloads === 0;
  }

  depth(): QueueDepth {
    const { payloads, bytes, items } = this.#depth;
    const oldestAtMs = payloads === 0 ? undefined : (this.#oldestAtMs ??= this.#headAtMs());
    return { payloads, bytes, items, ...(oldestAtMs === undefined ? {} : { oldestAtMs }) };
  }

  #headAtMs(): number | undefined {
    const [head] = this.#sql
      .exec<{ at: number }>('SELECT enqueued_at_ms AS at FROM payloads ORDER BY sequence LIMIT 1')
      .toArray();
    return head?.at;
  }

  ledger(): QueueLedger {
    const { delivered, rejected, dropped } = this.#sql.exec<LedgerRow>('SELECT * FROM ledger').one();
    const queued = this.#depth.items;
    return { accepted: queued + delivered + rejected + dropped, queued, delivered, rejected, dropped };
  }

  #insert(sequence: number, payload: Payload, nowMs: number): void {
    const { body } = payload;
    this.#sql.exec(
      `INSERT INTO payloads (sequence, enqueued_at_ms, bytes, items, signal, content_type, content_encoding, tenant_id, path, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      sequence,
      nowMs,
      body.byteLength,
      payload.items,
      payload.signal,
      payload.contentType,
      payload.contentEncoding,
      payload.tenantId ?? null,
      payload.path ?? null,
      compact(body.subarray(0, MAX_ROW_BYTES)),
    );
    for (let part = 1; part * MAX_ROW_BYTES < body.byteLength; part++) {
      const chunk = compact(body.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES));
      this.#sql.exec('INSERT INTO parts (sequence, part, body) VALUES (?, ?, ?)', sequence, part, chunk);
    }
  }

  #load(row: PayloadRow): QueuedPayload {
    return {
      sequence: row.sequence,
      enqueuedAtMs: row.enqueued_at_ms,
      signal: row.signal as Signal,
      contentType: row.content_type,
      contentEncoding: row.content_encoding as Payload['contentEncoding'],
      body: this.#loadBody(row),
      items: row.items,
      ...(row.tenant_id === null ? {} : { tenantId: row.tenant_id }),
      ...(row.path === null ? {} : { path: row.path }),
    };
  }

  #loadBody(row: PayloadRow): Uint8Array {
    if (row.bytes <= MAX_ROW_BYTES) return new Uint8Array(row.body);
    const body = new Uint8Array(row.bytes);
    body.set(new Uint8Array(row.body), 0);
    for (const { part, chunk } of this.#sql.exec<{ part: number; chunk: ArrayBuffer }>(
      'SELECT part, body AS chunk FROM parts WHERE sequence = ? ORDER BY part',
      row.sequence,
    )) {
      body.set(new Uint8Array(chunk), part * MAX_ROW_BYTES);
    }
    return body;
  }

  #remove(upToSequence: number): void {
    this.#sql.exec('DELETE FROM payloads WHERE sequence <= ?', upToSequence);
    this.#sql.exec('DELETE FROM parts WHERE sequence <= ?', upToSequence);
  }

  /** Keeps the last sequence too: an emptied table would otherwise forget which numbers were used. */
  #settle({
    delivered = 0,
    rejected = 0,
    dropped = 0,
  }: Partial<Pick<LedgerRow, 'delivered' | 'rejected' | 'dropped'>>): void {
    this.#sql.exec(
      `UPDATE ledger SET last_sequence = ?, delivered = delivered + ?, rejected = rejected + ?, dropped = dropped + ?`,
      this.#lastSequence,
      delivered,
      rejected,
      dropped,
    );
  }

  #changeDepth(payloads: number, bytes: number, items: number): void {
    if (payloads < 0) this.#oldestAtMs = undefined;
    this.#depth = {
      payloads: this.#depth.payloads + payloads,
      bytes: this.#depth.bytes + bytes,
      items: this.#depth.items + items,
    };
  }
}
