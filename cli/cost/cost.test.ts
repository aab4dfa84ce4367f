import { describe, expect, it } from 'vitest';
import { bindingMeter, dayUsage, type Fleet, freeCeiling, monthUsage } from './estimate.ts';
import { monthlyDollars, type Usage } from './prices.ts';
import { costReport, costText } from './report.ts';

const fleet: Fleet = {
  hosts: 60,
  pushIntervalSeconds: 60,
  destinations: 1,
  series: 500,
  isolates: 1,
  outageSeconds: 0,
};
const outage = { ...fleet, outageSeconds: 86_400 };

describe('what a fleet costs', () => {
  it('keeps 60 hosts that push once a minute within the free plan', () => {
    const usage = dayUsage(fleet);
    expect(usage.worker_requests).toBe(60 * 1440 + 1440);
    expect(bindingMeter(usage).share).toBeLessThan(1);
    expect(freeCeiling(fleet)).toBeGreaterThanOrEqual(60);
  });

  it('has a ceiling that is the last number of hosts that fits', () => {
    for (const one of [fleet, outage, { ...fleet, pushIntervalSeconds: 15 }]) {
      const hosts = freeCeiling(one);
      expect(bindingMeter(dayUsage({ ...one, hosts })).share).toBeLessThanOrEqual(1);
      expect(bindingMeter(dayUsage({ ...one, hosts: hosts + 1 })).share).toBeGreaterThan(1);
    }
  });

  it('costs storage and rows in an outage, in proportion to what is stored', () => {
    const normal = dayUsage(fleet);
    const day = dayUsage(outage);
    const half = dayUsage({ ...fleet, outageSeconds: 43_200 });
    expect(normal.storage_bytes).toBe(0);
    expect(day.storage_bytes).toBe(half.storage_bytes * 2);
    expect(day.rows_written).toBeGreaterThan(2 * 86_400);
    expect(dayUsage({ ...outage, destinations: 2 }).storage_bytes).toBe(day.storage_bytes * 2);
  });

  it('counts reports of their own where pushes are spread over many isolates', () => {
    const spread = dayUsage({ ...fleet, isolates: 60 });
    expect(spread.object_requests).toBeGreaterThan(dayUsage(fleet).object_requests + 86_000);
  });

  it('does not wake objects for every row of a backlog', () => {
    for (const hosts of [1, 5, 20]) expect(dayUsage({ ...outage, hosts }).rows_read).toBeLessThan(5_000_000);
  });

  it('charges the base price within what is included, and the rest by what it exceeds', () => {
    const nothing = Object.fromEntries(Object.keys(dayUsage(fleet)).map((meter) => [meter, 0])) as unknown as Usage;
    expect(monthlyDollars(nothing)).toBe(5);
    expect(monthlyDollars({ ...nothing, worker_requests: 11e6 })).toBeCloseTo(5.3);
    expect(monthlyDollars({ ...nothing, rows_written: 53e6, object_requests: 3e6 })).toBeCloseTo(5 + 3 + 0.3);
    expect(monthUsage(outage).worker_requests).toBeCloseTo(dayUsage(fleet).worker_requests * 30);
  });

  it('says which limit binds first, and on the paid plan the price', () => {
    expect(costText(costReport(outage, 'free'))).toMatch(
      /normal running: up to \d+ hosts; .* come nearest to their limit, at \d+\.\d %\./,
    );
    expect(costText(costReport(outage, 'paid'))).toMatch(/Paid plan: \$\d+\.\d\d a month/);
  });
});
