/**
 * Remote write 2.0 as an independent implementation reads and writes it: protobufjs with a schema of its own. What tests
 * send is made here, so that our encoder is not checked by our decoder.
 */
import protobuf from 'protobufjs';

const { Request, Structure } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
  message Structure { repeated bytes symbols = 4; repeated TimeSeries timeseries = 5; }
  message TimeSeries {
    repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
    repeated Exemplar exemplars = 4; Metadata metadata = 5;
  }
  message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
  message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
  message Metadata { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3; sint32 schema = 4; double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
    repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
    uint32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; int64 start_timestamp = 17;
  }
`).root.nested as unknown as Record<string, protobuf.Type>;

export interface TestSpan {
  readonly offset: number;
  readonly length: number;
}

export interface TestHistogram {
  /** An integer histogram; `countFloat` makes it one of floats. */
  readonly count?: number;
  readonly countFloat?: number;
  readonly sum?: number;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly zeroCountFloat?: number;
  readonly negativeSpans?: readonly TestSpan[];
  readonly negativeDeltas?: readonly number[];
  readonly negativeCounts?: readonly number[];
  readonly positiveSpans?: readonly TestSpan[];
  readonly positiveDeltas?: readonly number[];
  readonly positiveCounts?: readonly number[];
  readonly resetHint?: number;
  readonly timestamp: number;
  readonly customValues?: readonly number[];
  readonly startTimestamp?: number;
}

export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples?: readonly {
    readonly value: number;
    readonly timestamp: number;
    readonly startTimestamp?: number;
  }[];
  readonly histograms?: readonly TestHistogram[];
  readonly exemplars?: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  }[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

export interface TestRequest {
  readonly timeseries: readonly TestSeries[];
}

/** Labels are written in the order given. */
export function encodeRequest2({ timeseries }: TestRequest): Uint8Array {
  const symbols = [''];
  const ref = (text: string) => {
    const known = symbols.indexOf(text);
    return known >= 0 ? known : symbols.push(text) - 1;
  };
  const refs = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels).flatMap(([name, value]) => [ref(name), ref(value)]);
  const series = timeseries.map(({ labels, samples = [], histograms = [], exemplars = [], metadata }) => ({
    labelsRefs: refs(labels),
    samples,
    histograms: histograms.map(({ count, zeroCount, zeroCountFloat, countFloat, ...rest }) => ({
      ...rest,
      ...(count === undefined ? {} : { countInt: count }),
      ...(countFloat === undefined ? {} : { countFloat }),
      ...(zeroCount === undefined ? {} : { zeroCountInt: zeroCount }),
      ...(zeroCountFloat === undefined ? {} : { zeroCountFloat }),
    })),
    exemplars: exemplars.map(({ labels, ...rest }) => ({ ...rest, labelsRefs: refs(labels) })),
    ...(metadata === undefined
      ? {}
      : { metadata: { type: metadata.type, helpRef: ref(metadata.help), unitRef: ref(metadata.unit) } }),
  }));
  return encodeRaw2({ symbols, timeseries: series });
}

/** For requests that no careful sender makes. */
export function encodeRaw2(message: {
  readonly symbols: readonly string[];
  readonly timeseries: readonly object[];
}): Uint8Array {
  return Uint8Array.from(Request.encode(Request.fromObject(message)).finish());
}

interface RawSeries extends Omit<TestSeries, 'labels' | 'exemplars' | 'metadata'> {
  readonly labelsRefs: readonly number[];
  readonly exemplars: readonly { labelsRefs: readonly number[]; value: number; timestamp: number }[];
  readonly metadata?: { type: number; helpRef: number; unitRef: number };
}

/** With the symbols in place. Counts and timestamps are numbers, NaNs lose their bits. */
export function decodeRequest2(bytes: Uint8Array): { readonly symbols: string[]; readonly timeseries: TestSeries[] } {
  const options = { longs: Number, arrays: true };
  const raw = Request.toObject(Request.decode(bytes), options) as { symbols: string[]; timeseries: RawSeries[] };
  const text = (ref = 0) => raw.symbols[ref] as string;
  const labels = (refs: readonly number[]) =>
    Object.fromEntries(refs.flatMap((ref, i) => (i % 2 === 0 ? [[text(ref), text(refs[i + 1])]] : [])));
  const timeseries = raw.timeseries.map(({ labelsRefs, exemplars, metadata, ...rest }) => ({
    ...rest,
    labels: labels(labelsRefs),
    exemplars: exemplars.map(({ labelsRefs: refs, ...others }) => ({ ...others, labels: labels(refs) })),
    ...(metadata === undefined
      ? {}
      : { metadata: { type: metadata.type ?? 0, help: text(metadata.helpRef), unit: text(metadata.unitRef) } }),
  }));
  return { symbols: raw.symbols, timeseries };
}

/** How many samples and histograms protobufjs finds; it throws for what is malformed to it. Texts may be no UTF-8. */
export function decodeRaw2Bytes(bytes: Uint8Array): { readonly items: number } {
  const raw = Structure.toObject(Structure.decode(bytes), { arrays: true }) as { timeseries: RawSeries[] };
  const items = raw.timeseries.reduce(
    (sum, one) => sum + (one.samples?.length ?? 0) + (one.histograms?.length ?? 0),
    0,
  );
  return { items };
}
