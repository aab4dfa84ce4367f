/**
 * Whether a native histogram makes sense, judged as Prometheus does (`Histogram.Validate` and `FloatHistogram.Validate`)
 * and named as Mimir names it: a receiver refuses the whole request for one that does not. Works on the encoded message,
 * which is the same in remote write 1.0 and 2.0, allocates little, and looks at each byte once.
 */
import { ByteReader } from '../../bytes/reader.ts';
import type { Reason } from '../../outcome.ts';

const CUSTOM_BUCKETS_SCHEMA = -53;
const MIN_SCHEMA = -4;
/** Finer than 8, receivers merge buckets down to it: Prometheus stores what it gets up to here. */
const MAX_SCHEMA = 52;

interface Side {
  spans: number;
  /** Of all spans: how many buckets they cover, and how many they skip. */
  length: number;
  offsets: number;
  /** The second and later spans of an exponential schema, and all spans of a custom one, only move forward. */
  negativeFirstOffset: boolean;
  negativeLaterOffset: boolean;
  /** Integer buckets are deltas to the bucket before, float buckets are counts. */
  readonly deltas: Buckets;
  readonly counts: Buckets;
}

interface Buckets {
  number: number;
  last: number;
  sum: number;
  negative: boolean;
}

/** [start, end) is the content of a `Histogram` message of sound structure (the walk has checked it). */
export function histogramProblem(bytes: Uint8Array, start: number, end: number): Reason | undefined {
  return new Histogram(new ByteReader(bytes, start, end)).problem();
}

class Histogram {
  readonly #positive = side();
  readonly #negative = side();
  #isFloat = false;
  #count = 0;
  #zeroInteger = 0;
  #zeroFloat = 0;
  #sum = 0;
  #schema = 0;
  #zeroThreshold = 0;
  #customValues = 0;
  #customProblem: Reason | undefined;
  #lastCustomValue = Number.NEGATIVE_INFINITY;

  constructor(reader: ByteReader) {
    while (!reader.done) this.#field(reader, reader.tag());
  }

  problem(): Reason | undefined {
    if (this.#schema === CUSTOM_BUCKETS_SCHEMA) return this.#customBucketsProblem() ?? this.#countProblem();
    if (this.#schema < MIN_SCHEMA || this.#schema > MAX_SCHEMA) return 'invalid_native_histogram_schema';
    const spans = spansProblem(this.#positive, this.#isFloat) ?? spansProblem(this.#negative, this.#isFloat);
    if (spans !== undefined) return spans;
    if (this.#customValues > 0) return 'native_histogram_custom_buckets_invalid';
    return this.#countProblem();
  }

  #customBucketsProblem(): Reason | undefined {
    if (this.#customProblem !== undefined) return this.#customProblem;
    if (this.#lastCustomValue === Number.POSITIVE_INFINITY) return 'native_histogram_custom_buckets_infinite';
    const { spans, negativeFirstOffset, negativeLaterOffset, length, offsets } = this.#positive;
    if (spans > 0 && (negativeFirstOffset || negativeLaterOffset)) return 'native_histogram_span_negative_offset';
    if (length !== bucketsOf(this.#positive, this.#isFloat).number) return 'native_histogram_spans_buckets_mismatch';
    // The bucket behind the last bound reaches to infinity.
    if (this.#customValues + 1 < length + offsets) return 'native_histogram_custom_buckets_mismatch';
    const zeroCount = this.#isFloat ? this.#zeroFloat : this.#zeroInteger;
    const negativeSide = this.#negative.spans > 0 || bucketsOf(this.#negative, this.#isFloat).number > 0;
    const exponentialParts = zeroCount !== 0 || this.#zeroThreshold !== 0 || negativeSide;
    return exponentialParts ? 'native_histogram_custom_buckets_invalid' : undefined;
  }

  #countProblem(): Reason | undefined {
    const positive = bucketsOf(this.#positive, this.#isFloat);
    const negative = bucketsOf(this.#negative, this.#isFloat);
    if (positive.negative || negative.negative) return 'native_histogram_negative_bucket_count';
    // Float counts come out of rates and sums: they need not add up.
    if (this.#isFloat) {
      if (this.#zeroFloat < 0) return 'native_histogram_negative_bucket_count';
      return this.#count < 0 ? 'native_histogram_negative_count' : undefined;
    }
    const found = positive.sum + negative.sum + this.#zeroInteger;
    // Beyond 2^53 a number is rounded, and what cannot be known exactly is not refused.
    if (found > Number.MAX_SAFE_INTEGER) return undefined;
    // Observations of NaN are in the count and in no bucket.
    if (Number.isNaN(this.#sum)) return found > this.#count ? 'native_histogram_count_not_big_enough' : undefined;
    return found === this.#count ? undefined : 'native_histogram_count_mismatch';
  }

  #field(reader: ByteReader, tag: number): void {
    switch (Math.floor(tag / 8)) {
      case 1:
        this.#isFloat = false;
        this.#count = reader.varint();
        return;
      case 2:
        this.#isFloat = true;
        this.#count = reader.double();
        return;
      case 3:
        this.#sum = reader.double();
        return;
      case 4:
        this.#schema = zigzag32(reader.varint());
        return;
      case 5:
        this.#zeroThreshold = reader.double();
        return;
      // Which of the two counts is decided by the kind of the total, as in Prometheus.
      case 6:
        this.#zeroInteger = reader.varint();
        this.#zeroFloat = 0;
        return;
      case 7:
        this.#zeroFloat = reader.double();
        this.#zeroInteger = 0;
        return;
      case 8:
        addSpan(this.#negative, reader.message());
        return;
      case 9:
        addDeltas(this.#negative.deltas, reader, tag);
        return;
      case 10:
        addCounts(this.#negative.counts, reader, tag);
        return;
      case 11:
        addSpan(this.#positive, reader.message());
        return;
      case 12:
        addDeltas(this.#positive.deltas, reader, tag);
        return;
      case 13:
        addCounts(this.#positive.counts, reader, tag);
        return;
      case 16:
        forEachDouble(reader, tag, (value) => this.#addCustomValue(value));
        return;
      default:
        reader.skip(tag & 7);
    }
  }

  #addCustomValue(value: number): void {
    const increases = this.#customValues === 0 ? !Number.isNaN(value) : value > this.#lastCustomValue;
    if (!increases) this.#customProblem = 'native_histogram_custom_buckets_invalid';
    this.#lastCustomValue = value;
    this.#customValues++;
  }
}

function side(): Side {
  const buckets = (): Buckets => ({ number: 0, last: 0, sum: 0, negative: false });
  return {
    spans: 0,
    length: 0,
    offsets: 0,
    negativeFirstOffset: false,
    negativeLaterOffset: false,
    deltas: buckets(),
    counts: buckets(),
  };
}

function bucketsOf(side: Side, isFloat: boolean): Buckets {
  return isFloat ? side.counts : side.deltas;
}

function spansProblem(side: Side, isFloat: boolean): Reason | undefined {
  if (side.negativeLaterOffset) return 'native_histogram_span_negative_offset';
  return side.length === bucketsOf(side, isFloat).number ? undefined : 'native_histogram_spans_buckets_mismatch';
}

function addSpan(side: Side, reader: ByteReader): void {
  let offset = 0;
  let length = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) offset = zigzag32(reader.varint());
    else if (tag === 0x10) length = reader.varint() % 2 ** 32;
    else reader.skip(tag & 7);
  }
  if (offset < 0) {
    if (side.spans === 0) side.negativeFirstOffset = true;
    else side.negativeLaterOffset = true;
  }
  side.spans++;
  side.length += length;
  side.offsets += offset;
}

function addDeltas(buckets: Buckets, reader: ByteReader, tag: number): void {
  const values = (tag & 7) === 0 ? reader : reader.message();
  do {
    if (values.done) return;
    const raw = values.varint();
    addBucket(buckets, buckets.last + (raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2));
  } while (values !== reader);
}

function addCounts(buckets: Buckets, reader: ByteReader, tag: number): void {
  forEachDouble(reader, tag, (count) => addBucket(buckets, count));
}

function addBucket(buckets: Buckets, count: number): void {
  buckets.number++;
  buckets.last = count;
  buckets.sum += count;
  if (count < 0) buckets.negative = true;
}

function forEachDouble(reader: ByteReader, tag: number, take: (value: number) => void): void {
  if ((tag & 7) === 1) {
    take(reader.double());
    return;
  }
  const values = reader.message();
  while (!values.done) take(values.double());
}

/** sint32: what is longer than 32 bits is cut off, as protobuf does. */
function zigzag32(raw: number): number {
  const low = raw % 2 ** 32;
  return (low >>> 1) ^ -(low & 1);
}
