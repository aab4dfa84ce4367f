/**
 * How long to wait before the next attempt. The ceiling doubles with each failure up to the policy's maximum, and the
 * wait is uniform between the minimum and the ceiling: senders that failed together do not return together, and the
 * median gap still doubles.
 */
import type { RetryPolicy } from './destination.ts';

/** `failures` counts the failed attempts so far and is at least 1; `random` is uniform in [0, 1). */
export function backoffMs(
  policy: Pick<RetryPolicy, 'minBackoffMs' | 'maxBackoffMs' | 'otelBackoff'>,
  failures: number,
  random: () => number,
): number {
  const minMs = Math.max(1, policy.minBackoffMs);
  const maxMs = Math.max(minMs, policy.maxBackoffMs);
  if (policy.otelBackoff !== undefined) {
    const { multiplier, randomization } = policy.otelBackoff;
    const intervalMs = Math.min(maxMs, minMs * multiplier ** (failures - 1));
    return Math.round(intervalMs * (1 - randomization + 2 * randomization * random()));
  }
  // 2^50 is far beyond any cap and keeps the power finite after weeks of failures.
  const ceilingMs = Math.min(maxMs, minMs * 2 ** Math.min(failures, 50));
  return Math.round(minMs + (ceilingMs - minMs) * random());
}
