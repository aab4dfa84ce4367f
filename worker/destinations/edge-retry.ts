/**
 * Retry policy at the edge. A pipeline's defaults are those of a host, where an attempt each 5 s is free; here each one wakes
 * a billed object. So waits start at 1 s, and may grow to a tenth of the time that the outage lasts: short outages end within
 * seconds, long ones cost little, and none is prolonged by more than a tenth.
 */
import type { RetryPolicy } from '../../core/delivery/destination.ts';

const MIN_BACKOFF_MS = 1_000;
const MIN_CEILING_MS = 30_000;
const MAX_CEILING_MS = 15 * 60_000;

export function edgeRetry(policy: RetryPolicy, outageMs: number, defaultMaxAgeMs: number): RetryPolicy {
  const ceilingMs = Math.min(Math.max(outageMs / 10, MIN_CEILING_MS), MAX_CEILING_MS);
  return {
    ...policy,
    minBackoffMs: Math.max(policy.minBackoffMs, MIN_BACKOFF_MS),
    maxBackoffMs: Math.max(policy.maxBackoffMs, ceilingMs),
    maxAgeMs: policy.maxAgeMs > 0 ? policy.maxAgeMs : defaultMaxAgeMs,
  };
}
