/** A clock for tests: time passes when the test says so. */
import type { Clock } from '../runtime/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();
  readonly nowMs = () => this.#nowMs;

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        wakeAtMs: this.#nowMs + durationMs,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Lets the time pass up to the next one who waits, and wakes all that are due then. */
  tick(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { wakeAtMs } of this.#sleepers) next = Math.min(next, wakeAtMs);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#nowMs = Math.max(this.#nowMs, next);
    for (const sleeper of [...this.#sleepers]) if (sleeper.wakeAtMs <= this.#nowMs) sleeper.wake();
  }
}

/** Just below the time that a test has, so that the error says what was waited for. */
const PATIENCE_MS = 4_500;

/** Lets everything run that needs no time of the clock to pass: a slow disk may still take as long as it needs. */
export async function settle(until: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    if (until()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('what the test waits for did not happen');
}
