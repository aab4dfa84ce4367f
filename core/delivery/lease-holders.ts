/**
 * Which isolates may be acting on a lease that is older than a backlog. The hub keeps it; the acknowledgement of a push
 * that made the backlog waits until none of them is left, so that the sender's next push cannot be sent past it by an
 * isolate that does not know (docs/delivery.md, Order).
 */
export class LeaseHolders {
  readonly #leaseMs: number;
  /** Isolate -> when its lease ends; the latest grant last. */
  readonly #until = new Map<string, number>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  granted(isolate: string, nowMs: number): void {
    this.#until.delete(isolate);
    this.#until.set(isolate, nowMs + this.#leaseMs);
    for (const [held, untilMs] of this.#until) {
      if (this.#remaining(untilMs, nowMs) > 0) break;
      this.#until.delete(held);
    }
  }

  /** How long a lease that was granted before now may live, of any isolate but this one. */
  othersLiveMs(isolate: string | undefined, nowMs: number): number {
    let longest = 0;
    for (const [held, untilMs] of this.#until) {
      if (held !== isolate) longest = Math.max(longest, this.#remaining(untilMs, nowMs));
    }
    return longest;
  }

  /** Never more than a whole lease, whatever the clock did. */
  #remaining(untilMs: number, nowMs: number): number {
    return Math.min(untilMs - nowMs, this.#leaseMs);
  }
}
