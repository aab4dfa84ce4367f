/**
 * What a destination refused for good, kept for inspection and for another try: the newest `maxLetters`, each with its
 * reason and, where it fits a row, its bytes.
 */
import type { Payload } from '../../core/delivery/destination.ts';
import type { DeadLetter } from '../../core/delivery/memory-queue.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { compact, MAX_ROW_BYTES } from './rows.ts';

export interface StoredDeadLetter extends DeadLetter {
  /** Names the letter for as long as it is kept; `sequence` is 0 where it was refused before it was ever queued. */
  readonly id: number;
  readonly atMs: number;
  readonly bytes: number;
  readonly signal: Signal;
  /** False where the body was too large to be kept. */
  readonly hasBody: boolean;
}

type LetterRow = {
  id: number;
  sequence: number;
  reason: string;
  detail: string;
  items: number;
  at: number;
  bytes: number;
  signal: string;
  hasBody: number;
};

type BodyRow = {
  items: number;
  signal: string;
  content_type: string;
  content_encoding: string;
  tenant_id: string | null;
  path: string | null;
  body: ArrayBuffer | null;
};

export class SqliteDeadLetters {
  readonly #sql: SqlStorage;
  readonly #maxLetters: number;

  constructor(sql: SqlStorage, maxLetters: number) {
    this.#sql = sql;
    this.#maxLetters = maxLetters;
  }

  add(payload: Payload, letter: DeadLetter, nowMs: number): void {
    const { body } = payload;
    this.#sql.exec(
      `INSERT INTO dead_letters (sequence, at_ms, reason, detail, items, bytes, signal, content_type, content_encoding,
                                 tenant_id, path, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      letter.sequence,
      nowMs,
      letter.reason,
      letter.detail,
      letter.items,
      body.byteLength,
      payload.signal,
      payload.contentType,
      payload.contentEncoding,
      payload.tenantId ?? null,
      payload.path ?? null,
      body.byteLength > MAX_ROW_BYTES ? null : compact(body),
    );
    this.#sql.exec('UPDATE ledger SET dead_letters = dead_letters + 1');
    // By place and not by number: a letter that was replayed leaves a gap.
    this.#sql.exec(
      'DELETE FROM dead_letters WHERE id <= (SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1 OFFSET ?)',
      this.#maxLetters,
    );
  }

  count(): number {
    return this.#sql.exec<{ letters: number }>('SELECT count(*) AS letters FROM dead_letters').one().letters;
  }

  /** Oldest first. */
  list(): StoredDeadLetter[] {
    return this.#sql
      .exec<LetterRow>(
        `SELECT id, sequence, reason, detail, items, at_ms AS at, bytes, signal, body IS NOT NULL AS hasBody
         FROM dead_letters ORDER BY id`,
      )
      .toArray()
      .map(({ at, signal, hasBody, ...rest }) => ({
        ...rest,
        atMs: at,
        signal: signal as Signal,
        hasBody: hasBody === 1,
      }));
  }

  /** What was refused, as it was sent. Undefined where the letter is gone or its body was not kept. */
  payload(id: number): Payload | undefined {
    const [row] = this.#sql
      .exec<BodyRow>(
        `SELECT items, signal, content_type, content_encoding, tenant_id, path, body FROM dead_letters WHERE id = ?`,
        id,
      )
      .toArray();
    if (row === undefined || row.body === null) return undefined;
    return {
      signal: row.signal as Signal,
      contentType: row.content_type,
      contentEncoding: row.content_encoding as Payload['contentEncoding'],
      body: new Uint8Array(row.body),
      items: row.items,
      ...(row.tenant_id === null ? {} : { tenantId: row.tenant_id }),
      ...(row.path === null ? {} : { path: row.path }),
    };
  }

  remove(id: number): void {
    this.#sql.exec('DELETE FROM dead_letters WHERE id = ?', id);
  }

  clear(): number {
    const gone = this.count();
    this.#sql.exec('DELETE FROM dead_letters');
    return gone;
  }
}
