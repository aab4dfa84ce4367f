import { describe, expect, it } from 'vitest';
import type { OutboxView } from './api.ts';
import { backlogCurves, fittingSpanMs, SPANS_MS } from './outbox-history.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const empty: OutboxView = {
  destination: 'd',
  signal: 'metrics',
  state: 'idle',
  payloads: 0,
  bytes: 0,
  items: 0,
  attempts: 0,
  deadLetters: 0,
};
const waiting = { ...empty, state: 'held', payloads: 2, bytes: 500, oldestAtMs: NOW - 10 * MINUTE };
const point = (minutesAgo: number, bytes: number, ageMinutes = 0) => ({
  atMs: NOW - minutesAgo * MINUTE,
  payloads: bytes === 0 ? 0 : 1,
  bytes,
  oldestAgeMs: ageMinutes * MINUTE,
});

describe('the chart of a backlog', () => {
  it('ends with what there is now, also where nothing was stored since', () => {
    const { bytes, ageSeconds } = backlogCurves([point(10, 100), point(9, 500, 1)], waiting, NOW - 30 * MINUTE, NOW);
    expect(bytes.at(-1)).toEqual([NOW, 500]);
    expect(ageSeconds.at(-1)).toEqual([NOW, 600]);
  });

  it('is flat at zero between two backlogs, not a slope', () => {
    const history = [point(20, 300, 1), point(19, 0), point(5, 400, 1)];
    const { bytes } = backlogCurves(history, waiting, NOW - 30 * MINUTE, NOW);
    const at = (minutesAgo: number) => NOW - minutesAgo * MINUTE;
    expect(bytes).toEqual([
      [at(30), 0],
      [at(20) - 1, 0],
      [at(20), 300],
      [at(19), 0],
      [at(5) - 1, 0],
      [at(5), 400],
      [NOW, 500],
    ]);
  });

  it('begins at the left edge with what was there then', () => {
    const history = [point(40, 100), point(20, 300)];
    const { bytes } = backlogCurves(history, waiting, NOW - 30 * MINUTE, NOW);
    expect(bytes[0]).toEqual([NOW - 30 * MINUTE, 200]);
  });

  it('of an outbox that never held anything is a line at zero', () => {
    const { bytes } = backlogCurves([], empty, NOW - 30 * MINUTE, NOW);
    expect(bytes).toEqual([
      [NOW - 30 * MINUTE, 0],
      [NOW, 0],
    ]);
  });

  it('shows the shortest span in which the newest backlog began', () => {
    expect(fittingSpanMs([point(10, 1)], waiting, NOW)).toBe(SPANS_MS[0]);
    expect(fittingSpanMs([point(600, 1), point(599, 0), point(10, 1), point(9, 0)], empty, NOW)).toBe(SPANS_MS[0]);
    expect(fittingSpanMs([point(170, 1), point(10, 1)], waiting, NOW)).toBe(SPANS_MS[1]);
    expect(fittingSpanMs([point(800, 1), point(10, 1)], waiting, NOW)).toBe(SPANS_MS[2]);
    expect(fittingSpanMs([], empty, NOW)).toBe(SPANS_MS[2]);
    expect(fittingSpanMs([], waiting, NOW)).toBe(SPANS_MS[0]);
  });
});
