/** An isolate's slices of the rates of one tenant or one token, and the refusal that it heard last. */
import { LeasedBucket, type LeaseRequest, maxLeaseMs } from './lease.ts';
import type { Granted } from './rate-grants.ts';
import type { RateName, Rates } from './rates.ts';

/** What a push takes of one rate. */
export interface RateDemand {
  readonly rate: RateName;
  readonly amount: () => number;
  /** Where counting is work: when the slices hold this much, what it takes is left open. */
  readonly guess?: number;
}

export interface StandingRefusal {
  readonly rate: RateName;
  readonly untilMs: number;
}

export class RateSlices {
  #rates: Rates;
  readonly #buckets = new Map<RateName, LeasedBucket>();
  refusal: StandingRefusal | undefined;

  constructor(rates: Rates) {
    this.#rates = rates;
  }

  get rates(): Rates {
    return this.#rates;
  }

  configure(rates: Rates): void {
    this.#rates = rates;
  }

  isLimited(rate: RateName): boolean {
    return this.#rates[rate] !== undefined;
  }

  covers(rate: RateName, amount: number, nowMs: number): boolean {
    return !this.isLimited(rate) || this.#bucket(rate).covers(amount, nowMs);
  }

  /** Of what `covers` said that it is there. */
  spend(rate: RateName, amount: number, nowMs: number): void {
    if (this.isLimited(rate)) this.#bucket(rate).spend(amount, nowMs);
  }

  /** What the hub is asked for; `all`: also of what is not known to be limited. */
  want(demands: readonly RateDemand[], all: boolean): Partial<Record<RateName, LeaseRequest>> {
    const limited = demands.filter(({ rate }) => all || this.isLimited(rate));
    return Object.fromEntries(limited.map(({ rate, amount }) => [rate, this.#bucket(rate).renewal(amount())]));
  }

  /** What the hub gave for `taken`, which is spent with that. */
  install({ granted, refusal }: Granted, taken: readonly RateDemand[], expiresAtMs: number, nowMs: number): void {
    for (const [rate, amount] of Object.entries(granted) as [RateName, number][]) {
      const demand = refusal === undefined ? taken.find((one) => one.rate === rate) : undefined;
      this.#bucket(rate).install(amount, demand?.amount() ?? 0, expiresAtMs);
    }
    const untilMs = nowMs + Math.min(refusal?.waitMs ?? 0, maxLeaseMs);
    this.refusal = refusal && { rate: refusal.rate, untilMs };
  }

  #bucket(rate: RateName): LeasedBucket {
    let bucket = this.#buckets.get(rate);
    if (bucket === undefined) this.#buckets.set(rate, (bucket = new LeasedBucket()));
    return bucket;
  }
}

/** Takes all or nothing; returns what is left open until it is counted, undefined where the hub must be asked. */
export function spendAll<D extends RateDemand>(
  slices: readonly RateSlices[],
  demands: readonly D[],
  nowMs: number,
): readonly D[] | undefined {
  const covers = (rate: RateName, amount: number) => slices.every((one) => one.covers(rate, amount, nowMs));
  const limited = demands.filter(({ rate }) => slices.some((one) => one.isLimited(rate)));
  const open = limited.filter(({ rate, guess }) => guess !== undefined && covers(rate, guess));
  const counted = limited.filter((demand) => !open.includes(demand));
  if (!counted.every(({ rate, amount }) => covers(rate, amount()))) return undefined;
  for (const { rate, amount } of counted) for (const one of slices) one.spend(rate, amount(), nowMs);
  return open;
}
