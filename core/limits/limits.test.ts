import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeasedBucket, type LeaseRequest, maxLeaseMs, SharedBucket } from './lease.ts';
import { TokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  const limits = { ratePerSecond: 100, burst: 200 };

  it('starts full, refuses beyond that, and says how long to wait', () => {
    const bucket = new TokenBucket(limits, 0);
    expect(bucket.take(150, 0)).toBe(0);
    expect(bucket.take(100, 0)).toBe(500);
    expect(bucket.take(100, 499)).toBe(1);
    expect(bucket.take(100, 500)).toBe(0);
  });

  it('never holds more than the burst', () => {
    const bucket = new TokenBucket(limits, 0);
    expect(bucket.available(1e9)).toBe(200);
  });

  it('takes a request larger than itself when full, and then makes it pay at the rate', () => {
    const bucket = new TokenBucket(limits, 0);
    expect(bucket.take(1000, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBe(8010);
    expect(bucket.take(1, 8010)).toBe(0);
  });

  it('never recovers at a rate of zero', () => {
    const bucket = new TokenBucket({ ratePerSecond: 0, burst: 1 }, 0);
    expect(bucket.take(1, 0)).toBe(0);
    expect(bucket.take(1, 1e12)).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives nothing when the clock jumps back, and goes on from there', () => {
    const bucket = new TokenBucket(limits, 10_000);
    bucket.take(200, 10_000);
    expect(bucket.available(1000)).toBe(0);
    expect(bucket.available(2000)).toBe(100);
  });

  it('goes on where its stored state left off', () => {
    const bucket = new TokenBucket(limits, 0);
    bucket.take(200, 0);
    expect(new TokenBucket(limits, 999, bucket.state()).available(1000)).toBe(100);
  });

  it('keeps to a new configuration at once', () => {
    const bucket = new TokenBucket(limits, 0);
    bucket.configure({ ratePerSecond: 1, burst: 10 }, 0);
    expect(bucket.available(0)).toBe(10);
  });
});

/** The hub's side of one request for a slice. */
function ask(hub: SharedBucket, isolate: string, request: LeaseRequest, nowMs: number) {
  hub.giveBack(isolate, request.returned);
  const waitMs = hub.waitMs(isolate, request.needed, nowMs);
  if (waitMs > 0) hub.queue(isolate, request.needed, waitMs, nowMs);
  return { waitMs, granted: waitMs > 0 ? 0 : hub.grant(isolate, request, nowMs) };
}

const wants = (needed: number, expected = needed): LeaseRequest => ({ needed, returned: 0, expected });

describe('leases', () => {
  it('never let isolates spend more than the bucket gave, however they interleave', () => {
    const step = fc.record({ isolate: fc.nat(3), amount: fc.integer({ min: 1, max: 60 }), elapsedMs: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const limits = { ratePerSecond: 50, burst: 100 };
        const hub = new SharedBucket(limits, 0);
        const isolates = [0, 1, 2, 3].map(() => new LeasedBucket());
        let nowMs = 0;
        let spent = 0;
        for (const { isolate, amount, elapsedMs } of steps) {
          nowMs += elapsedMs;
          const mine = isolates[isolate] as LeasedBucket;
          let taken = mine.spend(amount, nowMs);
          if (!taken) {
            const { granted, waitMs } = ask(hub, `${isolate}`, mine.renewal(amount), nowMs);
            taken = waitMs === 0;
            mine.install(granted, taken ? amount : 0, nowMs + maxLeaseMs);
          }
          if (taken) spent += amount;
          expect(spent).toBeLessThanOrEqual(limits.burst + (nowMs * limits.ratePerSecond) / 1000 + 1e-6);
        }
      }),
    );
  });

  it('need no second call to the hub while the slice lasts', () => {
    const hub = new SharedBucket({ ratePerSecond: 1000, burst: 10_000 }, 0);
    const isolate = new LeasedBucket();
    isolate.install(ask(hub, 'a', wants(10, 110), 0).granted, 10, maxLeaseMs);
    expect([0, 1, 2, 3, 4].map(() => isolate.spend(20, 100))).toEqual([true, true, true, true, true]);
    expect(isolate.spend(1, 100)).toBe(false);
  });

  it('are a small share of what is free, so that no isolate empties the bucket for the others', () => {
    const hub = new SharedBucket({ ratePerSecond: 0, burst: 1600 }, 0);
    expect(ask(hub, 'a', wants(0, 5000), 0).granted).toBe(100);
    expect(ask(hub, 'b', wants(700, 5000), 0).granted).toBe(750);
  });

  it('end in time, and give the unused rest back', () => {
    const hub = new SharedBucket({ ratePerSecond: 0, burst: 100 }, 0);
    const isolate = new LeasedBucket();
    isolate.install(ask(hub, 'a', wants(100), 0).granted, 10, maxLeaseMs);
    expect(isolate.spend(10, maxLeaseMs - 1)).toBe(true);
    expect(isolate.spend(10, maxLeaseMs)).toBe(false);
    expect(ask(hub, 'b', wants(10), maxLeaseMs).granted).toBe(0);
    expect(ask(hub, 'a', isolate.renewal(10), maxLeaseMs).granted).toBeGreaterThanOrEqual(10);
  });

  it('say how long to wait when the bucket is empty', () => {
    const hub = new SharedBucket({ ratePerSecond: 10, burst: 10 }, 0);
    ask(hub, 'a', wants(10), 0);
    expect(ask(hub, 'a', wants(5, 50), 0)).toEqual({ granted: 0, waitMs: 500 });
  });

  it('leave to an isolate that waits what it waits for, and not for ever', () => {
    const hub = new SharedBucket({ ratePerSecond: 10, burst: 100 }, 0);
    ask(hub, 'a', wants(100), 0);
    expect(ask(hub, 'large', wants(40), 0).waitMs).toBe(4000);
    expect(ask(hub, 'small', wants(10), 2000).waitMs).toBe(3000);
    expect(ask(hub, 'large', wants(40), 4000).granted).toBe(40);
    const isGone = new SharedBucket({ ratePerSecond: 10, burst: 100 }, 0);
    ask(isGone, 'a', wants(100), 0);
    ask(isGone, 'large', wants(40), 0);
    expect(ask(isGone, 'small', wants(10), 20_000).granted).toBe(10);
  });

  it('serve first who was given least, so that the large pushes of one leave room for the small ones of another', () => {
    const hub = new SharedBucket({ ratePerSecond: 10, burst: 100 }, 0);
    ask(hub, 'a', wants(100), 0);
    ask(hub, 'large', wants(40), 0);
    ask(hub, 'small', wants(10), 0);
    ask(hub, 'large', wants(40), 4000);
    ask(hub, 'large', wants(40), 4000);
    expect(ask(hub, 'small', wants(10), 5000).granted).toBe(10);
    ask(hub, 'other', wants(10), 5000);
    expect(ask(hub, 'small', wants(10), 5000).waitMs).toBeLessThan(ask(hub, 'large', wants(40), 5000).waitMs);
  });

  it('add up when two requests of one isolate asked at the same time', () => {
    const hub = new SharedBucket({ ratePerSecond: 0, burst: 1000 }, 0);
    const isolate = new LeasedBucket();
    const [first, second] = [isolate.renewal(10), isolate.renewal(10)];
    isolate.install(ask(hub, 'a', { ...first, expected: 40 }, 0).granted, 10, maxLeaseMs);
    isolate.install(ask(hub, 'a', { ...second, expected: 40 }, 0).granted, 10, maxLeaseMs);
    expect(isolate.spend(60, 1)).toBe(true);
    expect(isolate.spend(1, 1)).toBe(false);
  });
});
