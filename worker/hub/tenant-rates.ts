/** The token buckets of a tenant, one for each limited rate. In memory: a hub that begins anew begins with full buckets. */
import { grantLease, type LeaseRequest } from '../../core/limits/lease.ts';
import { ingestionRate } from '../../core/limits/messages.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import { TokenBucket } from '../../core/limits/token-bucket.ts';
import { SIGNALS } from '../../core/pipeline/signals.ts';
import type { LeaseRefusal, RateName } from './messages.ts';

export const RATES: readonly RateName[] = ['requests', ...SIGNALS];

export interface Granted {
  readonly granted: Partial<Record<RateName, number>>;
  readonly refusal?: LeaseRefusal;
}

export class TenantRates {
  readonly #buckets = new Map<RateName, TokenBucket>();

  /** Takes for each rate what is wanted, or, where one has not enough, nothing for the push at hand. */
  grant(want: Readonly<Partial<Record<RateName, LeaseRequest>>>, limits: TenantLimits, nowMs: number): Granted {
    const granted: Partial<Record<RateName, number>> = {};
    let refusal: LeaseRefusal | undefined;
    for (const rate of RATES) {
      const bucket = this.#bucket(rate, limits, nowMs);
      const wanted = want[rate];
      if (bucket === undefined || wanted === undefined) continue;
      const lease = grantLease(bucket, wanted, nowMs);
      granted[rate] = lease.granted;
      if (lease.waitMs > (refusal?.waitMs ?? 0)) refusal = { rate, waitMs: lease.waitMs };
    }
    return refusal === undefined ? { granted } : { granted, refusal };
  }

  #bucket(rate: RateName, limits: TenantLimits, nowMs: number): TokenBucket | undefined {
    const wanted = rateLimits(rate, limits);
    if (wanted.ratePerSecond === 0) {
      this.#buckets.delete(rate);
      return undefined;
    }
    let bucket = this.#buckets.get(rate);
    if (bucket === undefined) this.#buckets.set(rate, (bucket = new TokenBucket(wanted, nowMs)));
    else bucket.configure(wanted, nowMs);
    return bucket;
  }
}

/** 0 a second: not limited. */
export function rateLimits(rate: RateName, limits: TenantLimits): { ratePerSecond: number; burst: number } {
  if (rate !== 'requests') return ingestionRate(rate, limits);
  return { ratePerSecond: limits.metrics.request_rate, burst: limits.metrics.request_burst_size };
}
