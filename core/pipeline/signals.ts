/**
 * What flows between components, the same on the host and at the edge. Metrics and traces stay encoded: the bytes a
 * sender produced are what a destination gets, so sample values keep their NaN payloads (the staleness marker is one)
 * and a pipeline that changes nothing costs nothing. Batches are immutable: a transform returns a new one.
 */
import type { LogEntry, LogStream } from '../wire/log-stream.ts';
import { type ProfileSeries, profilesIn } from '../wire/pyroscope/profile-series.ts';

export type Signal = 'metrics' | 'logs' | 'traces' | 'profiles';

export const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces', 'profiles'];

/** An uncompressed `prometheus.WriteRequest` (remote write 1.0). */
export interface MetricsBatch {
  readonly signal: 'metrics';
  readonly body: Uint8Array;
  readonly series: number;
  /** Float samples plus native histograms: the unit in which metrics are counted, limited and dropped. */
  readonly samples: number;
  /** How many of them are native histograms, where it is known. */
  readonly histograms?: number;
  /** The body may hold what 1.0 cannot: metadata of a series, start timestamps (wire/remote-write/extensions.ts). */
  readonly extended?: boolean;
}

export type { LogEntry, LogStream, ProfileSeries };

/** How far a source has read, stored by writers in the same record as the lines, so that a crash repeats none. */
export interface SourceMark {
  /** The component that reads, e.g. `loki.source.file.syslog`. */
  readonly source: string;
  /** What it reads, e.g. a file path. */
  readonly key: string;
  /** The source's own text, e.g. `{"inode":…,"offset":…}`. */
  readonly position: string;
}

export interface LogsBatch {
  readonly signal: 'logs';
  readonly streams: readonly LogStream[];
  /** Marks travel with the batch even when the pipeline dropped every line of it. */
  readonly marks: readonly SourceMark[];
}

/** An uncompressed protobuf `ExportTraceServiceRequest`. */
export interface TracesBatch {
  readonly signal: 'traces';
  readonly body: Uint8Array;
  readonly spans: number;
}

/** An uncompressed protobuf `ExportMetricsServiceRequest`. */
export interface OtlpMetricsBatch {
  readonly signal: 'metrics';
  readonly encoding: 'otlp';
  readonly body: Uint8Array;
  readonly dataPoints: number;
}

/** An uncompressed protobuf `ExportLogsServiceRequest`. */
export interface OtlpLogsBatch {
  readonly signal: 'logs';
  readonly encoding: 'otlp';
  readonly body: Uint8Array;
  readonly records: number;
}

/** What an `otelcol.Consumer` takes. */
export type OtlpBatch = OtlpMetricsBatch | OtlpLogsBatch | TracesBatch;

/** Profiles under their labels. What a profile holds is never looked into. */
export interface ProfilesBatch {
  readonly signal: 'profiles';
  readonly series: readonly ProfileSeries[];
  /** The uncompressed `push.v1.PushRequest` that these very series came in: sent on while nothing changes them. */
  readonly encoded?: Uint8Array;
}

export type Batch = MetricsBatch | LogsBatch | TracesBatch | ProfilesBatch | OtlpMetricsBatch | OtlpLogsBatch;

/** Metrics and logs come in two forms; traces only in this one. */
export function isOtlp(batch: Batch): batch is OtlpBatch {
  return batch.signal === 'traces' || 'encoding' in batch;
}

/** Data points, records or spans. */
export function countOtlp(batch: OtlpBatch): number {
  switch (batch.signal) {
    case 'metrics':
      return batch.dataPoints;
    case 'logs':
      return batch.records;
    case 'traces':
      return batch.spans;
  }
}

export function countProfiles({ series }: Pick<ProfilesBatch, 'series'>): number {
  return series.reduce((profiles, one) => profiles + profilesIn(one), 0);
}

export function countLines(batch: LogsBatch): number {
  let lines = 0;
  for (const stream of batch.streams) lines += stream.entries.length;
  return lines;
}
