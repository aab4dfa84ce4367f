/**
 * A global rate limit without a call per request: the hub owns the bucket and grants slices of it, each isolate spends
 * its slice on its own. The sum of what is spent never exceeds what the bucket holds, because a slice is taken from the
 * bucket when it is granted; what an isolate did not use comes back with its next request for a slice, or is lost with it.
 */
import { type BucketLimits, TokenBucket } from './token-bucket.ts';

/** Bounds how stale an isolate's view of limits and backlogs may be. */
export const maxLeaseMs = 5000;

/**
 * Beyond what the push at hand needs, an isolate gets at most this share of what is free: so a slice that dies with its
 * isolate is a small part, and no isolate empties the bucket for the others. With room to spare it is plenty.
 */
const SLICE_SHARE = 1 / 16;
/** An isolate that was refused keeps its turn for so long beyond the time at which it may come back. */
const TURN_KEPT_MS = 10_000;
/** Beyond it those are forgotten that are not owed anything. */
const MAX_ISOLATES = 1000;

export interface LeaseRequest {
  /** What the waiting request needs at once. */
  readonly needed: number;
  /** Unused rest of the previous slice. */
  readonly returned: number;
  /** What the isolate expects to spend in one lease; it gets as much of it as there is to share. */
  readonly expected: number;
}

interface Turn {
  readonly needed: number;
  readonly start: number;
  readonly untilMs: number;
}

/**
 * The hub's side. While isolates wait, they are served in the order of start-time fair queueing: who was given least comes
 * first, and what it waits for is left to it. Otherwise many small requests of one isolate would keep the bucket empty for
 * the large ones of another, or a few large ones would leave the small ones nothing.
 */
export class SharedBucket {
  readonly #bucket: TokenBucket;
  #burst: number;
  readonly #turns = new Map<string, Turn>();
  /** What isolates were given since others began to wait; those that are absent were given no more than `#start`. */
  readonly #given = new Map<string, number>();
  /** Where the isolate that was served last began. */
  #start = 0;

  constructor(limits: BucketLimits, nowMs: number) {
    this.#bucket = new TokenBucket(limits, nowMs);
    this.#burst = limits.burst;
  }

  configure(limits: BucketLimits, nowMs: number): void {
    this.#bucket.configure(limits, nowMs);
    this.#burst = limits.burst;
  }

  giveBack(isolate: string, amount: number): void {
    this.#bucket.giveBack(amount);
    const given = this.#given.get(isolate);
    if (given !== undefined) this.#given.set(isolate, given - amount);
  }

  /** 0: `grant` has what the isolate needs. */
  waitMs(isolate: string, needed: number, nowMs: number): number {
    if (needed === 0) return 0;
    this.#forget(nowMs);
    const start = this.#startOf(isolate);
    let sum = 0;
    let largest = 0;
    let isBehind = true;
    for (const [other, turn] of this.#turns) {
      if (other === isolate) isBehind = false;
      // Of those that were given as much, who waits for longer comes first.
      if (other === isolate || turn.start > start || (turn.start === start && !isBehind)) continue;
      sum += turn.needed;
      largest = Math.max(largest, turn.needed);
    }
    // Left for those ahead: all of it would keep the bucket full, and a full bucket loses what would flow in.
    const ahead = Math.max(largest, Math.min(sum, this.#burst / 2));
    return this.#bucket.waitMs(ahead + needed, nowMs);
  }

  /** The isolate was refused and waits for its turn. */
  queue(isolate: string, needed: number, waitMs: number, nowMs: number): void {
    const untilMs = nowMs + Math.min(waitMs, maxLeaseMs) + TURN_KEPT_MS;
    this.#turns.set(isolate, { needed, start: this.#startOf(isolate), untilMs });
  }

  /** A slice: what is needed, of which `waitMs` said that it is there, and a share of the rest. */
  grant(isolate: string, { needed, expected }: LeaseRequest, nowMs: number): number {
    const start = this.#startOf(isolate);
    if (needed > 0) {
      this.#turns.delete(isolate);
      this.#bucket.take(needed, nowMs);
    }
    let free = this.#bucket.available(nowMs);
    for (const turn of this.#turns.values()) free -= turn.needed;
    const surplus = Math.min(Math.max(0, expected - needed), Math.max(0, free * SLICE_SHARE));
    const granted = needed + this.#bucket.takeUpTo(Math.floor(surplus), nowMs);
    if (this.#turns.size === 0) this.#given.clear();
    else this.#noteGiven(isolate, start, granted);
    return granted;
  }

  #startOf(isolate: string): number {
    return this.#turns.get(isolate)?.start ?? Math.max(this.#start, this.#given.get(isolate) ?? 0);
  }

  #noteGiven(isolate: string, start: number, granted: number): void {
    this.#start = Math.max(this.#start, start);
    this.#given.set(isolate, start + granted);
    if (this.#given.size <= MAX_ISOLATES) return;
    for (const [other, given] of this.#given) if (given <= this.#start) this.#given.delete(other);
  }

  #forget(nowMs: number): void {
    for (const [isolate, { untilMs }] of this.#turns) {
      // One further ahead than any is dated before the clock jumped back.
      const isAhead = nowMs < untilMs && untilMs - nowMs <= maxLeaseMs + TURN_KEPT_MS;
      if (!isAhead) this.#turns.delete(isolate);
    }
  }
}

/** An isolate's side of a lease. */
export class LeasedBucket {
  #left = 0;
  #expiresAtMs = 0;
  #spent = 0;

  /**
   * Adds to what is left: two requests of one isolate may have asked at the same time, and each gave back the rest. What
   * the waiting request needed is spent at once, or another one could take it first.
   */
  install(granted: number, spent: number, expiresAtMs: number): void {
    this.#left += Math.max(0, granted - spent);
    this.#expiresAtMs = expiresAtMs;
    this.#spent = spent;
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
