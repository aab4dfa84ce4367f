/**
 * OTLP metrics to Prometheus's series by the OpenTelemetry–Prometheus compatibility rules (docs/otlp.md has the table and
 * where others differ). A data point that has no counterpart in Prometheus is left out and counted with its reason.
 * Depends on nothing but the body and the options, so a body that comes again makes the same series again.
 */
import { type Label, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { checkMessageCount } from '../message-budget.ts';
import type { MetricType } from '../remote-write/builder.ts';
import { addAttributes, IDENTIFYING, instanceOf, jobOf, sortedLabels, withLabel } from './labels.ts';
import {
  CUMULATIVE,
  DELTA,
  decodeMetrics,
  type OtlpMetric,
  type OtlpResourceMetrics,
  type OtlpScopeMetrics,
} from './metrics-decode.ts';
import { metricName, type NameKind, unitName } from './names.ts';
import { type AnyPoint, addPoint, problemText } from './point-series.ts';
import { shapeOf } from './schema.ts';
import { metricsRequest } from './schema-metrics.ts';
import { milliseconds, type PointTimes } from './series-values.ts';
import { type ConvertedSeries, SeriesWriter } from './series-writer.ts';
import type { OtlpAttribute, OtlpScope } from './values.ts';

/** Named as the arguments of `otelcol.exporter.prometheus` that set them. */
export interface SeriesOptions {
  readonly includeTargetInfo: boolean;
  readonly includeScopeInfo: boolean;
  readonly includeScopeLabels: boolean;
  readonly addMetricSuffixes: boolean;
  readonly resourceToTelemetryConversion: boolean;
  readonly keepIdentifyingResourceAttributes: boolean;
  readonly convertClassicHistogramsToNhcb: boolean;
  readonly honorMetadata: boolean;
  /** Only remote write 2.0 has them; bodies that hold them must be `extended`. */
  readonly startTimestamps: boolean;
}

export const DEFAULT_SERIES_OPTIONS: SeriesOptions = {
  includeTargetInfo: true,
  includeScopeInfo: false,
  includeScopeLabels: true,
  addMetricSuffixes: true,
  resourceToTelemetryConversion: false,
  keepIdentifyingResourceAttributes: false,
  convertClassicHistogramsToNhcb: false,
  honorMetadata: true,
  startTimestamps: false,
};

const METRICS_SHAPE = shapeOf(metricsRequest);

/** Takes a body that `countDataPoints` has taken. Throws body_too_large. */
export function convertMetrics(body: Uint8Array, options: SeriesOptions = DEFAULT_SERIES_OPTIONS): ConvertedSeries {
  checkMessageCount(body, METRICS_SHAPE);
  const conversion = new Conversion(options, body.length);
  for (const resource of decodeMetrics(body)) conversion.addResource(resource);
  return conversion.take();
}

/** The labels that every data point below a scope has, and what is needed to make more of them. */
interface Surroundings {
  /** No attribute takes the place of these: they say whose series it is. */
  readonly base: ReadonlyMap<string, string>;
  readonly resource: readonly OtlpAttribute[];
}

class Conversion {
  readonly #options: SeriesOptions;
  readonly #out: SeriesWriter;
  /** Of the data points of the scope at hand. */
  #latestNs = 0n;

  constructor(options: SeriesOptions, sizeHint: number) {
    this.#options = options;
    this.#out = new SeriesWriter(sizeHint + 1024, options.honorMetadata);
  }

  take(): ConvertedSeries {
    return this.#out.take();
  }

  addResource({ resource, scopes }: OtlpResourceMetrics): void {
    const target = targetLabels(resource);
    let latestNs = 0n;
    for (const scope of scopes) {
      this.#latestNs = 0n;
      this.#addScope(scope, target, resource);
      if (this.#latestNs > latestNs) latestNs = this.#latestNs;
    }
    if (this.#options.includeTargetInfo) this.#addTargetInfo(target, resource, latestNs);
  }

  /** With the time of the newest data point, so that a repeated push repeats it and none goes back in time. */
  #addTargetInfo(target: ReadonlyMap<string, string>, resource: readonly OtlpAttribute[], latestNs: bigint): void {
    const others = resource.filter(({ key }) => !IDENTIFYING.has(key));
    if (latestNs === 0n || others.length === 0) return;
    const labels = new Map<string, string>();
    addAttributes(labels, this.#options.keepIdentifyingResourceAttributes ? resource : others);
    setAll(labels, target);
    // Without job and instance it could be joined with nothing, and all nameless senders would share one series.
    if (!labels.has('job') && !labels.has('instance')) return;
    this.#addInfo('target_info', labels, latestNs, 'Target metadata');
  }

  #addInfo(name: string, labels: ReadonlyMap<string, string>, timeNs: bigint, help: string): void {
    this.#out.addMetadata(name, 'gauge', help, '');
    const point = { timeNs, startNs: 0n, flags: 0 };
    this.#out.addSample(withLabel(sortedLabels(labels), METRIC_NAME_LABEL, name), 1, point, 0);
  }

  #addScope(
    { scope, metrics }: OtlpScopeMetrics,
    target: ReadonlyMap<string, string>,
    resource: readonly OtlpAttribute[],
  ): void {
    const base = new Map(target);
    // A scope without a name is none, as Prometheus's own receiver has it.
    if (this.#options.includeScopeLabels && scope.name !== '') addScopeLabels(base, scope);
    for (const metric of metrics) this.#addMetric(metric, { base, resource });
    if (!this.#options.includeScopeInfo || this.#latestNs === 0n) return;
    const labels = new Map<string, string>();
    addAttributes(labels, scope.attributes);
    setAll(labels, target);
    addScopeName(labels, scope);
    this.#addInfo('otel_scope_info', labels, this.#latestNs, '');
  }

  #addMetric(metric: OtlpMetric, around: Surroundings): void {
    const { data } = metric;
    if (data.kind === 'none' || data.points.length === 0) return;
    if ('temporality' in data && data.temporality !== CUMULATIVE) {
      const what = data.temporality === DELTA ? 'delta' : `${data.temporality}, which is not cumulative`;
      this.#out.leaveOut('unsupported_temporality', data.points.length, `${metric.name}: its temporality is ${what}`);
      return;
    }
    const type = typeOf(metric);
    const name = metricName(metric.name, metric.unit, kindOf(metric), this.#options.addMetricSuffixes);
    if (name === '') {
      const problem =
        metric.name === ''
          ? 'a metric has no name'
          : `nothing of ${JSON.stringify(metric.name)} can stand in a metric name`;
      this.#out.leaveOut(
        metric.name === '' ? 'missing_metric_name' : 'metric_name_invalid',
        data.points.length,
        problem,
      );
      return;
    }
    let added = 0;
    for (const point of data.points) if (this.#addPoint(metric, name, type, point, around)) added++;
    if (added > 0) this.#out.addMetadata(name, type, metric.description, unitName(metric.unit));
  }

  #addPoint(metric: OtlpMetric, name: string, type: MetricType, point: AnyPoint, around: Surroundings): boolean {
    if (point.timeNs === 0n) {
      this.#out.leaveOut('malformed_timestamp', 1, `${metric.name}: a data point has no time`);
      return false;
    }
    const { startTimestamps, convertClassicHistogramsToNhcb: customBuckets } = this.#options;
    const startMs = startTimestamps && type !== 'gauge' ? startOf(point) : 0;
    const options = { name, startMs, customBuckets };
    const problem = addPoint(this.#out, metric, point, this.#labels(point, around), options);
    if (problem !== undefined) {
      this.#out.leaveOut(problem, 1, `${metric.name}: ${problemText(problem)}`);
      return false;
    }
    if (point.timeNs > this.#latestNs) this.#latestNs = point.timeNs;
    return true;
  }

  /** Sorted, without the metric's name. */
  #labels({ attributes }: AnyPoint, { base, resource }: Surroundings): Label[] {
    const labels = new Map<string, string>();
    if (this.#options.resourceToTelemetryConversion) {
      // The resource's attribute takes the place of the data point's of the same key, as in Alloy.
      const keys = new Set(resource.map(({ key }) => key));
      addAttributes(labels, [...attributes.filter(({ key }) => !keys.has(key)), ...resource]);
    } else addAttributes(labels, attributes);
    setAll(labels, base);
    // The name of a metric is not its sender's to choose twice.
    labels.delete(METRIC_NAME_LABEL);
    return sortedLabels(labels);
  }
}

function typeOf({ data }: OtlpMetric): MetricType {
  switch (data.kind) {
    case 'sum':
      return data.monotonic ? 'counter' : 'gauge';
    case 'histogram':
    case 'exponential':
      return 'histogram';
    case 'summary':
      return 'summary';
    default:
      return 'gauge';
  }
}

/** A sum that may fall is a gauge to Prometheus, and is named as neither. */
function kindOf({ data }: OtlpMetric): NameKind {
  if (data.kind === 'gauge') return 'gauge';
  return data.kind === 'sum' && data.monotonic ? 'counter' : 'other';
}

function targetLabels(resource: readonly OtlpAttribute[]): Map<string, string> {
  const labels = new Map([
    ['job', jobOf(resource)],
    ['instance', instanceOf(resource)],
  ]);
  for (const [name, value] of labels) if (value === '') labels.delete(name);
  return labels;
}

function setAll(labels: Map<string, string>, more: ReadonlyMap<string, string>): void {
  for (const [name, value] of more) labels.set(name, value);
}

/** Two scopes of one resource may differ in nothing but an attribute, and have a metric of one name. */
function addScopeLabels(labels: Map<string, string>, scope: OtlpScope): void {
  addAttributes(
    labels,
    scope.attributes.map(({ key, value }) => ({ key: `otel_scope_${key}`, value })),
  );
  addScopeName(labels, scope);
  labels.set('otel_scope_schema_url', scope.schemaUrl);
}

function addScopeName(labels: Map<string, string>, { name, version }: OtlpScope): void {
  labels.set('otel_scope_name', name);
  labels.set('otel_scope_version', version);
}

/** 0 where unknown or not before the time. */
function startOf({ startNs, timeNs }: PointTimes): number {
  return startNs === 0n || startNs > timeNs ? 0 : milliseconds(startNs);
}
