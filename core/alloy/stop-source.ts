/** The part of AbortController that stopping components needs; a runtime may pass its own, so that signals reach fetch(). */
import type { StopSignal } from './component.ts';

export interface StopSource {
  readonly signal: StopSignal;
  abort(): void;
}

export function createStopSource(): StopSource {
  const listeners = new Set<() => void>();
  let aborted = false;
  const signal: StopSignal = {
    get aborted() {
      return aborted;
    },
    addEventListener: (_type, listener) => void listeners.add(listener),
    removeEventListener: (_type, listener) => void listeners.delete(listener),
  };
  return {
    signal,
    abort() {
      if (aborted) return;
      aborted = true;
      for (const listener of [...listeners]) listener();
      listeners.clear();
    },
  };
}
