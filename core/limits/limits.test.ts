import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantLease, LeasedBucket, maxLeaseMs } from './lease.ts';
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

describe('leases', () => {
  it('never let isolates spend more than the bucket gave, however they interleave', () => {
    const step = fc.record({ isolate: fc.nat(3), amount: fc.integer({ min: 1, max: 60 }), elapsedMs: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const limits = { ratePerSecond: 50, burst: 100 };
        const hub = new TokenBucket(limits, 0);
        const isolates = [0, 1, 2, 3].map(() => new LeasedBucket());
        let nowMs = 0;
        let spent = 0;
        for (const { isolate, amount, elapsedMs } of steps) {
          nowMs += elapsedMs;
          const mine = isolates[isolate];
          let taken = mine.spend(amount, nowMs);
          if (!taken) {
            const lease = grantLease(hub, mine.renewal(amount), nowMs);
            mine.install(lease);
            taken = mine.spend(amount, nowMs);
            expect(taken).toBe(lease.waitMs === 0);
          }
          if (taken) spent += amount;
          expect(spent).toBeLessThanOrEqual(limits.burst + (nowMs * limits.ratePerSecond) / 1000 + 1e-6);
        }
      }),
    );
  });

  it('need no second call to the hub while the slice lasts', () => {
    const hub = new TokenBucket({ ratePerSecond: 1000, burst: 1000 }, 0);
    const isolate = new LeasedBucket();
    isolate.install(grantLease(hub, { needed: 10, returned: 0, expected: 100 }, 0));
    expect([0, 1, 2, 3, 4].map(() => isolate.spend(20, 100))).toEqual([true, true, true, true, true]);
    expect(isolate.spend(1, 100)).toBe(false);
  });

  it('end in time, and give the unused rest back', () => {
    const hub = new TokenBucket({ ratePerSecond: 0, burst: 100 }, 0);
    const isolate = new LeasedBucket();
    isolate.install(grantLease(hub, { needed: 10, returned: 0, expected: 100 }, 0));
    expect(hub.available(0)).toBe(0);
    expect(isolate.spend(10, maxLeaseMs - 1)).toBe(true);
    expect(isolate.spend(10, maxLeaseMs)).toBe(false);
    isolate.install(grantLease(hub, isolate.renewal(10), maxLeaseMs));
    expect(isolate.spend(10, maxLeaseMs)).toBe(true);
  });

  it('say how long to wait when the bucket is empty', () => {
    const hub = new TokenBucket({ ratePerSecond: 10, burst: 10 }, 0);
    grantLease(hub, { needed: 10, returned: 0, expected: 10 }, 0);
    expect(grantLease(hub, { needed: 5, returned: 0, expected: 50 }, 0)).toMatchObject({ granted: 0, waitMs: 500 });
  });

  it('keep a global rate within 5 % over a minute with eight isolates that each ask for twice of it', () => {
    const limits = { ratePerSecond: 1000, burst: 2000 };
    const hub = new TokenBucket(limits, 0);
    const isolates = Array.from({ length: 8 }, () => ({ bucket: new LeasedBucket(), refusedUntilMs: 0, taken: 0 }));
    for (let nowMs = 0; nowMs < 60_000; nowMs += 5) {
      for (const isolate of isolates) {
        if (nowMs < isolate.refusedUntilMs) continue;
        if (!isolate.bucket.spend(10, nowMs)) {
          const lease = grantLease(hub, isolate.bucket.renewal(10), nowMs);
          isolate.bucket.install(lease);
          if (lease.waitMs > 0) isolate.refusedUntilMs = nowMs + Math.min(lease.waitMs, maxLeaseMs);
          if (!isolate.bucket.spend(10, nowMs)) continue;
        }
        isolate.taken += 10;
      }
    }
    const taken = isolates.reduce((sum, isolate) => sum + isolate.taken, 0);
    const allowed = limits.burst + 60 * limits.ratePerSecond;
    expect(taken).toBeLessThanOrEqual(allowed);
    expect(taken).toBeGreaterThan(0.95 * allowed);
  });

  it('add up when two requests of one isolate asked at the same time', () => {
    const hub = new TokenBucket({ ratePerSecond: 0, burst: 100 }, 0);
    const isolate = new LeasedBucket();
    const [first, second] = [isolate.renewal(10), isolate.renewal(10)];
    isolate.install(grantLease(hub, { ...first, expected: 40 }, 0));
    isolate.install(grantLease(hub, { ...second, expected: 40 }, 0));
    expect(isolate.spend(80, 1)).toBe(true);
    expect(hub.available(1)).toBe(20);
  });
});
