/**
 * A global rate limit without a call per request: the hub owns the bucket and grants slices of it, each isolate spends
 * its slice on its own. The sum of what is spent never exceeds what the bucket holds, because a slice is taken from the
 * bucket when it is granted; what an isolate did not use comes back with its next request for a slice, or is lost with it.
 */
import type { TokenBucket } from './token-bucket.ts';

/** Bounds how stale an isolate's view of limits and backlogs may be (DESIGN, 4). */
export const maxLeaseMs = 5000;

export interface Lease {
  readonly granted: number;
  readonly expiresAtMs: number;
  /** When nothing could be granted: how long until something can. */
  readonly waitMs: number;
}

export interface LeaseRequest {
  /** What the waiting request needs at once. */
  readonly needed: number;
  /** Unused rest of the previous slice. */
  readonly returned: number;
  /** What the isolate expects to spend in one lease; it gets as much of it as is there. */
  readonly expected: number;
}

export function grantLease(bucket: TokenBucket, request: LeaseRequest, nowMs: number, leaseMs = maxLeaseMs): Lease {
  bucket.giveBack(request.returned);
  const waitMs = bucket.take(request.needed, nowMs);
  const expiresAtMs = nowMs + Math.min(leaseMs, maxLeaseMs);
  if (waitMs > 0) return { granted: 0, expiresAtMs, waitMs };
  const surplus = bucket.takeUpTo(Math.max(0, request.expected - request.needed), nowMs);
  return { granted: request.needed + surplus, expiresAtMs, waitMs: 0 };
}

/** An isolate's side of a lease. */
export class LeasedBucket {
  #left = 0;
  #expiresAtMs = 0;
  #spent = 0;

  /** Adds to what is left: two requests of one isolate may have asked at the same time, and each gave back the rest. */
  install(lease: Lease): void {
    this.#left += lease.granted;
    this.#expiresAtMs = lease.expiresAtMs;
    this.#spent = 0;
  }

  covers(amount: number, nowMs: number): boolean {
    return nowMs < this.#expiresAtMs && amount <= this.#left;
  }

  /** True when the slice covers the amount, which is then spent; false: ask the hub. */
  spend(amount: number, nowMs: number): boolean {
    if (!this.covers(amount, nowMs)) return false;
    this.#left -= amount;
    this.#spent += amount;
    return true;
  }

  /** What to ask the hub for: the rest goes back, and the next slice is as large as the last one's use. */
  renewal(needed: number): LeaseRequest {
    const request = { needed, returned: this.#left, expected: Math.max(needed, this.#spent + needed) };
    this.#left = 0;
    return request;
  }
}
