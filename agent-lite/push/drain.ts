/** The loop that empties one spool into its destination: `drainStep` decides, this waits, sends and tells the log. */

import type { Payload } from '../../core/delivery/destination.ts';
import {
  type DrainNext,
  type DrainState,
  drainStep,
  idleDrainState,
  resumeDrain,
  type Split,
} from '../../core/delivery/drain.ts';
import type { DeliveryQueue } from '../../core/delivery/queue.ts';
import type { Verdict } from '../../core/delivery/verdict.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { DeliveryMetrics } from './delivery-metrics.ts';
import type { HostDestination } from './host-destination.ts';

export interface DrainParts {
  readonly queue: DeliveryQueue;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  readonly split: Split;
  readonly send: (
    destination: HostDestination,
    payload: Payload,
    attempt: number,
    signal: AbortSignal,
  ) => Promise<Verdict>;
}

/** After an error of our own disk. */
const READ_RETRY_MS = 1000;
const IDLE_CHECK_MS = 60_000;

export class Drain {
  readonly #parts: DrainParts;
  readonly #abort = new AbortController();
  #destination: HostDestination;
  #state: DrainState = idleDrainState;
  #wake = new AbortController();
  #ending = false;
  /** Wall clock minus monotonic clock. */
  #clockOffsetMs: number;
  #running: Promise<void> | undefined;

  constructor(destination: HostDestination, parts: DrainParts) {
    this.#destination = destination;
    this.#parts = parts;
    this.#clockOffsetMs = this.#offset();
  }

  get state(): DrainState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something new on the spool. Does not shorten a wait after a failure. */
  wake(): void {
    if (this.#state.nextAttemptAtMs === 0) this.#interrupt();
  }

  update(destination: HostDestination): void {
    if (destination === this.#destination) return;
    this.#destination = destination;
    this.#state = resumeDrain(this.#state);
    this.#interrupt();
  }

  /** Sends on until the spool is empty or something fails, but no longer than `lastMs`. */
  async stop(lastMs: number): Promise<void> {
    this.#ending = true;
    this.#interrupt();
    const done = new AbortController();
    const deadline = this.#parts.clock.sleep(lastMs, done.signal).then(() => this.#abort.abort());
    await this.#running;
    done.abort();
    await deadline;
  }

  #interrupt(): void {
    const waiting = this.#wake;
    this.#wake = new AbortController();
    waiting.abort();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const wake = this.#wake.signal;
      const next = await this.#step();
      if (next === 'again') continue;
      if (this.#ending) return;
      await this.#parts.clock.sleep(this.#waitMs(next), wake);
    }
  }

  async #step(): Promise<DrainNext> {
    const { queue, clock, random, split, metrics } = this.#parts;
    const destination = this.#destination;
    const send = async (payload: Payload, attempt: number) => {
      const verdict = await this.#parts.send(destination, payload, attempt, this.#abort.signal);
      metrics.attempted(verdict.kind, payload.items, payload.signal, payload.body.length);
      return verdict;
    };
    this.#followClock();
    try {
      const before = this.#state;
      const time = { nowMs: clock.nowMs(), random };
      const { state, next } = await drainStep(queue, destination, send, before, time, split);
      // A reload while the request was under way has reset the waits; its answer must not bring them back.
      this.#state = destination === this.#destination ? state : resumeDrain(state);
      this.#tell(before, state);
      return destination === this.#destination ? next : 'again';
    } catch (error) {
      this.#parts.logger.error('the spool could not be read', { err: String(error) });
      return { waitMs: READ_RETRY_MS };
    }
  }

  #offset(): number {
    return this.#parts.clock.nowMs() - this.#parts.clock.monotonicMs();
  }

  /** A wait is a length of time: when the wall clock jumps, its end jumps along. */
  #followClock(): void {
    const jumpMs = this.#offset() - this.#clockOffsetMs;
    this.#clockOffsetMs += jumpMs;
    const { nextAttemptAtMs } = this.#state;
    if (nextAttemptAtMs > 0) this.#state = { ...this.#state, nextAttemptAtMs: nextAttemptAtMs + jumpMs };
  }

  #waitMs(next: Exclude<DrainNext, 'again'>): number {
    if (next === 'idle') return IDLE_CHECK_MS;
    if (next === 'paused') return Math.max(this.#state.nextAttemptAtMs - this.#parts.clock.nowMs(), 0);
    return next.waitMs;
  }

  /** One line when trouble begins and one when it ends, not one for each attempt. */
  #tell(before: DrainState, after: DrainState): void {
    const { logger } = this.#parts;
    const trouble = after.lastError;
    if (this.#abort.signal.aborted) return;
    if (after.paused !== undefined && before.paused === undefined) {
      const fields = { reason: after.paused.reason, err: after.paused.detail };
      logger.error('the destination is paused: its settings seem wrong, the data is kept', fields);
    } else if (after.attempts > 0 && before.attempts === 0 && trouble !== undefined) {
      logger.warn('sending failed: trying again', { reason: trouble.reason, err: trouble.detail });
    } else if (after.attempts > 0) {
      logger.debug('sending failed again', { attempts: after.attempts, err: trouble?.detail });
    } else if (before.attempts > 0) {
      logger.info('the destination answers again', { attempts: before.attempts });
    }
  }
}
