/**
 * The graph of receivers that components export. A node either transforms and passes on, or is a destination. Sources
 * (a scrape, a tail, `spillway.receive`) hold the first nodes and run a plan over them (metrics-plan.ts, logs-plan.ts,
 * traces-plan.ts). Components are updated in place on reload, so a node's `next` is read through a function, and every
 * change of any node must call `graphChanged()`, which makes all memoised verdicts stale.
 */

import type { Destination } from '../delivery/destination.ts';
import type { Labels, LabelsBuilder } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import type { RelabelStep } from '../relabel/explain.ts';
import type {
  LogsBatch,
  MetricsBatch,
  OtlpBatch,
  OtlpLogsBatch,
  OtlpMetricsBatch,
  ProfilesBatch,
  TracesBatch,
} from './signals.ts';

/** One step inside a node, for people who follow a series or a stream through it. */
export interface NodeStep extends Omit<RelabelStep, 'rule' | 'before' | 'after'> {
  /** The block or attribute that does it, as ArgumentError names it: `rule[1]`, `external_labels`. */
  readonly path: string;
  /** The expression that `matched` is about. */
  readonly pattern?: string;
}

/** What a node would do with these labels, step by step. Never called where data flows. */
export type Explain = (labels: Labels) => readonly NodeStep[];

export interface SeriesTransform {
  readonly kind: 'transform';
  readonly componentId: string;
  /** Changes the labels in place; false drops the series. Must depend on the labels only: its result is remembered. */
  apply(labels: LabelsBuilder): boolean;
  next(): readonly MetricsReceiver[];
  readonly explain?: Explain;
}

export interface SeriesDestination {
  readonly kind: 'destination';
  readonly componentId: string;
  readonly destination: Destination;
  /**
   * external_labels, write_relabel_config, removal of `__` labels; false: not for this destination. Nodes of one
   * receiver that hold the same function get the same series, and their body is made once for all of them.
   */
  readonly apply: (labels: LabelsBuilder) => boolean;
  readonly explain?: Explain;
}

/** What `forward_to` of a metrics component holds: one node, or one per endpoint of a writer. */
export interface MetricsReceiver {
  readonly signal: 'metrics';
  readonly nodes: () => readonly (SeriesTransform | SeriesDestination)[];
}

/** The books of a logs node: lines in = lines out + dropped - created. */
export interface LineReport {
  dropped(reason: string, lines: number): void;
  /** Lines made out of others (one array split into many); negative where lines were joined or are held back. */
  created(lines: number): void;
}

export interface LogsTransform {
  readonly kind: 'transform';
  readonly componentId: string;
  /** Returns a new batch; keeps `marks`. `nowNs` is the time of the run. Every line it adds or takes away is reported. */
  transform(batch: LogsBatch, nowNs: bigint, report: LineReport): LogsBatch;
  /** When lines that it holds back are due; a run with an empty batch then lets them go. */
  flushAtNs?(): bigint | undefined;
  next(): readonly LogsReceiver[];
  readonly explain?: Explain;
}

export interface LogsDestination {
  readonly kind: 'destination';
  readonly componentId: string;
  readonly destination: Destination;
  /** external_labels and removal of `__` labels. */
  transform(batch: LogsBatch, nowNs: bigint): LogsBatch;
}

export interface LogsReceiver {
  readonly signal: 'logs';
  readonly nodes: () => readonly (LogsTransform | LogsDestination)[];
}

/** Changes OTLP and passes it on as OTLP. */
export interface OtlpTransform<B extends OtlpBatch> {
  readonly kind: 'transform';
  readonly componentId: string;
  transform(batch: B, nowNs: bigint): B;
  next(): readonly OtelConsumer[];
}

export interface OtlpDestination {
  readonly kind: 'destination';
  readonly componentId: string;
  readonly destination: Destination;
}

/** What a conversion could not take over, in data points or records. */
export interface LeftOut {
  readonly reason: Reason;
  readonly items: number;
  readonly example: string;
}

/** Makes series of data points and goes on as Prometheus's metrics: `otelcol.exporter.prometheus`. */
export interface SeriesConversion {
  readonly kind: 'conversion';
  readonly componentId: string;
  convert(batch: OtlpMetricsBatch): { readonly batch: MetricsBatch; readonly leftOut: readonly LeftOut[] };
  next(): readonly MetricsReceiver[];
}

/** Makes lines of records and goes on as Loki's logs: `otelcol.exporter.loki`. */
export interface LinesConversion {
  readonly kind: 'conversion';
  readonly componentId: string;
  convert(batch: OtlpLogsBatch, nowNs: bigint): { readonly batch: LogsBatch; readonly leftOut: readonly LeftOut[] };
  next(): readonly LogsReceiver[];
}

export type OtelMetricsNode = OtlpTransform<OtlpMetricsBatch> | OtlpDestination | SeriesConversion;
export type OtelLogsNode = OtlpTransform<OtlpLogsBatch> | OtlpDestination | LinesConversion;
export type OtelTracesNode = OtlpTransform<TracesBatch> | OtlpDestination;

/** `otelcol.Consumer`: the field `input` of otelcol components. One that does not take a signal has no nodes for it. */
export interface OtelConsumer {
  readonly signal: 'otel';
  readonly metrics: () => readonly OtelMetricsNode[];
  readonly logs: () => readonly OtelLogsNode[];
  readonly traces: () => readonly OtelTracesNode[];
}

export interface ProfilesTransform {
  readonly kind: 'transform';
  readonly componentId: string;
  /**
   * Changes labels or leaves series out, which it reports in profiles. Content objects stay the same: by them the plan
   * tells which profiles reached nobody.
   */
  transform(batch: ProfilesBatch, dropped: (reason: string, profiles: number) => void): ProfilesBatch;
  next(): readonly ProfilesReceiver[];
  readonly explain?: Explain;
}

export interface ProfilesDestination {
  readonly kind: 'destination';
  readonly componentId: string;
  readonly destination: Destination;
  /** external_labels and removal of `__` labels. */
  transform(batch: ProfilesBatch): ProfilesBatch;
}

export interface ProfilesReceiver {
  readonly signal: 'profiles';
  readonly nodes: () => readonly (ProfilesTransform | ProfilesDestination)[];
}

let generation = 0;

/** Plans compare this number before each run and forget their memo when it moved. */
export function graphGeneration(): number {
  return generation;
}

export function graphChanged(): void {
  generation++;
}
