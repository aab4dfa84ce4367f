/**
 * Everything between the pipeline and one destination: batches wait here for a moment, are put on the spool, and leave
 * it in order. A write resolves when its data is on the disk. A full spool holds everything else back at its source
 * and makes room for metrics, which cannot wait at theirs, by dropping the oldest. No failure of disk or network ends it.
 */
import type { Health } from '../../core/alloy/component.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { type Batch, isOtlp, type Signal } from '../../core/pipeline/signals.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Spool } from '../spool/spool.ts';
import { SpoolFullError, type WhenFull } from '../spool/spool-types.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Accumulator, type Entry, encodeEntries, type Waiter } from './accumulator.ts';
import type { DeliveryMetrics } from './delivery-metrics.ts';
import type { Drain } from './drain.ts';
import { type HostDestination, spoolBounds } from './host-destination.ts';
import { SpoolTrouble, type TroubleKind } from './spool-trouble.ts';

export interface SenderParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  readonly openSpool: () => Promise<Spool>;
  readonly openDrain: (spool: Spool) => Promise<Drain>;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** What is put together: a signal, and of metrics and logs their form. */
type Lane = Signal | 'otlp_metrics' | 'otlp_logs';

/** Somebody waits for our answer to these, and can wait longer if we say so. */
const PUSHED_TO_US: ReadonlySet<Lane> = new Set<Lane>(['traces', 'profiles', 'otlp_metrics', 'otlp_logs']);
/** What may wait in memory per signal while the disk takes nothing. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const DISK_RETRY_MS = 1000;
const TROUBLE_TEXTS: Readonly<Record<TroubleKind, string>> = {
  full: 'the spool is full: the sources wait, metrics are dropped',
  unavailable: 'the spool cannot be written: trying again',
};
/** How long a stopping sender goes on sending what is on the spool. */
const LAST_SEND_MS = 2000;

export class Sender {
  #destination: HostDestination;
  readonly #parts: SenderParts;
  readonly #waiting = new Map<Lane, Accumulator>();
  readonly #flushing = new Map<Lane, Promise<void>>();
  /** Aborted when a batch is full before its time. */
  readonly #waits = new Map<Lane, AbortController>();
  readonly #stop = new AbortController();
  readonly #trouble: SpoolTrouble;
  #opened: Spool | undefined;
  #spool: Promise<Spool> | undefined;
  #drain: Drain | undefined;

  constructor(destination: HostDestination, parts: SenderParts) {
    this.#destination = destination;
    this.#parts = parts;
    this.#trouble = new SpoolTrouble(destination.id, parts.clock.nowMs);
  }

  get destination(): HostDestination {
    return this.#destination;
  }

  /** undefined: all is well. */
  get health(): Health | undefined {
    return this.#trouble.health;
  }

  /** For the component's page. */
  debugInfo(): Readonly<Record<string, unknown>> {
    const { id, url } = this.#destination;
    const spool = this.#opened;
    const state = this.#trouble.kind === undefined ? 'ok' : `degraded: spool ${this.#trouble.kind}`;
    if (spool === undefined)
      return { destination: id, url, state: this.#trouble.health?.message ?? 'opening the spool' };
    const { payloads, bytes, items, oldestAtMs } = spool.depth();
    const { attempts = 0, paused, lastError } = this.#drain?.state ?? {};
    return {
      destination: id,
      url,
      state: paused === undefined ? state : `paused: ${paused.detail}`,
      waiting_payloads: payloads,
      waiting_bytes: bytes,
      max_bytes: spoolBounds(this.#destination).maxBytes,
      waiting_items: items,
      oldest: oldestAtMs === undefined ? '' : new Date(oldestAtMs).toISOString(),
      failed_attempts: attempts,
      last_error: lastError === undefined ? '' : `${new Date(lastError.atMs).toISOString()}: ${lastError.detail}`,
    };
  }

  /** Opens the spool and begins to send what an earlier run left there. */
  start(): void {
    void this.spool().catch(() => undefined);
  }

  /** New settings after a reload: a destination that was paused or is waiting is tried at once. */
  update(destination: HostDestination): void {
    if (destination === this.#destination) return;
    this.#destination = destination;
    this.#opened?.setBounds(spoolBounds(destination));
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
    try {
      this.#drain = await this.#parts.openDrain(spool);
    } catch (error) {
      await spool.close();
      throw error;
    }
    spool.setBounds(spoolBounds(this.#destination));
    this.#opened = spool;
    this.#drain.update(this.#destination);
    this.#drain.start();
    return spool;
  }

  /** `urgent`: somebody waits for our answer, so what came before is not held back for company either. */
  write(batch: Batch, urgent = false): Promise<void> {
    return new Promise((resolve, reject) => this.#add(batch, { resolve, reject }, urgent));
  }

  #add(batch: Batch, waiter: Waiter, urgent: boolean): void {
    if (this.#stop.signal.aborted) {
      waiter.reject(stopping());
      return;
    }
    const lane = laneOf(batch);
    const waiting = this.#accumulator(lane);
    waiting.add(batch, waiter);
    if (waiting.bytes > MAX_WAITING_BYTES) this.#shed(lane, waiting);
    this.#schedule(lane, waiting);
    if (urgent || this.#isFull(waiting)) this.#waits.get(lane)?.abort();
  }

  #isFull(waiting: Accumulator): boolean {
    const { maxItems, maxBytes } = this.#destination.batch;
    return waiting.items >= maxItems || waiting.bytes >= maxBytes;
  }

  #schedule(lane: Lane, waiting: Accumulator): void {
    if (this.#flushing.has(lane)) return;
    const flushing = this.#flushSoon(lane, waiting).finally(() => {
      this.#flushing.delete(lane);
      if (!waiting.isEmpty && !this.#stop.signal.aborted) this.#schedule(lane, waiting);
    });
    this.#flushing.set(lane, flushing);
  }

  async #flushSoon(lane: Lane, waiting: Accumulator): Promise<void> {
    if (!PUSHED_TO_US.has(lane) && !this.#isFull(waiting) && !this.#stop.signal.aborted) {
      const full = new AbortController();
      this.#waits.set(lane, full);
      await this.#parts.clock.sleep(this.#destination.batch.maxWaitMs, full.signal);
      this.#waits.delete(lane);
    }
    await this.#flush(lane, waiting.takeAll());
  }

  async #flush(lane: Lane, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const whenFull = this.#whenFull(lane);
    let encoded: Awaited<ReturnType<typeof encodeEntries>>;
    try {
      encoded = await encodeEntries(this.#destination, entries, this.#parts.gzip);
    } catch (error) {
      rejectAll(entries, error as Error);
      return;
    }
    for (;;) {
      try {
        const spool = await this.spool();
        await spool.append(encoded.payloads, encoded.marks, whenFull);
        for (const { signal, items } of encoded.payloads) this.#parts.metrics.accepted(signal, items);
        this.#noteStored(spool);
        this.#drain?.wake();
        for (const { waiter } of entries) waiter.resolve();
        return;
      } catch (error) {
        if (!(await this.#mayRetry(lane, entries, error as Error))) return;
      }
    }
  }

  /** What was pushed to us goes back to its sender, who can wait; everything else waits here. */
  async #mayRetry(lane: Lane, entries: readonly Entry[], error: Error): Promise<boolean> {
    const full = error instanceof SpoolFullError;
    this.#noteTrouble(full ? 'full' : 'unavailable', error.message);
    if (this.#stop.signal.aborted) {
      if (lane === 'metrics') this.#countLost(entries, 'spool_unavailable');
      rejectAll(entries, stopping());
      return false;
    }
    const blocks = full && this.#destination.queue?.whenFull === 'block';
    if (full && lane === 'metrics' && !blocks) {
      // What is older than these metrics was acknowledged to somebody. Scrapes go on.
      this.#countLost(entries, 'spool_full');
      for (const { waiter } of entries) waiter.resolve();
      return false;
    }
    if (PUSHED_TO_US.has(lane) && !blocks) {
      rejectAll(entries, new OutcomeError(full ? 'outbox_full' : 'outbox_unavailable', error.message));
      return false;
    }
    await this.#parts.clock.sleep(DISK_RETRY_MS, this.#stop.signal);
    return true;
  }

  /** The disk takes nothing and memory is bounded: metrics lose their oldest, the others are told to come back. */
  #shed(lane: Lane, waiting: Accumulator): void {
    while (waiting.bytes > MAX_WAITING_BYTES) {
      const oldest = waiting.takeOldest();
      if (oldest === undefined) return;
      if (lane === 'metrics') {
        this.#countLost([oldest], 'spool_unavailable');
        oldest.waiter.resolve();
      } else {
        oldest.waiter.reject(new OutcomeError('outbox_unavailable', 'too much data is waiting for the disk'));
      }
    }
  }

  #countLost(entries: readonly Entry[], reason: 'spool_full' | 'spool_unavailable'): void {
    for (const { batch, items } of entries) {
      this.#parts.metrics.accepted(batch.signal, items);
      this.#parts.metrics.dropped(batch.signal, items, reason);
    }
  }

  #whenFull(lane: Lane): WhenFull {
    const policy = this.#destination.queue?.whenFull;
    if (policy === 'drop_oldest') return 'drop_oldest';
    return lane === 'metrics' && policy !== 'block' ? 'drop_metrics' : 'refuse';
  }

  /** Something was taken; if only because the oldest made room, that is trouble too. */
  #noteStored(spool: Spool): void {
    if (spool.isFull) this.#noteTrouble('full', 'the oldest data makes room');
    else if (this.#trouble.end()) this.#parts.logger.info('the spool takes data again');
  }

  #noteTrouble(kind: TroubleKind, error: string): void {
    if (this.#trouble.begin(kind, error)) this.#parts.logger.warn(TROUBLE_TEXTS[kind], { err: error });
  }

  /** Puts what waits in memory on the spool, sends for a moment longer, and closes. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const wait of this.#waits.values()) wait.abort();
    await Promise.allSettled([...this.#flushing.values()]);
    for (const [lane, waiting] of this.#waiting) await this.#flush(lane, waiting.takeAll());
    const spool = await this.#spool?.catch(() => undefined);
    await this.#drain?.stop(this.#destination.queue?.drainTimeoutMs ?? LAST_SEND_MS);
    await spool?.close();
  }

  #accumulator(lane: Lane): Accumulator {
    let waiting = this.#waiting.get(lane);
    if (waiting === undefined) this.#waiting.set(lane, (waiting = new Accumulator()));
    return waiting;
  }
}

function laneOf(batch: Batch): Lane {
  if (batch.signal === 'traces' || !isOtlp(batch)) return batch.signal;
  return batch.signal === 'metrics' ? 'otlp_metrics' : 'otlp_logs';
}

function rejectAll(entries: readonly Entry[], error: Error): void {
  for (const { waiter } of entries) waiter.reject(error);
}

function stopping(): Error {
  return new OutcomeError('outbox_unavailable', 'the agent is stopping');
}
