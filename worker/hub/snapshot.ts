/**
 * Keeps what a hub holds in memory, as one text: a row written is what the platform counts, not how much is in it. Written
 * behind, so an object that ends without a word loses the last `WRITE_EVERY_MS` of numbers and of completed batches, and
 * never anything that was acknowledged. No timer: an object that waits for one is billed for the whole time.
 */

const WRITE_EVERY_MS = 30_000;
/** The platform drops an object that nobody asked anything for 10 s from memory: before that, an alarm writes. */
const WRITE_WHEN_QUIET_MS = 8_000;
/** Asked at least this often, the object stays in memory, and the next report writes. */
const BUSY_GAP_MS = 5_000;
/** After a longer gap it counts as quiet for this long. */
const QUIET_FOR_MS = 15_000;
/** A row holds 2 MB of UTF-8, and a character is at most 3 bytes of it. */
const MAX_PART_LENGTH = 600_000;

export class HubSnapshot {
  readonly #storage: DurableObjectStorage;
  readonly #write: () => unknown;
  #dirty = false;
  #writtenAtMs = 0;
  #calledAtMs = 0;
  #quietUntilMs = 0;
  #armed = false;
  #parts: number;

  /** `write` says what is to be kept. */
  constructor(storage: DurableObjectStorage, write: () => unknown) {
    this.#storage = storage;
    this.#write = write;
    this.#parts = 0;
  }

  /** What was kept last. */
  read(): unknown {
    const parts = this.#storage.sql
      .exec<{ text: string }>('SELECT text FROM snapshot ORDER BY part')
      .toArray()
      .map(({ text }) => text);
    this.#parts = parts.length;
    return parts.length === 0 ? undefined : JSON.parse(parts.join(''));
  }

  /** With every call that the object gets. */
  called(nowMs: number): void {
    if (nowMs - this.#calledAtMs > BUSY_GAP_MS) this.#quietUntilMs = nowMs + QUIET_FOR_MS;
    this.#calledAtMs = nowMs;
  }

  changed(nowMs: number): void {
    this.#dirty = true;
    if (nowMs - this.#writtenAtMs >= WRITE_EVERY_MS) this.#writeNow(nowMs);
    else if (!this.#armed && nowMs < this.#quietUntilMs) this.#arm(nowMs);
  }

  #arm(nowMs: number): void {
    this.#armed = true;
    // Should it fail, the next report writes, or the numbers are those of half a minute ago.
    this.#storage.setAlarm(nowMs + WRITE_WHEN_QUIET_MS).catch(() => undefined);
  }

  /** The alarm. */
  due(nowMs: number): void {
    this.#armed = false;
    this.flush(nowMs);
  }

  /** Before numbers are shown: a counter that somebody has seen must not go back when the object ends without a word. */
  flush(nowMs: number): void {
    if (this.#dirty) this.#writeNow(nowMs);
  }

  #writeNow(nowMs: number): void {
    const text = JSON.stringify(this.#write());
    const parts: string[] = [];
    for (let at = 0; at < text.length; at += MAX_PART_LENGTH) parts.push(text.slice(at, at + MAX_PART_LENGTH));
    this.#storage.transactionSync(() => {
      for (const [part, piece] of parts.entries()) {
        this.#storage.sql.exec(
          'INSERT INTO snapshot (part, text) VALUES (?1, ?2) ON CONFLICT (part) DO UPDATE SET text = ?2',
          part,
          piece,
        );
      }
      if (this.#parts > parts.length) this.#storage.sql.exec('DELETE FROM snapshot WHERE part >= ?', parts.length);
    });
    this.#parts = parts.length;
    this.#dirty = false;
    this.#writtenAtMs = nowMs;
  }
}
