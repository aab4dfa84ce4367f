/**
 * What stands behind the labels of a series: samples, exemplars and native histograms, with the start timestamps that
 * remote write 2.0 has (remote-write/extensions.ts), encoded from OTLP's data points.
 */
import { ByteWriter } from '../../bytes/writer.ts';
import type { Label } from '../../labels/labels.ts';
import { encodeLabelBlock } from '../label-block.ts';
import { NORMAL_NAN_BITS, STALE_NAN_BITS } from '../remote-write/builder.ts';
import type { OtlpBuckets, OtlpExemplar, OtlpExponentialPoint, OtlpHistogramPoint } from './metrics-decode.ts';
import { labelName } from './names.ts';
import { valueText } from './values.ts';

/** Bit 0 of a data point's flags. */
const NO_RECORDED_VALUE = 1;
const NANOS_PER_MILLI = 1_000_000n;
const FIXED64 = 1;

export interface PointTimes {
  readonly startNs: bigint;
  readonly timeNs: bigint;
  readonly flags: number;
}

export function milliseconds(ns: bigint): number {
  return Number(ns / NANOS_PER_MILLI);
}

export function isStale({ flags }: PointTimes): boolean {
  return (flags & NO_RECORDED_VALUE) !== 0;
}

const message = new ByteWriter(256);

/** `startMs` 0: unknown, or a gauge, which has none. */
export function writeSample(out: ByteWriter, value: number, point: PointTimes, startMs: number): void {
  message.reset();
  if (isStale(point)) message.tag(1, FIXED64).fixed64(STALE_NAN_BITS);
  else writeDouble(message, 1, value);
  message.tag(2, 0).int64(milliseconds(point.timeNs));
  if (startMs > 0) message.varintField(3, startMs);
  out.bytesField(2, message.view());
}

/** Zero is left out, as proto3 does; any NaN is Prometheus's normal one. */
function writeDouble(out: ByteWriter, field: number, value: number): void {
  if (Number.isNaN(value)) out.tag(field, FIXED64).fixed64(NORMAL_NAN_BITS);
  else if (value !== 0 || Object.is(value, -0)) out.tag(field, FIXED64).double(value);
}

/** Prometheus takes no exemplar whose labels are longer, counted in code points. */
const MAX_EXEMPLAR_LENGTH = 128;

/** In the order of their times: a receiver drops one that is older than the one before. */
export function writeExemplars(out: ByteWriter, exemplars: readonly OtlpExemplar[], point: PointTimes): void {
  const timed = exemplars.map((exemplar) => ({ exemplar, timeNs: exemplar.timeNs || point.timeNs }));
  timed.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : a.exemplar.value - b.exemplar.value));
  for (const { exemplar, timeNs } of timed) writeExemplar(out, exemplar, timeNs);
}

function writeExemplar(out: ByteWriter, exemplar: OtlpExemplar, timeNs: bigint): void {
  const block = encodeLabelBlock(exemplarLabels(exemplar));
  message.reset().bytes(block);
  writeDouble(message, 2, exemplar.value);
  message.tag(3, 0).int64(milliseconds(timeNs));
  out.bytesField(3, message.view());
}

/** The ids, and the attributes that the series left out as far as they fit. */
function exemplarLabels({ traceId, spanId, attributes }: OtlpExemplar): Label[] {
  const labels = new Map<string, string>();
  for (const { key, value } of attributes) labels.set(labelName(key), valueText(value));
  if (traceId !== '') labels.set('trace_id', traceId);
  if (spanId !== '') labels.set('span_id', spanId);
  const all = toLabels(labels);
  if (all.reduce((sum, { name, value }) => sum + codePoints(name) + codePoints(value), 0) <= MAX_EXEMPLAR_LENGTH) {
    return all;
  }
  return all.filter(({ name }) => name === 'trace_id' || name === 'span_id');
}

function toLabels(values: ReadonlyMap<string, string>): Label[] {
  const labels = [...values].map(([name, value]) => ({ name, value }));
  return labels.filter(({ name, value }) => name !== '' && value !== '').sort((a, b) => (a.name < b.name ? -1 : 1));
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Schemas above this do not exist in Prometheus: neighbouring buckets are merged, which loses no count. */
const MAX_SCHEMA = 8;
/** Where the sender says nothing of how wide its zero bucket is; Prometheus's own clients have 2^-128 or so. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;
const CUSTOM_BUCKETS_SCHEMA = -53;

/** A `prometheus.Histogram` without tag and length. */
export function exponentialHistogram(point: OtlpExponentialPoint, startMs: number): Uint8Array {
  const scaleDown = Math.max(0, point.scale - MAX_SCHEMA);
  const out = new ByteWriter(128);
  const stale = isStale(point);
  writeTotals(out, stale ? 0n : point.count, point.sum ?? 0, stale);
  out.tag(4, 0).zigzag32(point.scale - scaleDown);
  out.tag(5, FIXED64).double(point.zeroThreshold > 0 ? point.zeroThreshold : DEFAULT_ZERO_THRESHOLD);
  out.tag(6, 0).varint64(stale ? 0n : point.zeroCount);
  if (!stale) {
    writeBuckets(out, layout(exponentialBuckets(point.negative, scaleDown)), 8, 9);
    writeBuckets(out, layout(exponentialBuckets(point.positive, scaleDown)), 11, 12);
  }
  writeTimes(out, point, startMs);
  return out.take();
}

/** A classic histogram as a native one with custom buckets. */
export function customBucketsHistogram(point: OtlpHistogramPoint, startMs: number): Uint8Array {
  const out = new ByteWriter(128);
  const stale = isStale(point);
  writeTotals(out, stale ? 0n : point.count, point.sum ?? 0, stale);
  out.tag(4, 0).zigzag32(CUSTOM_BUCKETS_SCHEMA);
  if (!stale) writeBuckets(out, layout(point.bucketCounts.map((count, index) => ({ index, count }))), 11, 12);
  if (point.explicitBounds.length > 0) {
    const bounds = new ByteWriter(point.explicitBounds.length * 8);
    for (const bound of point.explicitBounds) bounds.double(bound);
    out.bytesField(16, bounds.view());
  }
  writeTimes(out, point, startMs);
  return out.take();
}

function writeTotals(out: ByteWriter, count: bigint, sum: number, stale: boolean): void {
  // Written even where it is zero: that it is there says that the counts are integers.
  out.tag(1, 0).varint64(count);
  if (stale) out.tag(3, FIXED64).fixed64(STALE_NAN_BITS);
  else writeDouble(out, 3, sum);
}

function writeTimes(out: ByteWriter, { timeNs }: PointTimes, startMs: number): void {
  out.tag(15, 0).int64(milliseconds(timeNs));
  if (startMs > 0) out.varintField(17, startMs);
}

interface Bucket {
  readonly index: number;
  readonly count: bigint;
}

/**
 * OTLP's bucket i reaches from base^i to base^(i+1), Prometheus's from base^(i-1) to base^i: one is added. Scaling down
 * by n puts 2^n neighbours into one.
 */
function exponentialBuckets({ offset, counts }: OtlpBuckets, scaleDown: number): Bucket[] {
  const width = 2 ** scaleDown;
  const merged: { index: number; count: bigint }[] = [];
  counts.forEach((count, i) => {
    if (count === 0n) return;
    const index = Math.floor((offset + i) / width) + 1;
    const last = merged.at(-1);
    if (last?.index === index) last.count += count;
    else merged.push({ index, count });
  });
  return merged;
}

interface Layout {
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly deltas: readonly bigint[];
}

/** Gaps up to this are filled with empty buckets, wider ones begin a new span: as client_golang does. */
const MAX_FILLED_GAP = 2;

function layout(buckets: readonly Bucket[]): Layout {
  const spans: { offset: number; length: number }[] = [];
  const deltas: bigint[] = [];
  let previous = 0n;
  let next = 0;
  const add = (count: bigint) => {
    spans.at(-1)!.length++;
    deltas.push(count - previous);
    previous = count;
    next++;
  };
  for (const { index, count } of buckets) {
    if (count === 0n) continue;
    const gap = index - next;
    if (spans.length === 0 || gap > MAX_FILLED_GAP) {
      spans.push({ offset: gap, length: 0 });
      next = index;
    } else for (let i = 0; i < gap; i++) add(0n);
    add(count);
  }
  return { spans, deltas };
}

function writeBuckets(out: ByteWriter, { spans, deltas }: Layout, spanField: number, deltaField: number): void {
  for (const { offset, length } of spans) {
    const span = new ByteWriter(16).tag(1, 0).zigzag32(offset).varintField(2, length);
    out.bytesField(spanField, span.view());
  }
  if (deltas.length === 0) return;
  const packed = new ByteWriter(deltas.length * 2);
  for (const delta of deltas) packed.zigzag64(delta);
  out.bytesField(deltaField, packed.view());
}
