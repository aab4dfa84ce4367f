/**
 * The body for one destination. Runs of series that go out as they came are copied as one range, and when the one range
 * is the whole body nothing is copied at all.
 */
import { keepShape } from '../bytes/kept-shape.ts';
import { ByteWriter } from '../bytes/writer.ts';
import type { Destination } from '../delivery/destination.ts';
import { SERIES_TAG } from '../wire/remote-write/walk.ts';
import type { MetricsPlanOutput } from './metrics-plan.ts';
import type { MemoEntry } from './series-memo.ts';
import type { SeriesVerdict } from './series-verdict.ts';

/** Where a series stands: see WriteRequestVisitor. One object for all series of a run. */
export interface SeriesBytes {
  bytes: Uint8Array;
  fieldStart: number;
  labelsStart: number;
  labelsEnd: number;
  fieldEnd: number;
}

export interface OutputContent {
  readonly body: Uint8Array;
  /** The snappy form, where the output was made in it: then asking for `body` costs unpacking. */
  readonly compressed?: Uint8Array;
  /** The body is the incoming one. */
  readonly unchanged: boolean;
}

export interface SeriesOutput {
  series: number;
  samples: number;
  histograms: number;
  /** A range of the incoming body that is no series. */
  raw(start: number, end: number): void;
  /** A series as it came. `entry` is what is remembered of it, if anything. */
  keep(entry: MemoEntry<SeriesVerdict> | undefined, series: SeriesBytes): void;
  /** A series under other labels. */
  rewrite(entry: MemoEntry<SeriesVerdict> | undefined, labels: Uint8Array, series: SeriesBytes): void;
  finish(): OutputContent;
}

/** Whether all that went out so far is the incoming body from its start, without a gap. */
export class UnchangedRun {
  length = 0;
  #ended = false;

  /** False where the run ends here or has ended. */
  extend(start: number, end: number): boolean {
    if (this.#ended || start !== this.length) {
      this.#ended = true;
      return false;
    }
    this.length = end;
    return true;
  }

  end(): void {
    this.#ended = true;
  }

  covers(body: Uint8Array): boolean {
    return !this.#ended && this.length === body.length;
  }
}

export class PlainOutput implements SeriesOutput {
  readonly #body: Uint8Array;
  #writer: ByteWriter | undefined;
  #runStart = 0;
  #runEnd = 0;
  series = 0;
  samples = 0;
  /** How many of the samples are native histograms. */
  histograms = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  raw(start: number, end: number): void {
    if (start !== this.#runEnd) {
      this.#flush();
      this.#runStart = start;
    }
    this.#runEnd = end;
  }

  keep(_entry: MemoEntry<SeriesVerdict> | undefined, series: SeriesBytes): void {
    const { bytes, fieldStart, labelsStart, labelsEnd, fieldEnd } = series;
    if (bytes === this.#body) this.raw(fieldStart, fieldEnd);
    else this.#write(bytes, labelsStart, labelsEnd, series);
  }

  rewrite(_entry: MemoEntry<SeriesVerdict> | undefined, labels: Uint8Array, series: SeriesBytes): void {
    this.#write(labels, 0, labels.length, series);
  }

  finish(): OutputContent {
    const unchanged = this.#writer === undefined && this.#runStart === 0 && this.#runEnd === this.#body.length;
    if (unchanged) return { body: this.#body, unchanged };
    this.#flush();
    return { body: this.#open().view(), unchanged };
  }

  #write(labels: Uint8Array, start: number, end: number, { bytes, labelsEnd, fieldEnd }: SeriesBytes): void {
    this.#flush();
    const size = end - start + (fieldEnd - labelsEnd);
    this.#open().byte(SERIES_TAG).varint(size).bytes(labels, start, end).bytes(bytes, labelsEnd, fieldEnd);
  }

  #flush(): void {
    if (this.#runEnd > this.#runStart) this.#open().bytes(this.#body, this.#runStart, this.#runEnd);
    this.#runStart = this.#runEnd;
  }

  #open(): ByteWriter {
    // Rules shorten labels as often as they lengthen them, so the original's size is a good guess.
    this.#writer ??= new ByteWriter(this.#body.length + 256);
    return this.#writer;
  }
}

keepShape(new UnchangedRun());
keepShape(new PlainOutput(new Uint8Array(0)));

/** What a destination gets. Not an object literal: the body of a compressed output is made when somebody asks for it. */
export class PlanOutput implements MetricsPlanOutput {
  readonly destination: Destination;
  readonly series: number;
  readonly samples: number;
  readonly histograms: number;
  readonly #content: OutputContent;

  constructor(destination: Destination, { series, samples, histograms }: SeriesOutput, content: OutputContent) {
    this.destination = destination;
    this.series = series;
    this.samples = samples;
    this.histograms = histograms;
    this.#content = content;
  }

  get body(): Uint8Array {
    return this.#content.body;
  }

  get compressed(): Uint8Array | undefined {
    return this.#content.compressed;
  }

  get unchanged(): boolean {
    return this.#content.unchanged;
  }
}
