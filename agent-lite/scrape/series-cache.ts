/**
 * What a target exposed last time, by the text of each series: the encoded label block and whether a staleness marker is
 * owed. A target repeats its lines in the same order, so the next line is nearly always the one that followed last
 * time: it is recognised by comparing bytes, without reading it, hashing it or allocating anything.
 */
import { rangeEqual } from '../../core/bytes/equal.ts';
import { hashBytes } from '../../core/bytes/hash.ts';
import type { Family } from './families.ts';

export interface CachedSeries {
  readonly text: Uint8Array;
  readonly block: Uint8Array;
  /** Its place in the order of the latest scrape that had it. */
  place: number;
  /** The scrape that saw it last; with `isNew`, the first one. */
  seenIn: number;
  isNew: boolean;
  /** In that scrape it had no timestamp of its own (or those are tracked), so its end is marked. */
  tracked: boolean;
  /** Downstream it has not ended: a staleness marker is owed when it does. */
  live: boolean;
  /** What was sent last: the hash of an exemplar, or of a native histogram the time of its newest one; 0: none. */
  exemplarMark: number;
  /** The family that it was last met after, and whether it is a series of that one. */
  near: Family | undefined;
  isMember: boolean;
}

const CHUNK_BYTES = 32 * 1024;

export class SeriesCache {
  readonly #byHash = new Map<number, CachedSeries | CachedSeries[]>();
  #order: CachedSeries[] = [];
  #nextOrder: CachedSeries[] = [];
  #expected = 0;
  #scrape = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkUsed = 0;

  get size(): number {
    return this.#order.length;
  }

  begin(): void {
    this.#scrape++;
    this.#expected = 0;
    this.#nextOrder = [];
  }

  /** Length of the series text at `start` if it is the one that is expected there; 0 if not. */
  expectedLength(bytes: Uint8Array, start: number): number {
    const expected = this.#order[this.#expected];
    if (expected === undefined) return 0;
    return rangeEqual(bytes, start, expected.text, 0, expected.text.length) ? expected.text.length : 0;
  }

  find(bytes: Uint8Array, start: number, end: number): CachedSeries | undefined {
    const expected = this.#order[this.#expected];
    if (expected !== undefined && sameText(expected, bytes, start, end)) return expected;
    const bucket = this.#byHash.get(hashBytes(bytes, start, end));
    if (bucket === undefined) return undefined;
    if (!Array.isArray(bucket)) return sameText(bucket, bytes, start, end) ? bucket : undefined;
    return bucket.find((series) => sameText(series, bytes, start, end));
  }

  add(bytes: Uint8Array, start: number, end: number, block: Uint8Array): CachedSeries {
    const text = this.#keep(bytes, start, end);
    const series: CachedSeries = {
      text,
      block: this.#keep(block, 0, block.length),
      place: 0,
      seenIn: 0,
      isNew: true,
      tracked: false,
      live: false,
      exemplarMark: 0,
      near: undefined,
      isMember: false,
    };
    this.#index(series);
    return series;
  }

  /** Returns false if this scrape has seen the series already. */
  see(series: CachedSeries, tracked: boolean): boolean {
    if (this.#wasBefore(series)) {
      this.#expected = series.place + 1;
      series.isNew = false;
    }
    if (series.seenIn === this.#scrape) return false;
    series.seenIn = this.#scrape;
    series.tracked = tracked;
    this.#nextOrder.push(series);
    return true;
  }

  /** The scrape is good: series that were not in it are forgotten; those that ended are handed to `ended`. */
  commit(ended: (series: CachedSeries) => void): void {
    const gone = this.#order.filter((series) => series.seenIn !== this.#scrape);
    if (gone.length > 0) {
      const replaced = this.#newBlocks(gone);
      for (const series of gone) {
        if (series.live && !replaced.has(blockKey(series.block))) ended(series);
        this.#unindex(series);
      }
    }
    this.#order = this.#nextOrder;
    this.#nextOrder = [];
    for (const [place, series] of this.#order.entries()) {
      series.place = place;
      if (series.live && !series.tracked) ended(series);
      series.live = series.tracked;
    }
  }

  /** The scrape failed: what it brought is forgotten, and everything that was live has ended. */
  fail(ended: (series: CachedSeries) => void): void {
    for (const series of this.#nextOrder) if (series.isNew && !this.#wasBefore(series)) this.#unindex(series);
    this.#nextOrder = [];
    for (const series of this.#order) {
      if (series.live) ended(series);
      series.live = false;
    }
  }

  #wasBefore(series: CachedSeries): boolean {
    return this.#order[series.place] === series;
  }

  /** A series may come back as another text of the same labels: then it has not ended. */
  #newBlocks(gone: readonly CachedSeries[]): ReadonlySet<string> {
    const replaced = new Set<string>();
    if (!gone.some((series) => series.live)) return replaced;
    for (const series of this.#nextOrder) if (series.isNew) replaced.add(blockKey(series.block));
    return replaced;
  }

  #index(series: CachedSeries): void {
    const hash = hashBytes(series.text, 0, series.text.length);
    const bucket = this.#byHash.get(hash);
    if (bucket === undefined) this.#byHash.set(hash, series);
    else if (Array.isArray(bucket)) bucket.push(series);
    else this.#byHash.set(hash, [bucket, series]);
  }

  #unindex(series: CachedSeries): void {
    const hash = hashBytes(series.text, 0, series.text.length);
    const bucket = this.#byHash.get(hash);
    if (!Array.isArray(bucket)) {
      if (bucket === series) this.#byHash.delete(hash);
      return;
    }
    const rest = bucket.filter((other) => other !== series);
    if (rest.length === 1) this.#byHash.set(hash, rest[0]!);
    else this.#byHash.set(hash, rest);
  }

  /** Copies into a shared chunk: an ArrayBuffer for each short text would cost more than the text. */
  #keep(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (this.#chunkUsed + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(CHUNK_BYTES, length));
      this.#chunkUsed = 0;
    }
    const kept = this.#chunk.subarray(this.#chunkUsed, this.#chunkUsed + length);
    kept.set(bytes.subarray(start, end));
    this.#chunkUsed += length;
    return kept;
  }
}

function sameText(series: CachedSeries, bytes: Uint8Array, start: number, end: number): boolean {
  return series.text.length === end - start && rangeEqual(bytes, start, series.text, 0, end - start);
}

function blockKey(block: Uint8Array): string {
  return Buffer.from(block.buffer, block.byteOffset, block.length).toString('latin1');
}
