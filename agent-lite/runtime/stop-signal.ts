/** The language core knows only a part of AbortSignal; timers and sockets want a whole one. */
import type { StopSignal } from '../../core/alloy/component.ts';

export function toAbortSignal(signal: StopSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}
