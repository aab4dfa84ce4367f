/** How many buckets a native histogram fills: the sum of its spans, of which no decoded form is needed. */
import { ByteReader } from '../bytes/reader.ts';

/** Histogram: negative_spans = 8, positive_spans = 11; BucketSpan: length = 2. */
const NEGATIVE_SPANS = 0x42;
const POSITIVE_SPANS = 0x5a;
const LENGTH = 0x10;

/** [start, end) is the content of a `Histogram` message of sound structure. */
export function histogramBuckets(bytes: Uint8Array, start: number, end: number): number {
  const reader = new ByteReader(bytes, start, end);
  let buckets = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === NEGATIVE_SPANS || tag === POSITIVE_SPANS) buckets += spanLength(reader.message());
    else reader.skip(tag & 7);
  }
  return buckets;
}

function spanLength(reader: ByteReader): number {
  let length = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === LENGTH) length = reader.varint();
    else reader.skip(tag & 7);
  }
  return length;
}
