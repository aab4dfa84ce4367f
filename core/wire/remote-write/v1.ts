/**
 * Prometheus remote write 1.0, `prometheus.WriteRequest`: the walk, the builder and the label block for hot paths, and
 * here what is built on them: counting, splitting, and decoding to objects for cold paths (the receiver's page, tests).
 */
import { ByteReader } from '../../bytes/reader.ts';
import type { Label } from '../../labels/labels.ts';
import { decodeLabel, decodeLabelBlock } from '../label-block.ts';
import { METRIC_TYPES, type MetricMetadata, WriteRequestBuilder } from './builder.ts';
import { readFamilyMetadata } from './metric-families.ts';
import { METADATA_FIELD, walkWriteRequest } from './walk.ts';

export { isLabelName, isMetricName } from '../../labels/names.ts';
export { decodeLabelBlock, encodeLabelBlock, validateLabelBlock } from '../label-block.ts';
export {
  METRIC_TYPES,
  type MetricMetadata,
  type MetricType,
  STALE_NAN_BITS,
  WriteRequestBuilder,
} from './builder.ts';
export { METADATA_FIELD, type WriteRequestVisitor, walkWriteRequest } from './walk.ts';

export const REMOTE_WRITE_CONTENT_TYPE = 'application/x-protobuf';
export const REMOTE_WRITE_V1_VERSION = '0.1.0';

export interface WriteRequestCounts {
  readonly series: number;
  /** Float samples plus native histograms. */
  readonly samples: number;
  readonly metadata: number;
}

/** Counts while checking the structure: throws what `walkWriteRequest` throws. */
export function countWriteRequest(body: Uint8Array): WriteRequestCounts {
  const counts = { series: 0, samples: 0, metadata: 0 };
  walkWriteRequest(body, {
    series(_bytes, _fieldStart, _labelsStart, _labelsEnd, _fieldEnd, samples) {
      counts.series++;
      counts.samples += samples;
    },
    other(_bytes, _start, _end, field) {
      if (field === METADATA_FIELD) counts.metadata++;
    },
  });
  return counts;
}

export interface WriteRequestPart {
  readonly body: Uint8Array;
  readonly series: number;
  readonly samples: number;
}

/**
 * Requests of at most `maxSamples` samples, in order, cut between series; a series with more stays whole, because a
 * destination wants the samples of one series in one request or in order. Metadata stays where it stands.
 */
export function splitWriteRequest(body: Uint8Array, maxSamples: number): WriteRequestPart[] {
  const parts: WriteRequestPart[] = [];
  const builder = new WriteRequestBuilder(64);
  const close = () => {
    const { series, samples } = builder;
    parts.push({ body: builder.take(), series, samples });
  };
  walkWriteRequest(body, {
    series(bytes, fieldStart, _labelsStart, _labelsEnd, fieldEnd, samples) {
      if (builder.series > 0 && builder.samples + samples > maxSamples) close();
      builder.addRaw(bytes, fieldStart, fieldEnd, 1, samples);
    },
    other(bytes, start, end) {
      builder.addRaw(bytes, start, end, 0, 0);
    },
  });
  if (parts.length === 0) return [{ body, series: builder.series, samples: builder.samples }];
  if (builder.length > 0) close();
  return parts;
}

export interface DecodedSample {
  /** The IEEE 754 bits: a number would lose the staleness marker. */
  readonly valueBits: bigint;
  readonly timestampMs: number;
}

export interface DecodedExemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestampMs: number;
}

export interface DecodedSeries {
  readonly labels: readonly Label[];
  readonly samples: readonly DecodedSample[];
  readonly exemplars: readonly DecodedExemplar[];
  /** Encoded `Histogram` messages, checked but not decoded. */
  readonly histograms: readonly Uint8Array[];
}

export interface DecodedWriteRequest {
  readonly series: readonly DecodedSeries[];
  readonly metadata: readonly MetricMetadata[];
}

export function decodeWriteRequest(body: Uint8Array): DecodedWriteRequest {
  const series: DecodedSeries[] = [];
  const metadata: MetricMetadata[] = [];
  walkWriteRequest(body, {
    series(bytes, _fieldStart, labelsStart, labelsEnd, fieldEnd) {
      series.push(decodeSeriesRest(decodeLabelBlock(bytes, labelsStart, labelsEnd), bytes, labelsEnd, fieldEnd));
    },
    other(bytes, start, end, field) {
      if (field === METADATA_FIELD) metadata.push(decodeMetadata(bytes, start, end));
    },
  });
  return { series, metadata };
}

/** What follows the label block of a series that `walkWriteRequest` has checked. */
export function decodeSeriesRest(
  labels: readonly Label[],
  bytes: Uint8Array,
  restStart: number,
  end: number,
): DecodedSeries {
  const samples: DecodedSample[] = [];
  const exemplars: DecodedExemplar[] = [];
  const histograms: Uint8Array[] = [];
  const reader = new ByteReader(bytes, restStart, end);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x12) samples.push(decodeSample(reader.message()));
    else if (tag === 0x1a) exemplars.push(decodeExemplar(reader.message()));
    else if (tag === 0x22) histograms.push(reader.bytes());
    else reader.skip(tag & 7);
  }
  return { labels, samples, exemplars, histograms };
}

function decodeSample(reader: ByteReader): DecodedSample {
  let valueBits = 0n;
  let timestampMs = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) valueBits = reader.fixed64();
    else if (tag === 0x10) timestampMs = Number(reader.int64());
    else reader.skip(tag & 7);
  }
  return { valueBits, timestampMs };
}

function decodeExemplar(reader: ByteReader): DecodedExemplar {
  const labels: Label[] = [];
  let value = 0;
  let timestampMs = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) labels.push(decodeLabel(reader.message()));
    else if (tag === 0x11) value = reader.double();
    else if (tag === 0x18) timestampMs = Number(reader.int64());
    else reader.skip(tag & 7);
  }
  return { labels, value, timestampMs };
}

function decodeMetadata(bytes: Uint8Array, start: number, end: number): MetricMetadata {
  const field = new ByteReader(bytes, start, end);
  field.tag();
  const { type, ...texts } = readFamilyMetadata(field.message());
  return { type: METRIC_TYPES[type] ?? 'unknown', ...texts };
}

/** The number for display; two NaNs of different meaning become one. */
export function sampleValue({ valueBits }: DecodedSample): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, valueBits);
  return view.getFloat64(0);
}
