/**
 * What a sender sent, decoded by protobufjs and the native snappy codec: nothing of ours judges our own bytes. Sample
 * values keep their bits, because the staleness marker is a NaN among others.
 */
import type { IncomingHttpHeaders } from 'node:http';
import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Request { repeated string symbols = 4; repeated TimeSeries2 timeseries = 5; }
  message TimeSeries2 {
    repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
    repeated Exemplar2 exemplars = 4; Metadata metadata = 5;
  }
  message Sample { fixed64 value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
  message Exemplar2 { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
  message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3; sint32 schema = 4; double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
    repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
    int32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; int64 start_timestamp = 17;
  }
  message WriteRequest { repeated TimeSeries1 timeseries = 1; repeated MetricMetadata metadata = 3; }
  message TimeSeries1 {
    repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar1 exemplars = 3; repeated Histogram histograms = 4;
    Metadata extension = 5;
  }
  message Label { string name = 1; string value = 2; }
  message Exemplar1 { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
  message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
`,
  { keepCase: true },
);
const Request2 = root.lookupType('Request');
const Request1 = root.lookupType('WriteRequest');

/** In the order of `MetricMetadata.MetricType`. */
export const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'];
export const STALE_NAN = 0x7ff0000000000002n;

export interface SentSample {
  readonly value: number;
  readonly bits: bigint;
  readonly timestamp: number;
  readonly startTimestamp: number;
}

export interface SentExemplar {
  readonly refs: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

export interface SentHistogram {
  readonly count_int?: number;
  readonly count_float?: number;
  readonly sum: number;
  readonly schema: number;
  readonly zero_threshold: number;
  readonly zero_count_int?: number;
  readonly positive_spans: readonly { readonly offset: number; readonly length: number }[];
  readonly positive_deltas: readonly number[];
  readonly negative_spans: readonly { readonly offset: number; readonly length: number }[];
  readonly negative_deltas: readonly number[];
  readonly timestamp: number;
  readonly start_timestamp: number;
}

export interface SentSeries {
  /** Of 2.0; empty in 1.0. */
  readonly refs: readonly number[];
  /** In the order of the message. */
  readonly labelList: readonly (readonly [name: string, value: string])[];
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly SentSample[];
  readonly histograms: readonly SentHistogram[];
  readonly exemplars: readonly SentExemplar[];
  /** Of 2.0. */
  readonly metadata?: {
    readonly type: string;
    readonly help: string;
    readonly unit: string;
    readonly helpRef: number;
    readonly unitRef: number;
  };
}

export interface SentRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly body: Uint8Array;
  readonly version: 1 | 2;
  readonly symbols: readonly string[];
  readonly series: readonly SentSeries[];
  /** Of 1.0: metadata of the request. */
  readonly families: readonly {
    readonly type: string;
    readonly family: string;
    readonly help: string;
    readonly unit: string;
  }[];
  readonly receivedAtMs: number;
  readonly answeredStatus: number;
}

type Content = Pick<SentRequest, 'version' | 'symbols' | 'series' | 'families'>;

/** Throws for what is not snappy in block form, or not the protobuf message that its content type names. */
export function decodeContent(contentType: string, body: Uint8Array): Content {
  const bytes = uncompressSync(Buffer.from(body)) as Buffer;
  return contentType.includes('io.prometheus.write.v2.Request') ? decode2(bytes) : decode1(bytes);
}

interface Wire {
  readonly symbols: string[];
  readonly timeseries: WireSeries[];
  readonly metadata: { type: number; metric_family_name: string; help: string; unit: string }[];
}
interface WireSeries {
  readonly labels_refs: number[];
  readonly labels: { name: string; value: string }[];
  readonly samples: { value: string; timestamp: number; start_timestamp: number }[];
  readonly histograms: SentHistogram[];
  readonly exemplars: {
    labels_refs: number[];
    labels: { name: string; value: string }[];
    value: number;
    timestamp: number;
  }[];
  readonly metadata?: { type: number; help_ref: number; unit_ref: number };
  readonly extension?: unknown;
}

function read(type: protobuf.Type, bytes: Uint8Array): Wire {
  // Values as text: 64 bits do not fit into a number. Timestamps do.
  const plain = type.toObject(type.decode(bytes), { longs: String, defaults: false, arrays: true }) as Wire;
  return plain;
}

function decode2(bytes: Uint8Array): Content {
  const { symbols, timeseries } = read(Request2, bytes);
  const labelsOf = (refs: readonly number[]) => {
    const pairs: [string, string][] = [];
    for (let i = 0; i + 1 < refs.length; i += 2) pairs.push([symbols[refs[i]!] ?? '', symbols[refs[i + 1]!] ?? '']);
    return pairs;
  };
  const series = timeseries.map((one): SentSeries => {
    const labelList = labelsOf(one.labels_refs);
    const exemplars = one.exemplars.map(({ labels_refs, value = 0, timestamp = 0 }) => {
      return {
        refs: labels_refs,
        labels: Object.fromEntries(labelsOf(labels_refs)),
        value,
        timestamp: Number(timestamp),
      };
    });
    const { type = 0, help_ref: helpRef = 0, unit_ref: unitRef = 0 } = one.metadata ?? {};
    const metadata = {
      type: TYPES[type] ?? '',
      help: symbols[helpRef] ?? '',
      unit: symbols[unitRef] ?? '',
      helpRef,
      unitRef,
    };
    return {
      refs: one.labels_refs,
      ...common(one, labelList),
      exemplars,
      ...(one.metadata === undefined || one.metadata === null ? {} : { metadata }),
    };
  });
  return { version: 2, symbols, series, families: [] };
}

function decode1(bytes: Uint8Array): Content {
  const { timeseries, metadata } = read(Request1, bytes);
  const series = timeseries.map((one): SentSeries => {
    if (one.extension !== undefined && one.extension !== null)
      throw new Error('a 1.0 request carries metadata in a series');
    const pairs = (labels: readonly { name?: string; value?: string }[]) =>
      labels.map(({ name = '', value = '' }): [string, string] => [name, value]);
    const exemplars = one.exemplars.map(({ labels, value = 0, timestamp = 0 }) => {
      return { refs: [], labels: Object.fromEntries(pairs(labels)), value, timestamp: Number(timestamp) };
    });
    return { refs: [], ...common(one, pairs(one.labels)), exemplars };
  });
  const families = metadata.map(({ type = 0, metric_family_name = '', help = '', unit = '' }) => {
    return { type: TYPES[type] ?? '', family: metric_family_name, help, unit };
  });
  return { version: 1, symbols: [], series, families };
}

function common(one: WireSeries, labelList: readonly (readonly [string, string])[]) {
  const samples = one.samples.map(({ value = '0', timestamp = 0, start_timestamp = 0 }): SentSample => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)));
    return {
      value: view.getFloat64(0),
      bits: view.getBigUint64(0),
      timestamp: Number(timestamp),
      startTimestamp: Number(start_timestamp),
    };
  });
  const histograms = one.histograms.map((histogram) => numbers(histogram));
  return { labelList, labels: Object.fromEntries(labelList), samples, histograms };
}

/** 64-bit integers of histograms as numbers: those of the tests fit. */
function numbers(histogram: SentHistogram): SentHistogram {
  const { count_int, zero_count_int, positive_deltas, negative_deltas, ...rest } = histogram;
  return {
    ...rest,
    sum: rest.sum ?? 0,
    schema: rest.schema ?? 0,
    ...(count_int === undefined ? {} : { count_int: Number(count_int) }),
    ...(zero_count_int === undefined ? {} : { zero_count_int: Number(zero_count_int) }),
    positive_deltas: positive_deltas.map(Number),
    negative_deltas: negative_deltas.map(Number),
    timestamp: Number(rest.timestamp ?? 0),
    start_timestamp: Number(rest.start_timestamp ?? 0),
  };
}
