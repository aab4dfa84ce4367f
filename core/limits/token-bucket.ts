/**
 * A token bucket over a clock that is passed in. A request larger than the whole bucket is taken when the bucket is
 * full and leaves a debt, so that it is slowed to the rate instead of being refused for ever.
 */
export interface BucketLimits {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface BucketState {
  readonly tokens: number;
  readonly atMs: number;
}

export class TokenBucket {
  #limits: BucketLimits;
  #tokens: number;
  #atMs: number;

  /** Starts full, or where `state` left off. */
  constructor(limits: BucketLimits, nowMs: number, state?: BucketState) {
    this.#limits = limits;
    this.#tokens = Math.min(state?.tokens ?? limits.burst, limits.burst);
    this.#atMs = state?.atMs ?? nowMs;
  }

  configure(limits: BucketLimits, nowMs: number): void {
    this.available(nowMs);
    this.#limits = limits;
    this.#tokens = Math.min(this.#tokens, limits.burst);
  }

  /** Negative while a debt is paid off. */
  available(nowMs: number): number {
    // A clock that jumped back neither gives nor takes tokens.
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + (elapsedMs * this.#limits.ratePerSecond) / 1000);
    return this.#tokens;
  }

  /** Takes all of `amount` and returns 0, or takes nothing and returns the milliseconds until it could. */
  take(amount: number, nowMs: number): number {
    const waitMs = this.waitMs(amount, nowMs);
    if (waitMs === 0) this.#tokens -= amount;
    return waitMs;
  }

  /** Until `take` could take so much, when nobody else takes anything. */
  waitMs(amount: number, nowMs: number): number {
    const missing = Math.min(amount, this.#limits.burst) - this.available(nowMs);
    if (missing <= 0) return 0;
    const { ratePerSecond } = this.#limits;
    return ratePerSecond > 0 ? Math.max(1, Math.ceil((missing / ratePerSecond) * 1000)) : Number.POSITIVE_INFINITY;
  }

  /** Takes as much of `amount` as there is, in whole tokens. */
  takeUpTo(amount: number, nowMs: number): number {
    const taken = Math.max(0, Math.min(amount, Math.floor(this.available(nowMs))));
    this.#tokens -= taken;
    return taken;
  }

  /** Gives back what was taken and not used. */
  giveBack(amount: number): void {
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + Math.max(0, amount));
  }

  state(): BucketState {
    return { tokens: this.#tokens, atMs: this.#atMs };
  }
}
