import { describe, expect, it } from 'vitest';
import { MemoBudget } from './memo-budget.ts';
import { SeriesMemo } from './series-memo.ts';

function filled(entries: number): SeriesMemo<number> {
  const memo = new SeriesMemo<number>(1_000_000);
  const key = new Uint8Array(100);
  for (let i = 0; i < entries; i++) {
    key[0] = i;
    memo.remember(key, 0, 100, i, 0);
  }
  return memo;
}

describe('a budget of memos', () => {
  it('makes the memo forget that was not used for longest, and never the one that asks', () => {
    const [first, second, third] = [filled(10), filled(10), filled(10)] as const;
    const budget = new MemoBudget(first.totalBytes * 2);
    for (const memo of [first, second, first, third]) budget.touch(memo);
    expect([first, second, third].map(({ totalBytes }) => totalBytes > 0)).toEqual([true, false, true]);
    const large = filled(100);
    budget.touch(large);
    expect([first, third, large].map(({ totalBytes }) => totalBytes > 0)).toEqual([false, false, true]);
  });

  it('counts what two generations hold', () => {
    const memo = new SeriesMemo<number>(20_000);
    const key = new Uint8Array(100);
    let most = 0;
    for (let i = 0; i < 250; i++) {
      key[0] = i;
      memo.remember(key, 0, 100, i, 0);
      most = Math.max(most, memo.totalBytes);
    }
    expect(memo.totalBytes).toBeGreaterThan(memo.bytes);
    expect(most).toBeLessThanOrEqual(20_000);
    memo.clear();
    expect(memo.totalBytes).toBe(0);
  });
});
