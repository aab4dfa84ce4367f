/** What the hub refused and still stands, in the words that the sender hears. */
import { ingestionRateMessage, requestRateMessage } from '../../core/limits/messages.ts';
import type { StandingRefusal } from '../../core/limits/rate-slices.ts';
import { type RateName, tokenRateMessage } from '../../core/limits/rates.ts';
import { type Failure, failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { isAhead } from './known-elections.ts';
import { heldLease, type Lease, type Limited, type LimitedToken } from './lease-cache.ts';

/** A refusal that still holds, known before the body is even read. */
export function standingRefusal(tenant: string, signal: Signal, token?: LimitedToken): Outcome<void> {
  const lease = heldLease(tenant);
  if (lease === undefined) return success(undefined);
  const nowMs = Date.now();
  const refused = refusalOf({ lease, token }, nowMs, (rate) => {
    return rate === signal || (rate === 'requests' && signal === 'metrics');
  });
  return refused ?? success(undefined);
}

/** What is refused at this moment, by the token's own rates or the tenant's. */
export function refusalOf(
  { lease, token }: Limited,
  nowMs: number,
  concerns: (rate: RateName) => boolean,
): Failure | undefined {
  const standing = (refusal: StandingRefusal | undefined) =>
    refusal !== undefined && concerns(refusal.rate) && isAhead(refusal.untilMs, nowMs) ? refusal : undefined;
  const ofToken = token && standing(lease.tokens.get(token.id)?.refusal);
  if (token !== undefined && ofToken !== undefined) {
    const { [ofToken.rate]: limits } = token.rates;
    if (limits !== undefined) return tooFast(tokenRateMessage(token.name, ofToken.rate, limits), ofToken, nowMs);
  }
  const ofTenant = standing(lease.slices.refusal);
  return ofTenant && tooFast(tenantMessage(lease, ofTenant.rate), ofTenant, nowMs);
}

function tenantMessage({ limits }: Lease, rate: RateName): string {
  return rate === 'requests' ? requestRateMessage(limits) : ingestionRateMessage(rate, limits);
}

function tooFast(message: string, { untilMs }: StandingRefusal, nowMs: number): Failure {
  return failure('rate_limited', message, Math.max(1, Math.ceil((untilMs - nowMs) / 1000)));
}
