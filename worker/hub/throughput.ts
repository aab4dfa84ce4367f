/** Accepted items per second of the last minutes, one ring per signal, in memory only: it feeds a chart, not the ledger. */
export const HISTORY_SECONDS = 300;
const STEP_SECONDS = 5;
/** Averaged over this long, because agents push every few seconds and a shorter mean would jump. */
const RATE_SECONDS = 60;
/** The first push after a silence often holds what had piled up; over less than this it would look like a flood. */
const MIN_RATE_SECONDS = 15;

export class Throughput {
  readonly #seconds = new Float64Array(HISTORY_SECONDS);
  /** The second each slot belongs to. */
  readonly #stamps = new Float64Array(HISTORY_SECONDS);
  #firstSecond = Number.POSITIVE_INFINITY;

  add(second: number, items: number, nowMs: number): void {
    const nowSecond = Math.floor(nowMs / 1000);
    if (!Number.isSafeInteger(second) || second > nowSecond + 1 || second <= nowSecond - HISTORY_SECONDS) return;
    const slot = second % HISTORY_SECONDS;
    if (this.#stamps[slot] !== second) {
      this.#stamps[slot] = second;
      this.#seconds[slot] = 0;
    }
    this.#seconds[slot] = (this.#seconds[slot] as number) + items;
    this.#firstSecond = Math.min(this.#firstSecond, second);
  }

  itemsPerSecond(nowMs: number): number {
    const end = Math.floor(nowMs / 1000);
    const start = Math.max(end - RATE_SECONDS, Math.min(this.#firstSecond, end - MIN_RATE_SECONDS));
    return this.#sum(start, end) / (end - start);
  }

  /** Mean per step, oldest first; steps before the first item are left out. */
  history(nowMs: number): [number, number][] {
    const endSecond = Math.floor(nowMs / 1000 / STEP_SECONDS) * STEP_SECONDS;
    const points: [number, number][] = [];
    for (let second = endSecond - HISTORY_SECONDS + STEP_SECONDS; second < endSecond; second += STEP_SECONDS) {
      if (second + STEP_SECONDS <= this.#firstSecond) continue;
      points.push([second * 1000, this.#sum(second, second + STEP_SECONDS) / STEP_SECONDS]);
    }
    return points;
  }

  #sum(from: number, to: number): number {
    let sum = 0;
    for (let second = from; second < to; second++) {
      const slot = second % HISTORY_SECONDS;
      if (this.#stamps[slot] === second) sum += this.#seconds[slot] as number;
    }
    return sum;
  }
}
