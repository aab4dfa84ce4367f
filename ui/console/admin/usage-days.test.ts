import { describe, expect, it } from 'vitest';
import type { UsageDayView } from './types.ts';
import { barsOf, dayNumber, dayOfNumber, totalOf } from './usage-days.ts';

const used = (accepted: number, receivedBytes: number) => ({
  accepted,
  receivedBytes,
  rejected: 1,
  dropped: 0,
  delivered: accepted,
  pushes: 2,
});
const DAYS: readonly UsageDayView[] = [
  { day: '2026-03-01', signals: { metrics: used(10, 100) } },
  { day: '2026-02-27', signals: { metrics: used(5, 50), logs: used(1, 1) } },
];

describe('usage by day', () => {
  it('has a bar for every day, also for those of nothing, over the end of a month', () => {
    const noon = Date.parse('2026-03-01T12:00:00Z');
    const bars = barsOf(DAYS, 'metrics', 'receivedBytes', 4, noon);
    expect(bars.map(([number, value]) => [dayOfNumber(number), value])).toEqual([
      ['2026-02-26', 0],
      ['2026-02-27', 50],
      ['2026-02-28', 0],
      ['2026-03-01', 100],
    ]);
  });

  it('adds up by signal', () => {
    expect(totalOf(DAYS, 'metrics')).toEqual({ ...used(15, 150), rejected: 2, pushes: 4 });
    expect(totalOf(DAYS, 'traces').accepted).toBe(0);
  });

  it('counts days in UTC, whatever the zone of who looks', () => {
    expect(dayNumber('1970-01-02')).toBe(1);
  });
});
