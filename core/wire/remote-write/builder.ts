/**
 * Writes a `prometheus.WriteRequest` (remote write 1.0). Labels come as encoded blocks and sample values as raw bytes:
 * a value that passes through here never becomes a JavaScript number, because a NaN's payload would not survive it, and
 * the staleness marker is such a payload.
 */
import { ByteWriter } from '../../bytes/writer.ts';
import { varintLength } from '../label-block.ts';

/** Prometheus `value.StaleNaN`: the series has ended. */
export const STALE_NAN_BITS = 0x7ff0000000000002n;
/** Prometheus `value.NormalNaN`: any other NaN. */
export const NORMAL_NAN_BITS = 0x7ff8000000000001n;

export interface MetricMetadata {
  readonly type: MetricType;
  readonly family: string;
  readonly help: string;
  readonly unit: string;
}

/** In the order of `MetricMetadata.MetricType`. */
export const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;

export type MetricType = (typeof METRIC_TYPES)[number];

const SERIES_TAG = 0x0a;
const METADATA_TAG = 0x1a;
const SAMPLE_TAG = 0x12;
const HISTOGRAM_TAG = 0x22;
const HISTOGRAM_TIMESTAMP_TAG = 0x78;
const VALUE_TAG = 0x09;
const TIMESTAMP_TAG = 0x10;
const NO_BYTES = new Uint8Array(0);

export class WriteRequestBuilder {
  readonly #out: ByteWriter;
  readonly #metadata = new ByteWriter(64);
  #series = 0;
  #samples = 0;
  // Whole fields that follow each other in their source are copied in one go.
  #pending: Uint8Array = NO_BYTES;
  #pendingStart = 0;
  #pendingEnd = 0;

  constructor(initialBytes = 4096) {
    this.#out = new ByteWriter(initialBytes);
  }

  get series(): number {
    return this.#series;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Encoded size so far. */
  get length(): number {
    return this.#out.length + this.#pendingEnd - this.#pendingStart;
  }

  /** Labels as an encoded block, and the rest of a TimeSeries (samples, exemplars, histograms) as raw bytes. */
  addSeries(labelBlock: Uint8Array, rest: Uint8Array, restStart: number, restEnd: number, samples: number): void {
    this.#flush();
    this.#out
      .byte(SERIES_TAG)
      .varint(labelBlock.length + restEnd - restStart)
      .bytes(labelBlock)
      .bytes(rest, restStart, restEnd);
    this.#series++;
    this.#samples += samples;
  }

  /**
   * Whole encoded fields of a WriteRequest, as the walk handed them out. The bytes are read when the next field is
   * added or the request is taken, so they must not change before.
   */
  addRaw(bytes: Uint8Array, start: number, end: number, series: number, samples: number): void {
    if (bytes === this.#pending && start === this.#pendingEnd) {
      this.#pendingEnd = end;
    } else {
      this.#flush();
      this.#pending = bytes;
      this.#pendingStart = start;
      this.#pendingEnd = end;
    }
    this.#series += series;
    this.#samples += samples;
  }

  /**
   * One series with one float sample. Any NaN is written as Prometheus's normal NaN. `extra`: whole encoded fields of the
   * TimeSeries (metadata, exemplars) that come with it.
   */
  addSample(labelBlock: Uint8Array, value: number, timestampMs: number, extra: Uint8Array = NO_BYTES): void {
    if (Number.isNaN(value)) {
      this.addSampleBits(labelBlock, NORMAL_NAN_BITS, timestampMs, extra);
      return;
    }
    // Zero is the default of proto3 and left out, as Prometheus does; -0 is not zero.
    const written = value !== 0 || Object.is(value, -0);
    this.#startSample(labelBlock, timestampMs, written, extra);
    if (written) this.#out.byte(VALUE_TAG).double(value);
    this.#out.byte(TIMESTAMP_TAG).int64(timestampMs);
  }

  addStaleSample(labelBlock: Uint8Array, timestampMs: number): void {
    this.addSampleBits(labelBlock, STALE_NAN_BITS, timestampMs);
  }

  /** One series with one native histogram: an encoded `Histogram` without a timestamp. */
  addHistogram(labelBlock: Uint8Array, histogram: Uint8Array, timestampMs: number, extra: Uint8Array = NO_BYTES): void {
    this.#flush();
    const size = histogram.length + 1 + int64Length(timestampMs);
    this.#out
      .byte(SERIES_TAG)
      .varint(labelBlock.length + extra.length + 1 + varintLength(size) + size)
      .bytes(labelBlock)
      .bytes(extra)
      .byte(HISTOGRAM_TAG)
      .varint(size)
      .bytes(histogram)
      .byte(HISTOGRAM_TIMESTAMP_TAG)
      .int64(timestampMs);
    this.#series++;
    this.#samples++;
  }

  addSampleBits(labelBlock: Uint8Array, valueBits: bigint, timestampMs: number, extra: Uint8Array = NO_BYTES): void {
    this.#startSample(labelBlock, timestampMs, true, extra);
    this.#out.byte(VALUE_TAG).fixed64(valueBits).byte(TIMESTAMP_TAG).int64(timestampMs);
  }

  #startSample(labelBlock: Uint8Array, timestampMs: number, withValue: boolean, extra: Uint8Array): void {
    this.#flush();
    const sampleBytes = (withValue ? 9 : 0) + 1 + int64Length(timestampMs);
    this.#out
      .byte(SERIES_TAG)
      .varint(labelBlock.length + extra.length + 2 + sampleBytes)
      .bytes(labelBlock)
      .bytes(extra)
      .byte(SAMPLE_TAG)
      .byte(sampleBytes);
    this.#series++;
    this.#samples++;
  }

  addMetadata({ type, family, help, unit }: MetricMetadata): void {
    this.#flush();
    const message = this.#metadata.reset();
    message.varintField(1, Math.max(0, METRIC_TYPES.indexOf(type))).stringField(2, family);
    if (help !== '') message.stringField(4, help);
    if (unit !== '') message.stringField(5, unit);
    this.#out.byte(METADATA_TAG).varint(message.length).bytes(message.view());
  }

  /** The request as bytes of its own; the builder is empty again and keeps its memory. */
  take(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const body = this.#out.take();
    this.#out.reset();
    this.#series = 0;
    this.#samples = 0;
    return body;
  }

  #flush(): void {
    if (this.#pendingEnd === this.#pendingStart) return;
    this.#out.bytes(this.#pending, this.#pendingStart, this.#pendingEnd);
    this.#pending = NO_BYTES;
    this.#pendingStart = 0;
    this.#pendingEnd = 0;
  }
}

function int64Length(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  let rest = value;
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) bytes++;
  return bytes - 1 + varintLength(rest);
}
