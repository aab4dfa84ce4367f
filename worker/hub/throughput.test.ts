import { describe, expect, it } from 'vitest';
import { HISTORY_SECONDS, Throughput } from './throughput.ts';

describe('throughput', () => {
  it('averages over the last minute, or over the time since the first item where that is shorter', () => {
    const throughput = new Throughput();
    throughput.add(1000, 300, 1000_000);
    expect(throughput.itemsPerSecond(1030_000)).toBe(10);
    expect(throughput.itemsPerSecond(1060_000)).toBe(5);
    expect(throughput.itemsPerSecond(1061_000)).toBe(0);
  });

  it('averages over at least 15 seconds, so that a first burst is no flood', () => {
    const throughput = new Throughput();
    throughput.add(1000, 6000, 1000_000);
    expect(throughput.itemsPerSecond(1001_000)).toBe(400);
    expect(throughput.itemsPerSecond(1015_000)).toBe(400);
    expect(throughput.itemsPerSecond(1020_000)).toBe(300);
  });

  it('shows history in steps of 5 s that add up to what was added', () => {
    const throughput = new Throughput();
    for (let second = 1000; second < 1020; second++) throughput.add(second, 10, 1020_000);
    const history = throughput.history(1020_000);
    expect(history).toEqual([
      [1000_000, 10],
      [1005_000, 10],
      [1010_000, 10],
      [1015_000, 10],
    ]);
  });

  it('forgets a slot when its second comes round again, and takes no seconds of the far past or future', () => {
    const throughput = new Throughput();
    throughput.add(1000, 5, 1000_000);
    throughput.add(1000 + HISTORY_SECONDS, 7, (1000 + HISTORY_SECONDS) * 1000);
    throughput.add(1000, 100, (1000 + HISTORY_SECONDS) * 1000);
    throughput.add(10_000, 100, (1000 + HISTORY_SECONDS) * 1000);
    const sum = throughput.history((1010 + HISTORY_SECONDS) * 1000).reduce((total, [, rate]) => total + rate * 5, 0);
    expect(sum).toBe(7);
  });
});
