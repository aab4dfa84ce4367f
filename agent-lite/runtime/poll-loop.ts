/** Acts again and again with a pause in between, and at once where what it acts on is another: a component was updated. */
import type { Clock } from './clock.ts';

export class PollLoop {
  readonly #clock: Clock;
  #again = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the pause. What is being done is told by its signal that it is too late, and is begun again. */
  again(): void {
    this.#again.abort();
  }

  /** `pauseMs` is asked after each act. */
  async run(stop: AbortSignal, act: (signal: AbortSignal) => Promise<void>, pauseMs: () => number): Promise<void> {
    while (!stop.aborted) {
      const again = new AbortController();
      this.#again = again;
      const signal = AbortSignal.any([stop, again.signal]);
      await act(signal);
      await this.#clock.sleep(pauseMs(), signal);
    }
  }
}

/** A pause that only an update ends. */
export const NEVER_MS = 2 ** 31 - 1;
