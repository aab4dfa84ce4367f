/** What a tenant sent, day by day. Pure. */
import { DAY_MS } from '../../format/time.ts';
import type { SignalName } from '../api.ts';
import type { SignalUsageView, UsageDayView } from './types.ts';

const NOTHING: SignalUsageView = { accepted: 0, rejected: 0, dropped: 0, delivered: 0, pushes: 0, receivedBytes: 0 };

export type Bars = readonly (readonly [dayNumber: number, value: number])[];

/** Days since 1970, in UTC. */
export function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

export function dayOfNumber(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

/** One bar for each of the `count` days that end with today; the answer leaves out those of nothing. */
export function barsOf(
  days: readonly UsageDayView[],
  signal: SignalName,
  measure: 'accepted' | 'receivedBytes',
  count: number,
  nowMs: number,
): Bars {
  const today = Math.floor(nowMs / DAY_MS);
  const values = new Map(days.map(({ day, signals }) => [dayNumber(day), signals[signal]?.[measure] ?? 0]));
  return Array.from({ length: count }, (_, i) => {
    const number = today - count + 1 + i;
    return [number, values.get(number) ?? 0] as const;
  });
}

export function totalOf(days: readonly UsageDayView[], signal: SignalName): SignalUsageView {
  return days.reduce((sum, { signals }) => added(sum, signals[signal] ?? NOTHING), NOTHING);
}

function added(a: SignalUsageView, b: SignalUsageView): SignalUsageView {
  return {
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    dropped: a.dropped + b.dropped,
    delivered: a.delivered + b.delivered,
    pushes: a.pushes + b.pushes,
    receivedBytes: a.receivedBytes + b.receivedBytes,
  };
}
