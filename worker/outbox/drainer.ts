/**
 * Drains the queue of one outbox step by step and keeps the state of that: waits, refusals, pauses. Progress and state are
 * in storage before the next step begins, so a crash costs at most the requests that were in flight.
 */
import type { Destination } from '../../core/delivery/destination.ts';
import {
  type DrainError,
  type DrainNext,
  type DrainState,
  type DrainTime,
  drainStep,
  idleDrainState,
  maxMergedBytes,
  pausedProbeMs,
  resumeDrain,
  type Send,
  type Split,
} from '../../core/delivery/drain.ts';
import { drainTogether, mayDrainTogether } from '../../core/delivery/drain-together.ts';
import type { SpillCause } from './messages.ts';
import type { OutboxSettings } from './settings.ts';
import type { TalliedQueue } from './tallied-queue.ts';

/** Bodies that are read for one round of requests; a Worker has 128 MB in all. */
export const MAX_BYTES_IN_FLIGHT = 4 * maxMergedBytes;

const PIPELINE_UNAVAILABLE =
  'the pipeline cannot be read at the moment: the database does not answer, SECRETS_KEY does not open it, or it does not load';

export class Drainer {
  readonly #settings: OutboxSettings;
  readonly #split: Split;
  #state: DrainState;

  constructor(settings: OutboxSettings, split: Split) {
    this.#settings = settings;
    this.#split = split;
    this.#state = settings.get('drain') ?? idleDrainState;
  }

  get state(): DrainState {
    return this.#state;
  }

  async step(queue: TalliedQueue, destination: Destination, send: Send, time: DrainTime): Promise<DrainNext> {
    const counted: Send = (payload, attempt) => {
      queue.attempts++;
      return send(payload, attempt);
    };
    const split: Split = (payload) => {
      queue.splits++;
      return this.#split(payload);
    };
    const together = mayDrainTogether(destination.signal, this.#state, time.nowMs)
      ? queue.peek(MAX_BYTES_IN_FLIGHT)
      : [];
    const { maxAgeMs } = destination.retry;
    const fresh = together.every(({ enqueuedAtMs }) => maxAgeMs === 0 || time.nowMs - enqueuedAtMs <= maxAgeMs);
    const { state, next } =
      together.length > 0 && fresh
        ? await drainTogether(queue, destination, counted, this.#state, time, together)
        : await drainStep(queue, destination, counted, this.#state, time, split);
    this.#save(state);
    return next;
  }

  /** The first data after a request that failed: the destination is left alone for as long as it asked for. */
  spilled({ reason, detail, status, waitMs, paused }: SpillCause, nowMs: number): void {
    const lastError = { reason, detail, ...(status === undefined ? {} : { status }), atMs: nowMs };
    const state = { attempts: 1, nextAttemptAtMs: nowMs + waitMs, lastError };
    this.#save(paused ? { ...state, paused: lastError } : state);
  }

  /** Forgets waits and refusals. */
  resume(): void {
    this.#save(resumeDrain(this.#state));
  }

  /** The pipeline no longer names the destination. The data waits for it to come back until it is too old. */
  destinationMissing(queue: TalliedQueue, id: string, maxAgeMs: number, nowMs: number): void {
    for (;;) {
      const [head] = queue.peek(0);
      if (head === undefined || nowMs - head.enqueuedAtMs <= maxAgeMs) break;
      queue.reject(head.sequence, 'expired', `older than ${maxAgeMs} ms, and its destination is gone`);
    }
    const detail = `the tenant's pipeline has no destination ${id} any more`;
    const paused: DrainError = { reason: 'destination_missing', detail, atMs: nowMs };
    this.#save({ ...this.#state, nextAttemptAtMs: nowMs + pausedProbeMs, paused, lastError: paused });
  }

  /** The pipeline, with the address in it, cannot be read: nothing is tried. Why is in the log, not for every reader. */
  pipelineUnavailable(waitMs: number, nowMs: number): void {
    const lastError: DrainError = { reason: 'pipeline_unavailable', detail: PIPELINE_UNAVAILABLE, atMs: nowMs };
    const attempts = Math.max(1, this.#state.attempts);
    this.#save({ ...this.#state, attempts, nextAttemptAtMs: nowMs + waitMs, lastError });
  }

  #save(state: DrainState): void {
    const changed = JSON.stringify(state) !== JSON.stringify(this.#state);
    this.#state = state;
    // Rows written are what an outbox costs, and a steady drain changes nothing here.
    if (changed) this.#settings.set('drain', state);
  }
}
