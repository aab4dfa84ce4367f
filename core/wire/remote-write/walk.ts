/**
 * The zero-copy walk over a `prometheus.WriteRequest` (remote write 1.0), the hot path of the product: it allocates
 * nothing per series and hands out offsets. It checks the whole wire structure except the inside of labels, which
 * `decodeLabelBlock` checks on the one occasion that a label block is new; so whoever forwards a block has decoded it
 * once. Unknown fields are kept where they stand.
 */
import { ByteReader, malformed, WIRE_BYTES } from '../../bytes/reader.ts';
import { checkField, checkMessage, type MessageShape } from '../message-shape.ts';
import { normaliseSeries } from './normalise.ts';
import {
  histogramBoundsProblem,
  type SampleBounds,
  type Strays,
  sampleProblem,
  withoutStrays,
} from './sample-bounds.ts';

export interface WriteRequestVisitor {
  /**
   * Where the label block at `start` ends, if it is one that the visitor knows, and so one that was checked before; -1
   * otherwise. Only ever asked about the body that is walked.
   */
  knownLabels?(start: number, end: number): number;
  /**
   * One TimeSeries, its labels leading. In `bytes`: the whole field with tag and length is [fieldStart, fieldEnd), the
   * label block [labelsStart, labelsEnd), everything else (samples, exemplars, histograms) [labelsEnd, fieldEnd).
   * `bytes` is the body, or, for a series whose labels do not lead in one run, an equivalent copy of that series.
   */
  series(
    bytes: Uint8Array,
    fieldStart: number,
    labelsStart: number,
    labelsEnd: number,
    fieldEnd: number,
    samples: number,
  ): void;
  /** The content [start, end) of a native histogram, before the `series` call of the series that it belongs to. */
  histogram?(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Some samples of a series were out of bounds; `series` is called for what remains of it, if anything does. The label
   * block is [labelsStart, labelsEnd) of `bytes`.
   */
  outOfBounds?(strays: Strays, bytes: Uint8Array, labelsStart: number, labelsEnd: number): void;
  /** Any other top-level field: metadata (3) or one we do not know, tag and length included. */
  other?(bytes: Uint8Array, fieldStart: number, fieldEnd: number, field: number): void;
}

export const SERIES_TAG = 0x0a;
export const METADATA_FIELD = 3;
export const LABEL_TAG = 0x0a;
const SAMPLE_TAG = 0x12;
const SAMPLE_VALUE_TAG = 0x09;
const SAMPLE_TIMESTAMP_TAG = 0x10;
const EXEMPLAR_TAG = 0x1a;
const HISTOGRAM_TAG = 0x22;

/**
 * The two samples that nearly every sender writes: a value and a timestamp of six bytes (which ends in the year 2109), or
 * the timestamp alone, because encoders leave a value of 0 out. Either ends in the timestamp's tag and bytes.
 */
export const VALUE_SAMPLE_BYTES = 18;
export const ZERO_SAMPLE_BYTES = 9;
export const TIMESTAMP_BYTES = 7;
const VALUE_SAMPLE_HEAD = SAMPLE_TAG | (16 << 8) | (SAMPLE_VALUE_TAG << 16);
const ZERO_SAMPLE_HEAD = SAMPLE_TAG | (7 << 8);

/** Which of the two forms [start, end) is if it is a single sample, by its size; 0: none. */
export function commonSampleBytes(view: DataView, start: number, end: number): number {
  const bytes = end - start;
  if (bytes === VALUE_SAMPLE_BYTES) return (view.getInt32(start, true) & 0xffffff) === VALUE_SAMPLE_HEAD ? bytes : 0;
  if (bytes === ZERO_SAMPLE_BYTES) return view.getUint16(start, true) === ZERO_SAMPLE_HEAD ? bytes : 0;
  return 0;
}

const LABEL: MessageShape = { 1: 'string', 2: 'string' };
const SAMPLE: MessageShape = { 1: 'fixed64', 2: 'varint' };
const EXEMPLAR: MessageShape = { 1: { message: () => LABEL }, 2: 'fixed64', 3: 'varint' };
const SPAN: MessageShape = { 1: 'varint', 2: 'varint' };
export const HISTOGRAM: MessageShape = {
  1: 'varint',
  2: 'fixed64',
  3: 'fixed64',
  4: 'varint',
  5: 'fixed64',
  6: 'varint',
  7: 'fixed64',
  8: { message: () => SPAN },
  9: 'packed varint',
  10: 'packed fixed64',
  11: { message: () => SPAN },
  12: 'packed varint',
  13: 'packed fixed64',
  14: 'varint',
  15: 'varint',
  16: 'packed fixed64',
};
const METADATA: MessageShape = { 1: 'varint', 2: 'string', 4: 'string', 5: 'string' };

/** Where the varint that `readSize` read last ends: a second result without an allocation. */
let cursor = 0;

export function walkWriteRequest(body: Uint8Array, visitor: WriteRequestVisitor, bounds?: SampleBounds): void {
  const bodyEnd = body.length;
  const view = new DataView(body.buffer, body.byteOffset, bodyEnd);
  // The end of the last sample that was checked, from its timestamp's tag on: in a scrape nearly all are the same.
  // Head and tail overlap in one byte, about which these two disagree: nothing equals both.
  let timestampHead = 0;
  let timestampTail = 1;
  let pos = 0;
  while (pos < bodyEnd) {
    if (body[pos] !== SERIES_TAG) {
      pos = walkOther(body, pos, bodyEnd, visitor);
      continue;
    }
    const fieldStart = pos;
    const size = readSize(body, pos + 1, bodyEnd);
    pos = cursor;
    const end = pos + size;
    const labelsStart = pos;
    const known = visitor.knownLabels === undefined ? -1 : visitor.knownLabels(pos, end);
    // What nearly every series of a scrape is: known labels and one sample that ends like the one before.
    if (
      known >= 0 &&
      commonSampleBytes(view, known, end) !== 0 &&
      view.getInt32(end - 7, true) === timestampHead &&
      view.getInt32(end - 4, true) === timestampTail
    ) {
      visitor.series(body, fieldStart, labelsStart, known, end, 1);
      pos = end;
      continue;
    }
    const labelsEnd = known >= 0 ? known : skipLabels(body, pos, end);
    pos = labelsEnd;
    let samples = 0;
    let strays = 0;
    let scattered = false;
    while (pos < end) {
      const tag = body[pos];
      if (tag === SAMPLE_TAG) {
        const sampleStart = pos;
        const sampleSize = readSize(body, pos + 1, end);
        const sampleEnd = cursor + sampleSize;
        const common = commonSampleBytes(view, sampleStart, sampleEnd);
        // With one of the two heads the last seven bytes decide whether the sample is well-formed, and its timestamp.
        if (
          common !== 0 &&
          view.getInt32(sampleEnd - 7, true) === timestampHead &&
          view.getInt32(sampleEnd - 4, true) === timestampTail
        ) {
          pos = sampleEnd;
          samples++;
          continue;
        }
        pos = sampleEnd;
        checkSample(body, cursor, pos);
        if (bounds !== undefined && sampleProblem(body, cursor, pos, bounds) !== undefined) {
          strays++;
        } else if (common !== 0) {
          timestampHead = view.getInt32(pos - 7, true);
          timestampTail = view.getInt32(pos - 4, true);
        }
        samples++;
      } else if (tag === HISTOGRAM_TAG) {
        const histogramSize = readSize(body, pos + 1, end);
        const histogramStart = cursor;
        pos = histogramStart + histogramSize;
        checkMessage(new ByteReader(body, histogramStart, pos), HISTOGRAM);
        if (bounds !== undefined && histogramBoundsProblem(body, histogramStart, pos, bounds) !== undefined) strays++;
        else visitor.histogram?.(body, histogramStart, pos);
        samples++;
      } else if (tag === LABEL_TAG) {
        scattered = true;
        pos = skipLabels(body, pos, end);
      } else {
        pos = skipSeriesField(body, pos, end);
      }
    }
    if (scattered || strays > 0)
      visitChanged(body, labelsStart, end, samples, visitor, strays > 0 ? bounds : undefined);
    else visitor.series(body, fieldStart, labelsStart, labelsEnd, end, samples);
  }
}

/** A series that cannot be handed out as it stands: its labels are not one run, or samples of it must not pass. */
function visitChanged(
  body: Uint8Array,
  start: number,
  end: number,
  samples: number,
  visitor: WriteRequestVisitor,
  bounds: SampleBounds | undefined,
): void {
  const { bytes, labelsStart, labelsEnd } = normaliseSeries(body, start, end);
  if (bounds === undefined) {
    visitor.series(bytes, 0, labelsStart, labelsEnd, bytes.length, samples);
    return;
  }
  const rest = withoutStrays(bytes, labelsStart, labelsEnd, bounds);
  visitor.outOfBounds?.(rest.strays, bytes, labelsStart, labelsEnd);
  if (rest.samples === 0) return;
  visitor.series(rest.bytes, 0, rest.labelsStart, rest.labelsEnd, rest.bytes.length, rest.samples);
}

function skipLabels(bytes: Uint8Array, start: number, end: number): number {
  let pos = start;
  while (pos < end && bytes[pos] === LABEL_TAG) {
    const size = readSize(bytes, pos + 1, end);
    pos = cursor + size;
  }
  return pos;
}

/** The two forms that every sender produces are checked in line, anything else by its shape. */
function checkSample(bytes: Uint8Array, start: number, end: number): void {
  let pos = start;
  if (pos < end && bytes[pos] === SAMPLE_VALUE_TAG) pos += 9;
  if (pos < end && bytes[pos] === SAMPLE_TIMESTAMP_TAG) {
    pos++;
    const last = Math.min(end, pos + 8);
    while (pos < last && bytes[pos] >= 0x80) pos++;
    if (pos === end - 1 && bytes[pos] < 0x80) return;
  }
  checkMessage(new ByteReader(bytes, start, end), SAMPLE);
}

function skipSeriesField(bytes: Uint8Array, start: number, end: number): number {
  const reader = new ByteReader(bytes, start, end);
  const tag = readShortTag(reader, 4);
  if (tag === EXEMPLAR_TAG) checkMessage(reader.message(), EXEMPLAR);
  else reader.skip(tag & 7);
  return reader.pos;
}

function walkOther(body: Uint8Array, start: number, end: number, visitor: WriteRequestVisitor): number {
  const reader = new ByteReader(body, start, end);
  const tag = readShortTag(reader, 1);
  const field = Math.floor(tag / 8);
  if (field === METADATA_FIELD) checkField(reader, tag, { message: () => METADATA }, 0);
  else reader.skip(tag & 7);
  visitor.other?.(body, start, reader.pos, field);
  return reader.pos;
}

/**
 * The walk recognises known fields by their one-byte tag. The same tag padded to more bytes (0x8a 0x00 is 0x0a) would
 * carry a series or a label past it unseen, so it is refused.
 */
function readShortTag(reader: ByteReader, lastKnownField: number): number {
  const start = reader.pos;
  const tag = reader.tag();
  if (Math.floor(tag / 8) <= lastKnownField) {
    reader.expect(tag, WIRE_BYTES);
    if (reader.pos !== start + 1) throw malformed(start, 'a field tag is padded');
  }
  return tag;
}

function readSize(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) throw malformed(start, 'the message ends in the middle of a field');
  let size = bytes[start];
  cursor = start + 1;
  if (size >= 0x80) size = readLongSize(bytes, start, end);
  if (size > end - cursor) {
    throw malformed(start, `a length of ${size} runs past the end (${end - cursor} bytes left)`);
  }
  return size;
}

function readLongSize(bytes: Uint8Array, start: number, end: number): number {
  const second = start + 1 < end ? bytes[start + 1] : 0x80;
  if (second < 0x80) {
    cursor = start + 2;
    return (bytes[start] & 0x7f) | (second << 7);
  }
  const reader = new ByteReader(bytes, start, end);
  const size = reader.varint();
  cursor = reader.pos;
  return size;
}
