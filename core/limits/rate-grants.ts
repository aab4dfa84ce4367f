/**
 * The hub's buckets of a tenant and of its tokens, one for each limited rate. In memory: a hub that begins anew begins with
 * full buckets. A push is taken by its token's buckets and by the tenant's, or by none of them: what a token at its limit
 * is refused costs the tenant's other tokens nothing.
 */
import { type LeaseRequest, SharedBucket } from './lease.ts';
import { RATES, type RateName, type Rates } from './rates.ts';

/** Those not used for longest begin anew, with full buckets. */
const MAX_TOKENS = 10_000;

export type Wanted = Readonly<Partial<Record<RateName, LeaseRequest>>>;

/** Of the token of the push at hand, where it has rates of its own. */
export interface TokenWanted {
  readonly id: string;
  /** As its isolate read them from the database. */
  readonly rates: Rates;
  readonly want: Wanted;
}

export interface RateRefusal {
  readonly rate: RateName;
  readonly waitMs: number;
}

export interface Granted {
  readonly granted: Readonly<Partial<Record<RateName, number>>>;
  /** Nothing may be taken before this has passed. */
  readonly refusal?: RateRefusal;
}

/** At most one of the two refusals is set: the token's, or the tenant's. */
export interface GrantedToPush extends Granted {
  readonly token?: Granted;
}

type Buckets = Map<RateName, SharedBucket>;

interface Asked {
  readonly rate: RateName;
  readonly bucket: SharedBucket;
  readonly want: LeaseRequest;
  readonly waitMs: number;
}

export class RateGrants {
  readonly #tenant: Buckets = new Map();
  readonly #tokens = new Map<string, Buckets>();

  grant(isolate: string, want: Wanted, rates: Rates, token: TokenWanted | undefined, nowMs: number): GrantedToPush {
    const ofTenant = ask(this.#tenant, isolate, want, rates, nowMs);
    if (token === undefined) return give(ofTenant, longest(ofTenant), isolate, nowMs);
    const ofToken = ask(this.#bucketsOf(token.id), isolate, token.want, token.rates, nowMs);
    const refusal = longest(ofToken);
    if (refusal !== undefined) {
      return { ...give(nothing(ofTenant), undefined, isolate, nowMs), token: give(ofToken, refusal, isolate, nowMs) };
    }
    const tenantRefusal = longest(ofTenant);
    return {
      ...give(ofTenant, tenantRefusal, isolate, nowMs),
      token: give(tenantRefusal === undefined ? ofToken : nothing(ofToken), undefined, isolate, nowMs),
    };
  }

  #bucketsOf(token: string): Buckets {
    const buckets = this.#tokens.get(token) ?? new Map();
    this.#tokens.delete(token);
    this.#tokens.set(token, buckets);
    if (this.#tokens.size > MAX_TOKENS) this.#tokens.delete(this.#tokens.keys().next().value as string);
    return buckets;
  }
}

function ask(buckets: Buckets, isolate: string, wanted: Wanted, rates: Rates, nowMs: number): Asked[] {
  const asked: Asked[] = [];
  for (const rate of RATES) {
    const limits = rates[rate];
    const want = wanted[rate];
    if (limits === undefined) {
      buckets.delete(rate);
      continue;
    }
    let bucket = buckets.get(rate);
    if (bucket === undefined) buckets.set(rate, (bucket = new SharedBucket(limits, nowMs)));
    else bucket.configure(limits, nowMs);
    if (want === undefined) continue;
    bucket.giveBack(isolate, want.returned);
    asked.push({ rate, bucket, want, waitMs: bucket.waitMs(isolate, want.needed, nowMs) });
  }
  return asked;
}

/** The push is not taken, whatever was there for it; slices are renewed all the same. */
function nothing(asked: readonly Asked[]): Asked[] {
  return asked.map((one) => ({ ...one, want: renewalOnly(one.want), waitMs: 0 }));
}

function renewalOnly({ needed, returned, expected }: LeaseRequest): LeaseRequest {
  return { needed: 0, returned, expected: expected - needed };
}

function longest(asked: readonly Asked[]): RateRefusal | undefined {
  let refusal: RateRefusal | undefined;
  for (const { rate, waitMs } of asked) if (waitMs > (refusal?.waitMs ?? 0)) refusal = { rate, waitMs };
  return refusal;
}

function give(asked: readonly Asked[], refusal: RateRefusal | undefined, isolate: string, nowMs: number): Granted {
  const granted: Partial<Record<RateName, number>> = {};
  for (const { rate, bucket, want, waitMs } of asked) {
    if (waitMs > 0) bucket.queue(isolate, want.needed, waitMs, nowMs);
    const wanted = refusal === undefined ? want : renewalOnly(want);
    granted[rate] = waitMs > 0 ? 0 : bucket.grant(isolate, wanted, nowMs);
  }
  return refusal === undefined ? { granted } : { granted, refusal };
}
