/**
 * The newest points of the series seen last. Bounded: a series that has not been heard for longest goes first. The
 * count of distinct series is exact beyond the window, because an evicted series leaves its hash behind.
 */
import { hash } from 'node:crypto';
import { formatLabels, type Labels } from '../../core/labels/labels.ts';

/** Bounds the memory of the exact count at about 100 MB; the count stays there when more distinct series come. */
export const MAX_DISTINCT = 1_000_000;
const POINTS_PER_SERIES = 60;

export interface HeldSeries {
  readonly labels: Labels;
  readonly text: string;
  readonly searchText: string;
  /** Oldest first, at most POINTS_PER_SERIES. */
  readonly timestampsMs: number[];
  readonly valueBits: bigint[];
}

/** Counts distinct texts exactly without keeping them. */
export class DistinctCounter {
  readonly #hashes = new Set<string>();

  add(text: string): void {
    if (this.#hashes.size < MAX_DISTINCT) this.#hashes.add(hash('sha1', text, 'base64'));
  }

  get count(): number {
    return this.#hashes.size;
  }
}

export class SeriesWindow {
  /** In order of last sample: the first is the one to forget. */
  readonly #held = new Map<string, HeldSeries>();
  readonly #distinct = new DistinctCounter();
  readonly #maxSeries: number;
  samples = 0;
  repeated = 0;
  outOfOrder = 0;

  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  get distinct(): number {
    return this.#distinct.count;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Newest sample last in the order of arrival. */
  held(): Iterable<HeldSeries> {
    return this.#held.values();
  }

  /** Finds or starts the series and marks it as the one heard last. */
  open(labels: Labels): HeldSeries {
    const text = formatLabels(labels);
    let series = this.#held.get(text);
    if (series) this.#held.delete(text);
    else {
      series = { labels, text, searchText: text.toLowerCase(), timestampsMs: [], valueBits: [] };
      this.#distinct.add(text);
    }
    this.#held.set(text, series);
    if (this.#held.size > this.#maxSeries) this.#forgetOldest();
    return series;
  }

  addSample(series: HeldSeries, timestampMs: number, valueBits: bigint): void {
    this.samples++;
    const newestMs = series.timestampsMs.at(-1);
    if (newestMs === timestampMs) {
      this.repeated++;
      return;
    }
    if (newestMs !== undefined && timestampMs < newestMs) {
      this.outOfOrder++;
      return;
    }
    series.timestampsMs.push(timestampMs);
    series.valueBits.push(valueBits);
    if (series.timestampsMs.length > POINTS_PER_SERIES) {
      series.timestampsMs.shift();
      series.valueBits.shift();
    }
  }

  /** A histogram sample counts as one sample; the page shows float values only. */
  addHistogramSamples(count: number): void {
    this.samples += count;
  }

  #forgetOldest(): void {
    const oldest = this.#held.keys().next();
    if (!oldest.done) this.#held.delete(oldest.value);
  }
}
