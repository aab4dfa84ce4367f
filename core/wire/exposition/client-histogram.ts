/**
 * Histograms of the protobuf exposition: what makes one native, its form in remote write (the same fields under other
 * numbers, so their bytes are copied), and the classic buckets. The bytes have been checked before.
 */
import type { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';

/** Field numbers of `io.prometheus.client.Histogram`. */
const COUNT = 1;
const SUM = 2;
const BUCKET = 3;
const COUNT_FLOAT = 4;
const ZERO_THRESHOLD = 6;
const ZERO_COUNT = 7;
const ZERO_COUNT_FLOAT = 8;
const NEGATIVE_SPAN = 9;
const POSITIVE_SPAN = 12;
const EXEMPLAR = 16;

/** Field of the exposition to field of `prometheus.Histogram`, for what both kinds have. */
const SHARED: Readonly<Record<number, number>> = { 2: 3, 5: 4, 6: 5, 9: 8, 12: 11 };
const INTEGER: Readonly<Record<number, number>> = { ...SHARED, 7: 6, 10: 9, 13: 12 };
const FLOAT: Readonly<Record<number, number>> = { ...SHARED, 8: 7, 11: 10, 14: 13 };
const RESET_HINT_FIELD = 14;
const RESET_HINT_GAUGE = 3;

/** As Prometheus tells them apart: spans, or a zero bucket. An empty one is exposed with a span of no length. */
export function isNativeHistogram(reader: ByteReader): boolean {
  while (!reader.done) {
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    if (field === POSITIVE_SPAN || field === NEGATIVE_SPAN) return true;
    if (field === ZERO_THRESHOLD) {
      if (reader.double() > 0) return true;
    } else if (field === ZERO_COUNT) {
      if (reader.varint() > 0) return true;
    } else reader.skip(tag & 7);
  }
  return false;
}

/** A `prometheus.Histogram` without a timestamp. */
export function remoteWriteHistogram(reader: ByteReader, gauge: boolean): Uint8Array {
  const { source, pos: start, end } = reader;
  const { float, count, countFloat } = readCounts(reader);
  const out = new ByteWriter(end - start + 16);
  // The counts are a oneof: which of them is there says what kind it is, also where it is zero.
  if (float) out.tag(2, 1).double(countFloat);
  else out.tag(1, 0).varint64(count);
  const fields = float ? FLOAT : INTEGER;
  reader.pos = start;
  while (!reader.done) {
    const tag = reader.tag();
    const field = fields[Math.floor(tag / 8)];
    const valueStart = reader.pos;
    reader.skip(tag & 7);
    if (field !== undefined) out.tag(field, tag & 7).bytes(source, valueStart, reader.pos);
  }
  if (gauge) out.varintField(RESET_HINT_FIELD, RESET_HINT_GAUGE);
  return out.take();
}

/** Prometheus takes one for a float histogram when a float count is not zero. */
function readCounts(reader: ByteReader): {
  readonly float: boolean;
  readonly count: bigint;
  readonly countFloat: number;
} {
  let count = 0n;
  let countFloat = 0;
  let zeroCountFloat = 0;
  while (!reader.done) {
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    if (field === COUNT) count = reader.varint64();
    else if (field === COUNT_FLOAT) countFloat = reader.double();
    else if (field === ZERO_COUNT_FLOAT) zeroCountFloat = reader.double();
    else reader.skip(tag & 7);
  }
  return { float: countFloat > 0 || zeroCountFloat > 0, count, countFloat };
}

export interface ClassicBucket {
  readonly upperBound: number;
  /** Cumulative. */
  readonly count: number;
  readonly exemplar: ByteReader | undefined;
}

export interface ClassicHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly ClassicBucket[];
  /** Those of a native histogram, which belong to no bucket. */
  readonly exemplars: readonly ByteReader[];
}

export function readClassicHistogram(reader: ByteReader): ClassicHistogram {
  let count = 0;
  let countFloat = 0;
  let sum = 0;
  const buckets: ClassicBucket[] = [];
  const exemplars: ByteReader[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    if (field === COUNT) count = reader.varint();
    else if (field === COUNT_FLOAT) countFloat = reader.double();
    else if (field === SUM) sum = reader.double();
    else if (field === BUCKET) buckets.push(readBucket(reader.message()));
    else if (field === EXEMPLAR) exemplars.push(reader.message());
    else reader.skip(tag & 7);
  }
  return { count: countFloat > 0 ? countFloat : count, sum, buckets, exemplars };
}

function readBucket(reader: ByteReader): ClassicBucket {
  let count = 0;
  let countFloat = 0;
  let upperBound = 0;
  let exemplar: ByteReader | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) count = reader.varint();
    else if (tag === 0x11) upperBound = reader.double();
    else if (tag === 0x1a) exemplar = reader.message();
    else if (tag === 0x21) countFloat = reader.double();
    else reader.skip(tag & 7);
  }
  return { upperBound, count: countFloat > 0 ? countFloat : count, exemplar };
}
