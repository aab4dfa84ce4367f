/**
 * Until when there may be isolates that act on a lease from before a backlog. An outbox keeps it, and the acknowledgement of
 * the pushes that begin the backlog waits for it. Before the hub has said how long that is, it is a whole lease: nobody
 * holds one from before for longer.
 */
export class Awareness {
  readonly #leaseMs: number;
  #awareAtMs = 0;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** A backlog begins of which the hub does not know. */
  began(nowMs: number): void {
    this.#awareAtMs = nowMs + this.#leaseMs;
  }

  /** The hub has heard of the backlog. Undefined: it is of a version that does not say for how long its leases live. */
  told(unawareMs: number | undefined, nowMs: number): void {
    this.#awareAtMs = nowMs + (unawareMs ?? this.#leaseMs);
  }

  /** Never more than a whole lease, whatever the clock did. */
  unawareMs(nowMs: number): number {
    return Math.max(0, Math.min(this.#awareAtMs - nowMs, this.#leaseMs));
  }
}
