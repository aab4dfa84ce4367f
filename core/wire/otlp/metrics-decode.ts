/**
 * An ExportMetricsServiceRequest as objects: for what turns data points into series, and for people. Takes a body that
 * `countDataPoints` has taken; of another it throws malformed_protobuf or reads what it can.
 */
import { ByteReader, WIRE_BYTES } from '../../bytes/reader.ts';
import { DATA_FIELDS } from './schema-metrics.ts';
import {
  idText,
  NO_SCOPE,
  type OtlpAttribute,
  type OtlpScope,
  readAttribute,
  readResource,
  readScope,
} from './values.ts';

export interface OtlpExemplar {
  readonly timeNs: bigint;
  readonly value: number;
  /** In hex; '' where there is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly OtlpAttribute[];
}

interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  /** 0 where unknown. */
  readonly startNs: bigint;
  readonly timeNs: bigint;
  /** Bit 0: no value was recorded, the series has ended. */
  readonly flags: number;
}

export interface OtlpNumberPoint extends OtlpPoint {
  readonly value: number;
  readonly exemplars: readonly OtlpExemplar[];
}

export interface OtlpHistogramPoint extends OtlpPoint {
  readonly count: bigint;
  readonly sum: number | undefined;
  readonly bucketCounts: readonly bigint[];
  readonly explicitBounds: readonly number[];
  readonly exemplars: readonly OtlpExemplar[];
}

export interface OtlpBuckets {
  readonly offset: number;
  readonly counts: readonly bigint[];
}

export interface OtlpExponentialPoint extends OtlpPoint {
  readonly count: bigint;
  readonly sum: number | undefined;
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  readonly positive: OtlpBuckets;
  readonly negative: OtlpBuckets;
  readonly exemplars: readonly OtlpExemplar[];
}

export interface OtlpSummaryPoint extends OtlpPoint {
  readonly count: bigint;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** AggregationTemporality */
export const DELTA = 1;
export const CUMULATIVE = 2;

export type OtlpData =
  | { readonly kind: 'none' }
  | { readonly kind: 'gauge'; readonly points: readonly OtlpNumberPoint[] }
  | {
      readonly kind: 'sum';
      readonly temporality: number;
      readonly monotonic: boolean;
      readonly points: readonly OtlpNumberPoint[];
    }
  | { readonly kind: 'histogram'; readonly temporality: number; readonly points: readonly OtlpHistogramPoint[] }
  | { readonly kind: 'exponential'; readonly temporality: number; readonly points: readonly OtlpExponentialPoint[] }
  | { readonly kind: 'summary'; readonly points: readonly OtlpSummaryPoint[] };

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: OtlpData;
}

/** The metrics of one scope of one resource. */
export interface OtlpScopeMetrics {
  readonly scope: OtlpScope;
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpResourceMetrics {
  readonly resource: readonly OtlpAttribute[];
  readonly scopes: readonly OtlpScopeMetrics[];
}

export function decodeMetrics(body: Uint8Array): OtlpResourceMetrics[] {
  return readMessages(new ByteReader(body), 0x0a, readResourceMetrics);
}

function readMessages<T>(reader: ByteReader, wanted: number, read: (message: ByteReader) => T): T[] {
  const messages: T[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === wanted) messages.push(read(reader.message()));
    else reader.skip(tag & 7);
  }
  return messages;
}

function readResourceMetrics(reader: ByteReader): OtlpResourceMetrics {
  const resource: OtlpAttribute[] = [];
  const scopes: OtlpScopeMetrics[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) readResource(reader.message(), resource);
    else if (tag === 0x12) scopes.push(readScopeMetrics(reader.message()));
    else reader.skip(tag & 7);
  }
  return { resource, scopes };
}

function readScopeMetrics(reader: ByteReader): OtlpScopeMetrics {
  let scope: Omit<OtlpScope, 'schemaUrl'> = NO_SCOPE;
  let schemaUrl = '';
  const metrics: OtlpMetric[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) scope = readScope(reader.message());
    else if (tag === 0x12) metrics.push(readMetric(reader.message()));
    else if (tag === 0x1a) schemaUrl = reader.string();
    else reader.skip(tag & 7);
  }
  return { scope: { ...scope, schemaUrl }, metrics };
}

const GAUGE_TAG = DATA_FIELDS.gauge * 8 + WIRE_BYTES;
const SUM_TAG = DATA_FIELDS.sum * 8 + WIRE_BYTES;
const HISTOGRAM_TAG = DATA_FIELDS.histogram * 8 + WIRE_BYTES;
const EXPONENTIAL_TAG = DATA_FIELDS.exponentialHistogram * 8 + WIRE_BYTES;
const SUMMARY_TAG = DATA_FIELDS.summary * 8 + WIRE_BYTES;

function readMetric(reader: ByteReader): OtlpMetric {
  let name = '';
  let description = '';
  let unit = '';
  let data: OtlpData = { kind: 'none' };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.string();
    else if (tag === 0x12) description = reader.string();
    else if (tag === 0x1a) unit = reader.string();
    else if (tag === GAUGE_TAG) data = { kind: 'gauge', points: readMessages(reader.message(), 0x0a, readNumberPoint) };
    else if (tag === SUM_TAG) data = { kind: 'sum', ...readData(reader.message(), readNumberPoint) };
    else if (tag === HISTOGRAM_TAG) data = { kind: 'histogram', ...readData(reader.message(), readHistogramPoint) };
    else if (tag === EXPONENTIAL_TAG)
      data = { kind: 'exponential', ...readData(reader.message(), readExponentialPoint) };
    else if (tag === SUMMARY_TAG)
      data = { kind: 'summary', points: readMessages(reader.message(), 0x0a, readSummaryPoint) };
    else reader.skip(tag & 7);
  }
  return { name, description, unit, data };
}

function readData<T>(reader: ByteReader, read: (message: ByteReader) => T) {
  const points: T[] = [];
  let temporality = 0;
  let monotonic = false;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) points.push(read(reader.message()));
    else if (tag === 0x10) temporality = reader.varint();
    else if (tag === 0x18) monotonic = reader.varint() !== 0;
    else reader.skip(tag & 7);
  }
  return { points, temporality, monotonic };
}

function readNumberPoint(reader: ByteReader): OtlpNumberPoint {
  const attributes: OtlpAttribute[] = [];
  const exemplars: OtlpExemplar[] = [];
  const point = { attributes, exemplars, startNs: 0n, timeNs: 0n, flags: 0, value: 0 };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x11) point.startNs = reader.fixed64();
    else if (tag === 0x19) point.timeNs = reader.fixed64();
    else if (tag === 0x21) point.value = reader.double();
    else if (tag === 0x31) point.value = signed(reader);
    else if (tag === 0x2a) exemplars.push(readExemplar(reader.message()));
    else if (tag === 0x3a) attributes.push(readAttribute(reader.message()));
    else if (tag === 0x40) point.flags = reader.varint();
    else reader.skip(tag & 7);
  }
  return point;
}

function readHistogramPoint(reader: ByteReader): OtlpHistogramPoint {
  const attributes: OtlpAttribute[] = [];
  const exemplars: OtlpExemplar[] = [];
  const bucketCounts: bigint[] = [];
  const explicitBounds: number[] = [];
  let sum: number | undefined;
  const point = { startNs: 0n, timeNs: 0n, flags: 0, count: 0n };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x11) point.startNs = reader.fixed64();
    else if (tag === 0x19) point.timeNs = reader.fixed64();
    else if (tag === 0x21) point.count = reader.fixed64();
    else if (tag === 0x29) sum = reader.double();
    else if (tag >> 3 === 6) readRepeated(reader, tag, bucketCounts, (r) => r.fixed64());
    else if (tag >> 3 === 7) readRepeated(reader, tag, explicitBounds, (r) => r.double());
    else if (tag === 0x42) exemplars.push(readExemplar(reader.message()));
    else if (tag === 0x4a) attributes.push(readAttribute(reader.message()));
    else if (tag === 0x50) point.flags = reader.varint();
    else reader.skip(tag & 7);
  }
  return { ...point, attributes, exemplars, bucketCounts, explicitBounds, sum };
}

const NO_BUCKETS: OtlpBuckets = { offset: 0, counts: [] };

function readExponentialPoint(reader: ByteReader): OtlpExponentialPoint {
  const attributes: OtlpAttribute[] = [];
  const exemplars: OtlpExemplar[] = [];
  let sum: number | undefined;
  let positive = NO_BUCKETS;
  let negative = NO_BUCKETS;
  const point = { startNs: 0n, timeNs: 0n, flags: 0, count: 0n, scale: 0, zeroCount: 0n, zeroThreshold: 0 };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) attributes.push(readAttribute(reader.message()));
    else if (tag === 0x11) point.startNs = reader.fixed64();
    else if (tag === 0x19) point.timeNs = reader.fixed64();
    else if (tag === 0x21) point.count = reader.fixed64();
    else if (tag === 0x29) sum = reader.double();
    else if (tag === 0x30) point.scale = zigzag32(reader);
    else if (tag === 0x39) point.zeroCount = reader.fixed64();
    else if (tag === 0x42) positive = readBuckets(reader.message());
    else if (tag === 0x4a) negative = readBuckets(reader.message());
    else if (tag === 0x50) point.flags = reader.varint();
    else if (tag === 0x5a) exemplars.push(readExemplar(reader.message()));
    else if (tag === 0x71) point.zeroThreshold = reader.double();
    else reader.skip(tag & 7);
  }
  return { ...point, attributes, exemplars, sum, positive, negative };
}

function readBuckets(reader: ByteReader): OtlpBuckets {
  const counts: bigint[] = [];
  let offset = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) offset = zigzag32(reader);
    else if (tag >> 3 === 2) readRepeated(reader, tag, counts, (r) => r.varint64());
    else reader.skip(tag & 7);
  }
  return { offset, counts };
}

function readSummaryPoint(reader: ByteReader): OtlpSummaryPoint {
  const attributes: OtlpAttribute[] = [];
  const quantiles: { quantile: number; value: number }[] = [];
  const point = { attributes, quantiles, startNs: 0n, timeNs: 0n, flags: 0, count: 0n, sum: 0 };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x11) point.startNs = reader.fixed64();
    else if (tag === 0x19) point.timeNs = reader.fixed64();
    else if (tag === 0x21) point.count = reader.fixed64();
    else if (tag === 0x29) point.sum = reader.double();
    else if (tag === 0x32) quantiles.push(readQuantile(reader.message()));
    else if (tag === 0x3a) attributes.push(readAttribute(reader.message()));
    else if (tag === 0x40) point.flags = reader.varint();
    else reader.skip(tag & 7);
  }
  return point;
}

function readQuantile(reader: ByteReader): { quantile: number; value: number } {
  const pair = { quantile: 0, value: 0 };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) pair.quantile = reader.double();
    else if (tag === 0x11) pair.value = reader.double();
    else reader.skip(tag & 7);
  }
  return pair;
}

function readExemplar(reader: ByteReader): OtlpExemplar {
  const attributes: OtlpAttribute[] = [];
  const exemplar = { attributes, timeNs: 0n, value: 0, traceId: '', spanId: '' };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x11) exemplar.timeNs = reader.fixed64();
    else if (tag === 0x19) exemplar.value = reader.double();
    else if (tag === 0x31) exemplar.value = signed(reader);
    else if (tag === 0x22) exemplar.spanId = idText(reader.bytes());
    else if (tag === 0x2a) exemplar.traceId = idText(reader.bytes());
    else if (tag === 0x3a) attributes.push(readAttribute(reader.message()));
    else reader.skip(tag & 7);
  }
  return exemplar;
}

/** Packed or one by one: decoders of proto3 take both. */
function readRepeated<T>(reader: ByteReader, tag: number, values: T[], read: (reader: ByteReader) => T): void {
  if ((tag & 7) !== WIRE_BYTES) {
    values.push(read(reader));
    return;
  }
  const packed = reader.message();
  while (!packed.done) values.push(read(packed));
}

function signed(reader: ByteReader): number {
  return Number(BigInt.asIntN(64, reader.fixed64()));
}

function zigzag32(reader: ByteReader): number {
  return Number(BigInt.asIntN(32, reader.zigzag64()));
}
