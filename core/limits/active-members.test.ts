import { describe, expect, it } from 'vitest';
import { hashBytes } from '../bytes/hash.ts';
import { ActiveTotals, EPOCH_MS, SeenMembers } from './active-members.ts';

const text = new TextEncoder();
const MINUTE_MS = 60_000;

function admit(seen: SeenMembers, series: number): boolean {
  const bytes = text.encode(`up{instance="${series}"}`);
  return seen.admit(hashBytes(bytes, 0, bytes.length, 1), hashBytes(bytes, 0, bytes.length, 2));
}

function admitted(seen: SeenMembers, from: number, to: number): number {
  let count = 0;
  for (let series = from; series < to; series++) if (admit(seen, series)) count++;
  return count;
}

function exchange(seen: SeenMembers, hub: ActiveTotals, nowMs: number): void {
  const report = seen.report();
  if (report !== undefined) hub.merge(report, nowMs);
  seen.install(hub.status(seen.limit, seen.cursor(), nowMs));
}

function isolate(limit: number, nowMs = 0): SeenMembers {
  const seen = new SeenMembers(nowMs);
  seen.limit = limit;
  return seen;
}

describe('active members', () => {
  it('of one isolate are limited exactly: new ones are refused, known ones pass', () => {
    const seen = isolate(1000);
    expect(admitted(seen, 0, 1500)).toBe(1000);
    expect(admitted(seen, 0, 1000)).toBe(1000);
    expect(admitted(seen, 1000, 1500)).toBe(0);
  });

  it('have no limit where it is 0', () => {
    expect(admitted(isolate(0), 0, 5000)).toBe(5000);
  });

  it('are counted once when several isolates see them, and an isolate that comes new lets the known ones pass', () => {
    const hub = new ActiveTotals('hub');
    const first = isolate(10_000);
    expect(admitted(first, 0, 10_000)).toBe(10_000);
    exchange(first, hub, 0);
    exchange(first, hub, 0); // Now it knows that the limit is near, and tells which it has seen.
    const second = isolate(10_000);
    exchange(second, hub, 0);
    expect(Math.abs(hub.estimate(0) - 10_000)).toBeLessThan(300);
    expect(admitted(second, 0, 10_000)).toBe(10_000);
    expect(hub.estimate(0)).toBeLessThan(10_300);
  });

  it('that are new anywhere are refused once the hub knows that the limit is reached; 0 of 5,000 slip through', () => {
    const hub = new ActiveTotals('hub');
    const isolates = [0, 1, 2].map(() => isolate(9000));
    for (const [index, seen] of isolates.entries()) admitted(seen, index * 3100, (index + 1) * 3100);
    for (let atMs = 0; atMs <= 15_000; atMs += 5000) {
      for (const seen of isolates) {
        expect(admitted(seen, 50_000, 50_001)).toBe(1);
        exchange(seen, hub, atMs);
      }
    }
    for (const seen of isolates) exchange(seen, hub, 20_000);
    for (const seen of isolates) {
      expect(admitted(seen, 0, 9300)).toBe(9300);
      expect(admitted(seen, 100_000, 105_000)).toBe(0);
    }
  });

  it('are forgotten ten to twenty minutes after their last sample, and make room', () => {
    const hub = new ActiveTotals('hub');
    const seen = isolate(100);
    expect(admitted(seen, 0, 100)).toBe(100);
    exchange(seen, hub, 0);
    seen.turn(EPOCH_MS + MINUTE_MS);
    expect(admitted(seen, 200, 300)).toBe(0);
    expect(admitted(seen, 0, 50)).toBe(50);
    seen.turn(2 * EPOCH_MS + MINUTE_MS);
    exchange(seen, hub, 2 * EPOCH_MS + MINUTE_MS);
    expect(Math.round(hub.estimate(2 * EPOCH_MS + MINUTE_MS))).toBe(0);
    expect(admitted(seen, 200, 300)).toBe(50);
  });

  it('are told anew to a hub that began anew', () => {
    const seen = isolate(1000);
    admitted(seen, 0, 900);
    exchange(seen, new ActiveTotals('first'), 0);
    const second = new ActiveTotals('second');
    exchange(seen, second, 0);
    exchange(seen, second, 0);
    expect(Math.abs(second.estimate(0) - 900)).toBeLessThan(30);
  });

  it('are reported again after a report was lost, and not at all while nothing is new', () => {
    const seen = isolate(1000);
    admitted(seen, 0, 10);
    expect(seen.report()).toBeDefined();
    expect(seen.report()).toBeUndefined();
    seen.reportLost();
    expect(seen.report()).toBeDefined();
  });

  it('are counted also where the clock of an isolate is a little ahead of the hub, or behind it', () => {
    const hub = new ActiveTotals('hub');
    const late = isolate(0, EPOCH_MS - 100);
    const early = isolate(0, EPOCH_MS + 100);
    admitted(late, 0, 100);
    admitted(early, 100, 200);
    exchange(early, hub, EPOCH_MS - 50);
    exchange(late, hub, EPOCH_MS - 50);
    expect(Math.round(hub.estimate(EPOCH_MS + 50) / 10)).toBe(20);
  });

  it('lose nothing when two answers of the hub overlap', () => {
    const hub = new ActiveTotals('hub');
    const first = isolate(100);
    admitted(first, 0, 90);
    exchange(first, hub, 0);
    exchange(first, hub, 0);
    const second = isolate(100);
    second.install(hub.status(100, undefined, 0));
    const answers = [hub.status(100, second.cursor(), 0), hub.status(100, second.cursor(), 0)];
    for (const answer of answers) second.install(answer);
    admitted(first, 90, 95);
    exchange(first, hub, 0);
    exchange(second, hub, 0);
    expect(second.cursor().current).toBe(95);
  });
});
