/**
 * Everything between the pipeline and one destination: batches wait here for a moment, are put on the spool, and leave
 * it in order. A write resolves when its data is on the disk. A full spool holds logs and traces back at their source
 * and makes room for metrics, which cannot wait at theirs, by dropping the oldest. No failure of disk or network ends it.
 */
import { OutcomeError } from '../../core/outcome.ts';
import type { Batch, Signal } from '../../core/pipeline/signals.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Spool } from '../spool/spool.ts';
import { SpoolFullError, type WhenFull } from '../spool/spool-types.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Accumulator, type Entry, encodeEntries, type Waiter } from './accumulator.ts';
import type { DeliveryMetrics } from './delivery-metrics.ts';
import type { Drain } from './drain.ts';
import type { HostDestination } from './host-destination.ts';

export interface SenderParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  readonly openSpool: () => Promise<Spool>;
  readonly openDrain: (spool: Spool) => Promise<Drain>;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** What may wait in memory per signal while the disk takes nothing. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const DISK_RETRY_MS = 1000;
/** How long a stopping sender goes on sending what is on the spool. */
const LAST_SEND_MS = 2000;

export class Sender {
  #destination: HostDestination;
  readonly #parts: SenderParts;
  readonly #waiting = new Map<Signal, Accumulator>();
  readonly #flushing = new Map<Signal, Promise<void>>();
  /** Aborted when a batch is full before its time. */
  readonly #waits = new Map<Signal, AbortController>();
  readonly #stop = new AbortController();
  #spool: Promise<Spool> | undefined;
  #drain: Drain | undefined;

  constructor(destination: HostDestination, parts: SenderParts) {
    this.#destination = destination;
    this.#parts = parts;
  }

  /** Opens the spool and begins to send what an earlier run left there. */
  start(): void {
    void this.spool().catch(() => undefined);
  }

  /** New settings after a reload: a destination that was paused or is waiting is tried at once. */
  update(destination: HostDestination): void {
    if (destination === this.#destination) return;
    this.#destination = destination;
    this.#drain?.update(destination);
  }

  /** The spool, opened when first needed; after a failure the next call tries again. */
  spool(): Promise<Spool> {
    this.#spool ??= this.#open().catch((error: unknown) => {
      this.#spool = undefined;
      throw error;
    });
    return this.#spool;
  }

  async #open(): Promise<Spool> {
    const spool = await this.#parts.openSpool();
    this.#drain = await this.#parts.openDrain(spool);
    this.#drain.update(this.#destination);
    this.#drain.start();
    return spool;
  }

  write(batch: Batch): Promise<void> {
    return new Promise((resolve, reject) => this.#add(batch, { resolve, reject }));
  }

  #add(batch: Batch, waiter: Waiter): void {
    if (this.#stop.signal.aborted) {
      waiter.reject(stopping());
      return;
    }
    const waiting = this.#accumulator(batch.signal);
    waiting.add(batch, waiter);
    if (waiting.bytes > MAX_WAITING_BYTES) this.#shed(batch.signal, waiting);
    if (this.#isFull(waiting)) this.#waits.get(batch.signal)?.abort();
    this.#schedule(batch.signal, waiting);
  }

  #isFull(waiting: Accumulator): boolean {
    const { maxItems, maxBytes } = this.#destination.batch;
    return waiting.items >= maxItems || waiting.bytes >= maxBytes;
  }

  #schedule(signal: Signal, waiting: Accumulator): void {
    if (this.#flushing.has(signal)) return;
    const flushing = this.#flushSoon(signal, waiting).finally(() => {
      this.#flushing.delete(signal);
      if (!waiting.isEmpty && !this.#stop.signal.aborted) this.#schedule(signal, waiting);
    });
    this.#flushing.set(signal, flushing);
  }

  async #flushSoon(signal: Signal, waiting: Accumulator): Promise<void> {
    // A sender of traces waits for our answer, so its spans are not held back for company.
    if (signal !== 'traces' && !this.#isFull(waiting) && !this.#stop.signal.aborted) {
      const full = new AbortController();
      this.#waits.set(signal, full);
      await this.#parts.clock.sleep(this.#destination.batch.maxWaitMs, full.signal);
      this.#waits.delete(signal);
    }
    await this.#flush(signal, waiting.takeAll());
  }

  async #flush(signal: Signal, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const whenFull: WhenFull = signal === 'metrics' ? 'drop_oldest' : 'refuse';
    let encoded: Awaited<ReturnType<typeof encodeEntries>>;
    try {
      encoded = await encodeEntries(this.#destination, entries, this.#parts.gzip);
    } catch (error) {
      rejectAll(entries, error as Error);
      return;
    }
    for (let failures = 0; ; failures++) {
      try {
        const spool = await this.spool();
        await spool.append(encoded.payloads, encoded.marks, whenFull);
        for (const { signal, items } of encoded.payloads) this.#parts.metrics.accepted(signal, items);
        this.#drain?.wake();
        for (const { waiter } of entries) waiter.resolve();
        return;
      } catch (error) {
        if (!(await this.#mayRetry(signal, entries, error as Error, failures))) return;
      }
    }
  }

  /** Traces go back to their sender, who can wait; everything else waits here. */
  async #mayRetry(signal: Signal, entries: readonly Entry[], error: Error, failures: number): Promise<boolean> {
    const full = error instanceof SpoolFullError;
    if (failures === 0) {
      const message = full ? 'the spool is full: the sources wait' : 'the spool cannot be written: trying again';
      this.#parts.logger.warn(message, { signal, err: error.message });
    }
    if (this.#stop.signal.aborted) {
      if (signal === 'metrics') this.#countLost(entries);
      rejectAll(entries, stopping());
      return false;
    }
    if (signal === 'traces') {
      rejectAll(entries, new OutcomeError(full ? 'outbox_full' : 'outbox_unavailable', error.message));
      return false;
    }
    await this.#parts.clock.sleep(DISK_RETRY_MS, this.#stop.signal);
    return true;
  }

  /** The disk takes nothing and memory is bounded: metrics lose their oldest, the others are told to come back. */
  #shed(signal: Signal, waiting: Accumulator): void {
    while (waiting.bytes > MAX_WAITING_BYTES) {
      const oldest = waiting.takeOldest();
      if (oldest === undefined) return;
      if (signal === 'metrics') {
        this.#countLost([oldest]);
        oldest.waiter.resolve();
      } else {
        oldest.waiter.reject(new OutcomeError('outbox_unavailable', 'too much data is waiting for the disk'));
      }
    }
  }

  #countLost(entries: readonly Entry[]): void {
    for (const { batch, items } of entries) this.#parts.metrics.dropped(batch.signal, items, 'spool_unavailable');
  }

  /** Puts what waits in memory on the spool, sends for a moment longer, and closes. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const wait of this.#waits.values()) wait.abort();
    await Promise.allSettled([...this.#flushing.values()]);
    for (const [signal, waiting] of this.#waiting) await this.#flush(signal, waiting.takeAll());
    const spool = await this.#spool?.catch(() => undefined);
    await this.#drain?.stop(LAST_SEND_MS);
    await spool?.close();
  }

  #accumulator(signal: Signal): Accumulator {
    let waiting = this.#waiting.get(signal);
    if (waiting === undefined) this.#waiting.set(signal, (waiting = new Accumulator()));
    return waiting;
  }
}

function rejectAll(entries: readonly Entry[], error: Error): void {
  for (const { waiter } of entries) waiter.reject(error);
}

function stopping(): Error {
  return new OutcomeError('outbox_unavailable', 'the agent is stopping');
}
