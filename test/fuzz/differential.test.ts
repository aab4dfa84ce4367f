/**
 * Our walks beside protobufjs on broken messages: what we take it takes too, and both read the same. The other way round
 * we are stricter on purpose, always with a reason of the list below: protobufjs reads a field of a wrong wire type as
 * something, keeps what is not UTF-8 as U+FFFD, and skips groups and field 0.
 */
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { formatLabels, LabelsBuilder } from '../../core/labels/labels.ts';
import { OutcomeError, type Reason } from '../../core/outcome.ts';
import { parseLabelsText } from '../../core/wire/labels-text.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { countLogRecords } from '../../core/wire/otlp/logs.ts';
import { countDataPoints } from '../../core/wire/otlp/metrics.ts';
import { countSpans, decodeTraces } from '../../core/wire/otlp/traces.ts';
import { countWriteRequest, decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { readCorpus } from './corpus.ts';
import { mutate, Random } from './mutate.ts';

const RUNS = 3000;

const STRICTER: readonly Reason[] = ['malformed_protobuf', 'invalid_utf8', 'malformed_timestamp', 'invalid_labels'];

const { root } = protobuf.parse(`
  syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated bytes histograms = 4; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }

  message PushRequest { repeated Stream streams = 1; }
  message Stream { string labels = 1; repeated Entry entries = 2; }
  message Entry { Timestamp timestamp = 1; bytes line = 2; repeated RawLabel metadata = 3; }
  message RawLabel { bytes name = 1; bytes value = 2; }
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }

  message Traces { repeated ResourceSpans resources = 1; }
  message ResourceSpans { repeated ScopeSpans scopes = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; string name = 5; fixed64 start = 7; fixed64 end = 8; }

  message Logs { repeated ResourceLogs resources = 1; }
  message ResourceLogs { repeated ScopeLogs scopes = 2; }
  message ScopeLogs { repeated Record records = 2; }
  message Record { fixed64 time = 1; string severity_text = 3; }

  message Metrics { repeated ResourceMetrics resources = 1; }
  message ResourceMetrics { repeated ScopeMetrics scopes = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; oneof data { Points gauge = 5; Points sum = 7; Points histogram = 9; Points exponential = 10; Points summary = 11; } }
  message Points { repeated Point points = 1; }
  message Point { fixed64 start = 2; fixed64 time = 3; }
`);

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of the schema above
function byProtobufjs(type: string, bytes: Uint8Array): any {
  const schema = root.lookupType(type);
  return schema.toObject(schema.decode(bytes), { longs: String, arrays: true, defaults: true });
}

const labelText = (labels: readonly { name: string; value: string }[]) =>
  formatLabels(new LabelsBuilder(labels).labels());

/** Lines and metadata come from anywhere: what is not UTF-8 becomes U+FFFD. */
const lossy = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

interface RawLabel {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

interface Case {
  readonly corpus: string;
  readonly ours: (bytes: Uint8Array) => unknown;
  readonly theirs: (bytes: Uint8Array) => unknown;
}

const sum = <T>(items: readonly T[], count: (item: T) => number) =>
  items.reduce((total, item) => total + count(item), 0);

const CASES: readonly Case[] = [
  {
    corpus: 'remote-write-1',
    ours: (bytes) => {
      const { series, samples } = countWriteRequest(bytes);
      const decoded = decodeWriteRequest(bytes).series;
      return [
        series,
        samples,
        decoded.map(({ labels, samples: all }) => [labelText(labels), all.map((each) => each.timestampMs)]),
      ];
    },
    theirs: (bytes) => {
      const { timeseries } = byProtobufjs('WriteRequest', bytes);
      type Series = {
        histograms: [];
        labels: { name: string; value: string }[];
        samples: { timestamp: string }[];
      };
      return [
        timeseries.length,
        sum(timeseries as Series[], ({ samples, histograms }) => samples.length + histograms.length),
        (timeseries as Series[]).map(({ labels, samples }) => [
          labelText(labels),
          samples.map(({ timestamp }) => Number(timestamp)),
        ]),
      ];
    },
  },
  {
    corpus: 'loki-protobuf',
    ours: (bytes) =>
      decodeLokiPush(bytes).map(({ labels, entries }) => [
        formatLabels(labels),
        entries.map(({ timestampNs, metadata }) => [String(timestampNs), formatLabels(metadata)]),
      ]),
    theirs: (bytes) =>
      byProtobufjs('PushRequest', bytes).streams.map(
        ({
          labels,
          entries,
        }: {
          labels: string;
          entries: { timestamp: { seconds: string; nanos: number } | null; metadata: RawLabel[] }[];
        }) => [
          formatLabels(parseLabelsText(labels)),
          entries.map(({ timestamp, metadata }) => [
            String(BigInt(timestamp?.seconds ?? 0) * 1_000_000_000n + BigInt(timestamp?.nanos ?? 0)),
            labelText(metadata.map(({ name, value }) => ({ name: lossy(name), value: lossy(value) }))),
          ]),
        ],
      ),
  },
  {
    corpus: 'otlp-traces',
    ours: (bytes) => {
      const spans = decodeTraces(bytes).flatMap((each) => each.spans);
      return [countSpans(bytes), spans.map(({ name }) => name)];
    },
    theirs: (bytes) => {
      const spans = byProtobufjs('Traces', bytes).resources.flatMap(
        (resource: { scopes: { spans: { name: string }[] }[] }) => resource.scopes.flatMap((scope) => scope.spans),
      );
      return [spans.length, spans.map(({ name }: { name: string }) => name)];
    },
  },
  {
    corpus: 'otlp-logs',
    ours: countLogRecords,
    theirs: (bytes) =>
      sum(byProtobufjs('Logs', bytes).resources as { scopes: { records: [] }[] }[], ({ scopes }) =>
        sum(scopes, ({ records }) => records.length),
      ),
  },
  {
    corpus: 'otlp-metrics',
    ours: countDataPoints,
    theirs: (bytes) => {
      type Metric = Record<
        'gauge' | 'sum' | 'histogram' | 'exponential' | 'summary',
        { points: [] } | null | undefined
      >;
      const kinds = ['gauge', 'sum', 'histogram', 'exponential', 'summary'] as const;
      return sum(byProtobufjs('Metrics', bytes).resources as { scopes: { metrics: Metric[] }[] }[], ({ scopes }) =>
        sum(scopes, ({ metrics }) => sum(metrics, (metric) => sum(kinds, (kind) => metric[kind]?.points.length ?? 0))),
      );
    },
  },
];

describe('beside protobufjs, on mutated messages', () => {
  it.each(CASES)(
    '$corpus: what we take is read the same, and what only we refuse has a reason',
    ({ corpus, ours, theirs }) => {
      const random = new Random(20_261_122);
      const pool = readCorpus(corpus)
        .filter(({ bytes }) => bytes.length < 3000)
        .map(({ bytes }) => bytes);
      let taken = 0;
      const stricter = new Set<Reason>();
      for (let i = 0; i < RUNS; i++) {
        const bytes = mutate(random.pick(pool), pool, random, 4096);
        const reason = refusal(() => ours(bytes));
        if (reason === undefined) {
          // A length in more bytes than it needs is legal, and Go takes it too.
          if (failureOf(() => theirs(bytes)) !== 'invalid length encoding') expect(ours(bytes)).toEqual(theirs(bytes));
          taken++;
        } else if (failureOf(() => theirs(bytes)) === undefined) stricter.add(reason);
      }
      expect(taken).toBeGreaterThan(RUNS / 20);
      expect(STRICTER).toEqual(expect.arrayContaining([...stricter]));
    },
  );
});

function refusal(run: () => unknown): Reason | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof OutcomeError) return error.failure.reason;
    throw error;
  }
}

function failureOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
