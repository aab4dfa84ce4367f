import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { maxRetryAfterMs, parseHttpDate, parseRetryAfter } from './retry-after.ts';

const nowMs = Date.UTC(1994, 10, 6, 8, 49, 30);

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 3 ', 3000],
    ['1000000000', maxRetryAfterMs],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 7000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 7000],
    ['Sun Nov  6 08:49:37 1994', 7000],
    ['Mon, 06 Nov 2034 08:49:37 GMT', maxRetryAfterMs],
  ])('reads %j', (text, expected) => expect(parseRetryAfter(text, nowMs)).toBe(expected));

  it.each([
    undefined,
    null,
    '',
    '0',
    '-1',
    '1.5',
    'soon',
    '0x10',
    'Sun, 06 Nov 1994 08:49:00 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 28:49:37 GMT',
    '1994-11-06T08:49:37Z',
    '9'.repeat(400),
  ])('takes %j as absent', (text) => expect(parseRetryAfter(text, nowMs)).toBeUndefined());

  it('agrees with the platform on every date that the platform writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => {
        expect(parseHttpDate(new Date(seconds * 1000).toUTCString())).toBe(seconds * 1000);
      }),
    );
  });
});

describe('the backoff', () => {
  const policy = { minBackoffMs: 100, maxBackoffMs: 3000 };

  it('doubles its ceiling up to the maximum', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 1000].map((failures) => backoffMs(policy, failures, () => 0.999999));
    expect(ceilings).toEqual([200, 400, 800, 1600, 3000, 3000, 3000]);
  });

  it('never waits less than the minimum', () => {
    for (const failures of [1, 5, 1000]) expect(backoffMs(policy, failures, () => 0)).toBe(100);
  });

  it('spreads uniformly over the whole range', () => {
    expect(backoffMs(policy, 3, () => 0.5)).toBe(450);
  });

  it('waits at least a millisecond even where the policy says zero', () => {
    expect(backoffMs({ minBackoffMs: 0, maxBackoffMs: 0 }, 9, () => 0.5)).toBe(1);
  });
});

describe('the waits of an OpenTelemetry exporter', () => {
  const policy = { minBackoffMs: 1000, maxBackoffMs: 30_000, otelBackoff: { multiplier: 2, randomization: 0.25 } };

  it('grow by the multiplier up to the maximum', () => {
    const middle = [1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(policy, failures, () => 0.5));
    expect(middle).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('are spread by plus and minus the factor', () => {
    expect([0, 1].map((random) => backoffMs(policy, 2, () => random))).toEqual([1500, 2500]);
  });
});
