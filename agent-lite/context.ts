/**
 * What the host offers its components, on top of what every runtime does: a log, a clock, a folder, the agent's own
 * metrics, hosting for exporters, and the way into the pipeline. A component never opens a socket to a destination and
 * never writes to the disk itself: `push/` and `spool/` do, behind the writers that `openMetrics` and the like return.
 */
import type { ComponentContext } from '../core/alloy/component.ts';
import type { LogsReceiver, MetricsReceiver, OtelConsumer, ProfilesReceiver } from '../core/pipeline/nodes.ts';
import type {
  LogsBatch,
  MetricsBatch,
  OtlpLogsBatch,
  OtlpMetricsBatch,
  ProfilesBatch,
  TracesBatch,
} from '../core/pipeline/signals.ts';
import type { Clock } from './runtime/clock.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Telemetry } from './telemetry/metrics.ts';

/** Metrics that this process makes itself. A scrape in the same process collects them without HTTP. */
export interface Exporter {
  /** Text exposition 0.0.4. */
  collect(): Promise<Uint8Array> | Uint8Array;
}

/**
 * The way from a source into the pipeline. `write` resolves when every destination has the data on its spool (or the
 * pipeline dropped it), and stays pending while a spool is full: that is the back-pressure. It rejects only when the
 * agent stops or the data is refused for good.
 */
export interface PipelineWriter<B> {
  write(batch: B): Promise<void>;
}

export interface MetricsWriter extends PipelineWriter<MetricsBatch> {
  /**
   * How often the destinations that can be reached now want the metadata of series: 0 with every batch, undefined never.
   */
  metadataIntervalMs(): number | undefined;
}

export interface LogsWriter extends PipelineWriter<LogsBatch> {
  /** Per key, the positions that the spools of the destinations hold for this component, one for each that has any. */
  marks(): Promise<ReadonlyMap<string, readonly string[]>>;
}

export interface HostContext extends ComponentContext {
  readonly logger: Logger;
  readonly clock: Clock;
  /** The component's own folder below the storage path. Not created; only `spool/` writes below it. */
  readonly dataPath: string;
  readonly telemetry: Telemetry;
  /** Where the agent's HTTP server listens, `127.0.0.1:12345`: the `__address__` of exporter targets. */
  readonly listenAddress: string;
  readonly hostname: string;
  /** Serves an exporter at `/api/v0/component/<component id>/metrics` for as long as the component exists. */
  hostExporter(exporter: Exporter): void;
  /** The exporter of this process that a target's URL points at, if it is one. */
  findExporter(scheme: string, address: string, path: string): Exporter | undefined;
  openMetrics(forwardTo: () => readonly MetricsReceiver[]): MetricsWriter;
  openLogs(forwardTo: () => readonly LogsReceiver[]): LogsWriter;
  openTraces(forwardTo: () => readonly OtelConsumer[]): PipelineWriter<TracesBatch>;
  openOtlpMetrics(forwardTo: () => readonly OtelConsumer[]): PipelineWriter<OtlpMetricsBatch>;
  openOtlpLogs(forwardTo: () => readonly OtelConsumer[]): PipelineWriter<OtlpLogsBatch>;
  openProfiles(forwardTo: () => readonly ProfilesReceiver[]): PipelineWriter<ProfilesBatch>;
}
