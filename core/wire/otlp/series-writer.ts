/** The series of one conversion on their way into one body, and what was left out of it with the reasons. */
import { ByteWriter } from '../../bytes/writer.ts';
import type { Labels } from '../../labels/labels.ts';
import { OutcomeError, type Reason } from '../../outcome.ts';
import { encodeLabelBlock } from '../label-block.ts';
import { type MetricType, WriteRequestBuilder } from '../remote-write/builder.ts';
import type { OtlpExemplar } from './metrics-decode.ts';
import { type PointTimes, writeExemplars, writeSample } from './series-values.ts';

export interface LeftOutPoints {
  readonly reason: Reason;
  /** Data points. */
  readonly items: number;
  /** Of the first: which metric, and what is wrong with it. */
  readonly example: string;
}

export interface ConvertedSeries {
  /** A `prometheus.WriteRequest`. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly series: number;
  readonly samples: number;
  readonly leftOut: readonly LeftOutPoints[];
}

/** Attributes are repeated for every bucket of a histogram, so a small body could make a very large one. */
const MAX_SERIES_BYTES = 48 * 1024 * 1024;

export class SeriesWriter {
  readonly #builder: WriteRequestBuilder;
  readonly #withMetadata: boolean;
  readonly #rest = new ByteWriter(256);
  readonly #families = new Set<string>();
  readonly #leftOut = new Map<Reason, { reason: Reason; items: number; example: string }>();

  constructor(sizeHint: number, withMetadata: boolean) {
    this.#builder = new WriteRequestBuilder(sizeHint);
    this.#withMetadata = withMetadata;
  }

  take(): ConvertedSeries {
    const { series, samples } = this.#builder;
    return { body: this.#builder.take(), series, samples, leftOut: [...this.#leftOut.values()] };
  }

  /** Throws body_too_large. */
  addSample(
    labels: Labels,
    value: number,
    point: PointTimes,
    startMs: number,
    exemplars: readonly OtlpExemplar[] = [],
  ): void {
    writeSample(this.#rest.reset(), value, point, startMs);
    writeExemplars(this.#rest, exemplars, point);
    this.#addSeries(labels);
  }

  /** `histogram`: encoded. Throws body_too_large. */
  addNativeHistogram(
    labels: Labels,
    histogram: Uint8Array,
    point: PointTimes,
    exemplars: readonly OtlpExemplar[],
  ): void {
    this.#rest.reset().bytesField(4, histogram);
    writeExemplars(this.#rest, exemplars, point);
    this.#addSeries(labels);
  }

  /** Once for each family. */
  addMetadata(family: string, type: MetricType, help: string, unit: string): void {
    if (!this.#withMetadata || this.#families.has(family)) return;
    this.#families.add(family);
    this.#builder.addMetadata({ type, family, help, unit });
  }

  leaveOut(reason: Reason, items: number, example: string): void {
    const known = this.#leftOut.get(reason);
    if (known !== undefined) known.items += items;
    else this.#leftOut.set(reason, { reason, items, example });
  }

  #addSeries(labels: Labels): void {
    this.#builder.addSeries(encodeLabelBlock(labels), this.#rest.view(), 0, this.#rest.length, 1);
    if (this.#builder.length > MAX_SERIES_BYTES) {
      const message = `the series of this body are larger than the limit of ${MAX_SERIES_BYTES} bytes; send fewer data points at once`;
      throw new OutcomeError('body_too_large', message);
    }
  }
}
