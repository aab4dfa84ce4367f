/**
 * The protobuf schema of the exposition, `io.prometheus.client` (client_model, metrics.proto): field numbers, structure
 * for the check of untrusted bytes, and readers of its small messages. `exposition/protobuf.ts` gives them meaning.
 */
import type { ByteReader } from '../../bytes/reader.ts';
import type { MessageShape } from '../message-shape.ts';
import type { LabelRange } from '../series-text.ts';
import type { MetricType } from './exposition.ts';

export const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const;
export const METRIC = { label: 1, gauge: 2, counter: 3, summary: 4, untyped: 5, timestampMs: 6, histogram: 7 } as const;

/** In the order of `io.prometheus.client.MetricType`. */
export const FAMILY_TYPES: readonly MetricType[] = [
  'counter',
  'gauge',
  'summary',
  'unknown',
  'histogram',
  'gaugehistogram',
];

const LABEL: MessageShape = { 1: 'string', 2: 'string' };
const TIMESTAMP: MessageShape = { 1: 'varint', 2: 'varint' };
const VALUE: MessageShape = { 1: 'fixed64' };
const EXEMPLAR: MessageShape = { 1: { message: () => LABEL }, 2: 'fixed64', 3: { message: () => TIMESTAMP } };
const COUNTER: MessageShape = { 1: 'fixed64', 2: { message: () => EXEMPLAR }, 3: { message: () => TIMESTAMP } };
const QUANTILE: MessageShape = { 1: 'fixed64', 2: 'fixed64' };
const SUMMARY: MessageShape = {
  1: 'varint',
  2: 'fixed64',
  3: { message: () => QUANTILE },
  4: { message: () => TIMESTAMP },
};
const BUCKET: MessageShape = { 1: 'varint', 2: 'fixed64', 3: { message: () => EXEMPLAR }, 4: 'fixed64' };
const SPAN: MessageShape = { 1: 'varint', 2: 'varint' };
const HISTOGRAM: MessageShape = {
  1: 'varint',
  2: 'fixed64',
  3: { message: () => BUCKET },
  4: 'fixed64',
  5: 'varint',
  6: 'fixed64',
  7: 'varint',
  8: 'fixed64',
  9: { message: () => SPAN },
  10: 'packed varint',
  11: 'packed fixed64',
  12: { message: () => SPAN },
  13: 'packed varint',
  14: 'packed fixed64',
  15: { message: () => TIMESTAMP },
  16: { message: () => EXEMPLAR },
};
const METRIC_SHAPE: MessageShape = {
  1: { message: () => LABEL },
  2: { message: () => VALUE },
  3: { message: () => COUNTER },
  4: { message: () => SUMMARY },
  5: { message: () => VALUE },
  6: 'varint',
  7: { message: () => HISTOGRAM },
};
export const FAMILY_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'varint',
  4: { message: () => METRIC_SHAPE },
  5: 'string',
};

/** Of Gauge, Untyped and Counter: their field 1. */
export function readValue(reader: ByteReader): number {
  let value = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) value = reader.double();
    else reader.skip(tag & 7);
  }
  return value;
}

/** Milliseconds of a google.protobuf.Timestamp. */
export function readTimestampMs(reader: ByteReader): number {
  let seconds = 0n;
  let nanos = 0n;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) seconds = reader.int64();
    else if (tag === 0x10) nanos = reader.int64();
    else reader.skip(tag & 7);
  }
  return Number(seconds * 1000n + nanos / 1_000_000n);
}

/** Both fields of a Quantile. */
export function readPair(reader: ByteReader): readonly [first: number, second: number] {
  let first = 0;
  let second = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) first = reader.double();
    else if (tag === 0x11) second = reader.double();
    else reader.skip(tag & 7);
  }
  return [first, second];
}

export function readLabel(reader: ByteReader): LabelRange {
  let name = { start: 0, end: 0 };
  let value = name;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) name = readRange(reader);
    else if (tag === 0x12) value = readRange(reader);
    else reader.skip(tag & 7);
  }
  const { start: nameStart, end: nameEnd } = name;
  const { start: valueStart, end: valueEnd } = value;
  return { bytes: reader.source, nameStart, nameEnd, valueStart, valueEnd };
}

function readRange(reader: ByteReader): { start: number; end: number } {
  const { pos, end } = reader.message();
  return { start: pos, end };
}
