/**
 * The gateway's points of a backlog, made ready for a chart. It stores a point each half minute while something waits, one
 * more when the backlog is gone, and none while nothing waits or changes. Pure.
 */
import { HOUR_MS } from '../format/time.ts';
import type { Points } from '../parts/sparkline.tsx';
import type { BacklogPointView, OutboxView } from './api.ts';
import { backlogAgeMs } from './state.ts';

export interface BacklogCurves {
  readonly bytes: Points;
  readonly ageSeconds: Points;
}

/** Spans of the chart, the last being as far back as the gateway remembers. */
export const SPANS_MS = [HOUR_MS / 2, 3 * HOUR_MS, 12 * HOUR_MS] as const;

export function backlogCurves(
  history: readonly BacklogPointView[],
  outbox: OutboxView,
  fromMs: number,
  nowMs: number,
): BacklogCurves {
  const current = {
    atMs: nowMs,
    bytes: outbox.bytes,
    oldestAgeMs: backlogAgeMs(outbox, nowMs),
    payloads: outbox.payloads,
  };
  const stored = history.filter(({ atMs }) => atMs < nowMs);
  const points = [...stored, current].flatMap((point, index, all) => {
    const before = all[index - 1];
    // Empty until now, and not on a slope from the last time that something waited.
    const rose = point.payloads > 0 && (before === undefined || before.payloads === 0);
    return rose ? [{ ...point, atMs: point.atMs - 1, bytes: 0, oldestAgeMs: 0 }, point] : [point];
  });
  const shown = clip(points, fromMs);
  return {
    bytes: shown.map(({ atMs, bytes }) => [atMs, bytes]),
    ageSeconds: shown.map(({ atMs, oldestAgeMs }) => [atMs, oldestAgeMs / 1000]),
  };
}

type Point = Pick<BacklogPointView, 'atMs' | 'bytes' | 'oldestAgeMs'>;

/** Beginning at the left edge: with what was there then, or with nothing. */
function clip(points: readonly Point[], fromMs: number): Point[] {
  const first = points.findIndex(({ atMs }) => atMs >= fromMs);
  const inside = first < 0 ? [] : points.slice(first);
  const before = first > 0 ? points[first - 1] : undefined;
  const after = inside[0];
  if (after === undefined) return [];
  const share = before === undefined ? 0 : (fromMs - before.atMs) / (after.atMs - before.atMs);
  const at = (from: number, to: number) => (before === undefined ? 0 : from + share * (to - from));
  const edge = {
    atMs: fromMs,
    bytes: at(before?.bytes ?? 0, after.bytes),
    oldestAgeMs: at(before?.oldestAgeMs ?? 0, after.oldestAgeMs),
  };
  return after.atMs === fromMs ? inside : [edge, ...inside];
}

/** The shortest span that holds the beginning of the newest backlog; the longest where there was none. */
export function fittingSpanMs(history: readonly BacklogPointView[], outbox: OutboxView, nowMs: number): number {
  const last = history.findLastIndex(({ payloads }) => payloads > 0);
  const lastEmpty = history.slice(0, Math.max(0, last)).findLastIndex(({ payloads }) => payloads === 0);
  const began = history[lastEmpty + 1]?.atMs ?? (outbox.payloads > 0 ? nowMs - backlogAgeMs(outbox, nowMs) : 0);
  return SPANS_MS.find((spanMs) => began > nowMs - spanMs) ?? SPANS_MS[SPANS_MS.length - 1]!;
}
