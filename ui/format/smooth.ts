/** Data arrives in pushes some seconds apart; a rate per second of that is a comb. The mean of the last while is the flow. */

export const SMOOTH_MS = 30_000;

type Point = readonly [atMs: number, value: number];

/**
 * Each point becomes the mean of the points in the `windowMs` that end with it. Points are oldest first. The first
 * points of a long history have less than a window behind them, so their mean is a guess: they are left out.
 */
export function smooth(points: readonly Point[], windowMs = SMOOTH_MS): Point[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  const long = last[0] - first[0] > 3 * windowMs;
  const out: Point[] = [];
  let start = 0;
  let sum = 0;
  for (const [i, [atMs, value]] of points.entries()) {
    sum += value;
    while (points[start]![0] <= atMs - windowMs) sum -= points[start++]![1];
    if (long && atMs - first[0] < windowMs) continue;
    // Sums of additions and subtractions leave crumbs like 1e-14 where nothing flows.
    out.push([atMs, Math.max(0, Math.round((sum / (i - start + 1)) * 1e6) / 1e6)]);
  }
  return out;
}
