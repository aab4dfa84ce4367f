/**
 * What flows between components, the same on the host and at the edge. Metrics and traces stay encoded: the bytes a
 * sender produced are what a destination gets, so sample values keep their NaN payloads (the staleness marker is one)
 * and a pipeline that changes nothing costs nothing. Batches are immutable: a transform returns a new one.
 */
import type { LogEntry, LogStream } from '../wire/log-stream.ts';

export type Signal = 'metrics' | 'logs' | 'traces' | 'profiles';

export const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces', 'profiles'];

/** An uncompressed `prometheus.WriteRequest` (remote write 1.0). */
export interface MetricsBatch {
  readonly signal: 'metrics';
  readonly body: Uint8Array;
  readonly series: number;
  /** Float samples plus native histograms: the unit in which metrics are counted, limited and dropped. */
  readonly samples: number;
}

export type { LogEntry, LogStream };

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

export type Batch = MetricsBatch | LogsBatch | TracesBatch;

export function countLines(batch: LogsBatch): number {
  let lines = 0;
  for (const stream of batch.streams) lines += stream.entries.length;
  return lines;
}
