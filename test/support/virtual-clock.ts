/**
 * Time that passes only when everybody waits: a simulation of hours takes milliseconds, and with seeded randomness it is the
 * same each time. What runs on it must wait for nothing but `sleep` and promises of others that do.
 */
interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

export class VirtualClock {
  nowMs: number;
  #sleepers: Sleeper[] = [];
  #order = 0;

  constructor(startMs = 1_700_000_000_000) {
    this.nowMs = startMs;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((wake) => {
      this.#insert({ atMs: this.nowMs + Math.max(0, durationMs), order: this.#order++, wake });
    });
  }

  /** Runs until the work is done. Throws where it waits for something that is not time. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => undefined);
    for (;;) {
      // All promises that can settle without time passing do so before a macrotask.
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return done;
      const next = this.#sleepers.shift();
      if (next === undefined) throw new Error('the simulation waits for something that will never happen');
      this.nowMs = next.atMs;
      next.wake();
    }
  }

  #insert(sleeper: Sleeper): void {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sleepers[middle] as Sleeper).atMs <= sleeper.atMs) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }
}
