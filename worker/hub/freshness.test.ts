import { describe, expect, it } from 'vitest';
import { Freshness } from './freshness.ts';

describe('what was read', () => {
  it('is believed for its time, and not before it was read', () => {
    const freshness = new Freshness(1_000);
    expect(freshness.isFresh(0)).toBe(false);
    freshness.reading(5_000)();
    expect([5_000, 5_999, 6_000].map((nowMs) => freshness.isFresh(nowMs))).toEqual([true, true, false]);
  });

  it('is not believed after a change was told of, until it is read again', () => {
    const freshness = new Freshness(1_000);
    freshness.reading(0)();
    freshness.changed();
    expect(freshness.isFresh(1)).toBe(false);
    freshness.reading(2)();
    expect(freshness.isFresh(3)).toBe(true);
  });

  it('is not believed where the change was told of while it was read: it may be of before', () => {
    const freshness = new Freshness(1_000);
    const ended = freshness.reading(0);
    freshness.changed();
    const endedToo = freshness.reading(1);
    endedToo();
    expect(freshness.isFresh(2)).toBe(true);
    ended();
    expect(freshness.isFresh(3)).toBe(false);
  });

  it('is not believed until the clock, which jumped back, is where it was', () => {
    const freshness = new Freshness(1_000);
    freshness.reading(3_600_000)();
    expect(freshness.isFresh(1_000)).toBe(false);
  });
});
