/** Items per second over the last minutes, from the running totals, so that a page opened now shows the past too. */
import type { RatePoint, ReceiverSummary } from '../../ui/receiver/api.ts';

export const RATE_INTERVAL_MS = 2_000;
/** Five minutes. */
const MAX_POINTS = 150;

type Totals = readonly [samples: number, lines: number, spans: number, profiles: number];

export class RateHistory {
  readonly #points: RatePoint[] = [];
  #lastAtMs: number;
  #last: Totals = [0, 0, 0, 0];

  constructor(nowMs: number) {
    this.#lastAtMs = nowMs;
  }

  get points(): readonly RatePoint[] {
    return this.#points;
  }

  /** Called every RATE_INTERVAL_MS, or about: the rate is over the time that really went by. */
  tick(nowMs: number, summary: ReceiverSummary): void {
    const seconds = (nowMs - this.#lastAtMs) / 1000;
    if (seconds <= 0) return;
    const { metrics, logs, traces, profiles } = summary;
    const totals: Totals = [metrics.samples, logs.lines, traces.spans, profiles.profiles];
    const rate = (index: 0 | 1 | 2 | 3) => Math.round(((totals[index] - this.#last[index]) / seconds) * 1000) / 1000;
    this.#points.push([nowMs, rate(0), rate(1), rate(2), rate(3)]);
    if (this.#points.length > MAX_POINTS) this.#points.shift();
    this.#lastAtMs = nowMs;
    this.#last = totals;
  }
}
