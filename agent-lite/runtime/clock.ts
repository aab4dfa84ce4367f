/** Time as the agent sees it. Passed in, so that tests decide what time it is. */
export interface Clock {
  /** Wall time, for timestamps and ages. */
  nowMs(): number;
  /** Never jumps with the wall clock, for durations and intervals. */
  monotonicMs(): number;
  /** Resolves after the time, or at once when the signal aborts. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires at once for longer delays than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(durationMs, signal) {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(durationMs, 0), MAX_TIMER_MS));
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};
