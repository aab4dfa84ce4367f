/**
 * OTLP metrics to Prometheus's series by the OpenTelemetry–Prometheus compatibility rules (docs/otlp.md has the table and
 * where others differ). A data point that has no counterpart in Prometheus is left out and counted with its reason.
 * Depends on nothing but the body and the options, so a body that comes again makes the same series again.
 */

import { ByteWriter } from '../../bytes/writer.ts';
import { type Label, type Labels, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { OutcomeError, type Reason } from '../../outcome.ts';
import { formatDecimal } from '../go-float.ts';
import { encodeLabelBlock } from '../label-block.ts';
import { checkMessageCount } from '../message-budget.ts';
import { type MetricType, WriteRequestBuilder } from '../remote-write/builder.ts';
import { histogramProblem } from '../remote-write/native-histogram-problem.ts';
import { addAttributes, IDENTIFYING, instanceOf, jobOf, sortedLabels, withLabel } from './labels.ts';
import {
  CUMULATIVE,
  DELTA,
  decodeMetrics,
  type OtlpExemplar,
  type OtlpExponentialPoint,
  type OtlpHistogramPoint,
  type OtlpMetric,
  type OtlpNumberPoint,
  type OtlpResourceMetrics,
  type OtlpScopeMetrics,
  type OtlpSummaryPoint,
} from './metrics-decode.ts';
import { metricName, type NameKind, unitName } from './names.ts';
import { shapeOf } from './schema.ts';
import { metricsRequest } from './schema-metrics.ts';
import {
  customBucketsHistogram,
  exponentialHistogram,
  isStale,
  milliseconds,
  type PointTimes,
  writeExemplars,
  writeSample,
} from './series-values.ts';
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

export interface LeftOutPoints {
  readonly reason: Reason;
  /** Data points. */
  readonly items: number;
  /** Of the first: which metric, and what is wrong with it. */
  readonly example: string;
}

export interface ConvertedSeries {
  /** A `prometheus.WriteRequest`. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly series: number;
  readonly samples: number;
  readonly leftOut: readonly LeftOutPoints[];
}

/** Attributes are repeated for every bucket of a histogram, so a small body could make a very large one. */
const MAX_SERIES_BYTES = 48 * 1024 * 1024;

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
  readonly #builder: WriteRequestBuilder;
  readonly #rest = new ByteWriter(256);
  readonly #families = new Set<string>();
  readonly #leftOut = new Map<Reason, { reason: Reason; items: number; example: string }>();
  #latestNs = 0n;

  constructor(options: SeriesOptions, sizeHint: number) {
    this.#options = options;
    this.#builder = new WriteRequestBuilder(sizeHint + 1024);
  }

  take(): ConvertedSeries {
    const { series, samples } = this.#builder;
    return { body: this.#builder.take(), series, samples, leftOut: [...this.#leftOut.values()] };
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
    this.#addMetadata(name, 'gauge', help, '');
    this.#addSample(withLabel(sortedLabels(labels), METRIC_NAME_LABEL, name), 1, { timeNs, startNs: 0n, flags: 0 }, 0);
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
      this.#leaveOut('unsupported_temporality', data.points.length, `${metric.name}: its temporality is ${what}`);
      return;
    }
    const type = typeOf(metric);
    const name = metricName(metric.name, metric.unit, kindOf(metric), this.#options.addMetricSuffixes);
    if (name === '') {
      const problem =
        metric.name === ''
          ? 'a metric has no name'
          : `nothing of ${JSON.stringify(metric.name)} can stand in a metric name`;
      this.#leaveOut(metric.name === '' ? 'missing_metric_name' : 'metric_name_invalid', data.points.length, problem);
      return;
    }
    let added = 0;
    for (const point of data.points) if (this.#addPoint(metric, name, type, point, around)) added++;
    if (added > 0) this.#addMetadata(name, type, metric.description, unitName(metric.unit));
  }

  #addPoint(
    { name: original, data }: OtlpMetric,
    name: string,
    type: MetricType,
    point: AnyPoint,
    around: Surroundings,
  ): boolean {
    if (point.timeNs === 0n) {
      this.#leaveOut('malformed_timestamp', 1, `${original}: a data point has no time`);
      return false;
    }
    const labels = this.#labels(point, around);
    const startMs = this.#options.startTimestamps && type !== 'gauge' ? startOf(point) : 0;
    let problem: Reason | undefined;
    if (data.kind === 'gauge' || data.kind === 'sum') {
      const { value, exemplars } = point as OtlpNumberPoint;
      const kept = data.kind === 'sum' ? exemplars : [];
      this.#addSample(withLabel(labels, METRIC_NAME_LABEL, name), value, point, startMs, kept);
    } else if (data.kind === 'summary') this.#addSummary(name, labels, point as OtlpSummaryPoint, startMs);
    else if (data.kind === 'exponential')
      problem = this.#addExponential(name, labels, point as OtlpExponentialPoint, startMs);
    else if (this.#options.convertClassicHistogramsToNhcb)
      problem = this.#addCustomBuckets(name, labels, point as OtlpHistogramPoint, startMs);
    else this.#addHistogram(name, labels, point as OtlpHistogramPoint, startMs);
    if (problem !== undefined) {
      this.#leaveOut(problem, 1, `${original}: ${PROBLEMS[problem] ?? 'its buckets do not add up to its count'}`);
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

  #addHistogram(name: string, labels: Labels, point: OtlpHistogramPoint, startMs: number): void {
    const total = Number(point.count);
    if (point.sum !== undefined)
      this.#addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_sum`), point.sum, point, startMs);
    this.#addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_count`), total, point, startMs);
    const exemplars = [...point.exemplars].sort((a, b) => a.value - b.value);
    const series = withLabel(labels, METRIC_NAME_LABEL, `${name}_bucket`);
    let count = 0n;
    let taken = 0;
    for (const [bound, own] of bucketsOf(point)) {
      count += own;
      const first = taken;
      while (taken < exemplars.length && exemplars[taken]!.value <= bound) taken++;
      const inBucket = exemplars.slice(first, taken);
      this.#addSample(withLabel(series, 'le', formatDecimal(bound)), Number(count), point, startMs, inBucket);
    }
    this.#addSample(withLabel(series, 'le', '+Inf'), total, point, startMs, exemplars.slice(taken));
  }

  #addSummary(name: string, labels: Labels, point: OtlpSummaryPoint, startMs: number): void {
    this.#addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_sum`), point.sum, point, startMs);
    this.#addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_count`), Number(point.count), point, startMs);
    const series = withLabel(labels, METRIC_NAME_LABEL, name);
    for (const { quantile, value } of point.quantiles) {
      this.#addSample(withLabel(series, 'quantile', formatDecimal(quantile)), value, point, startMs);
    }
  }

  #addExponential(name: string, labels: Labels, point: OtlpExponentialPoint, startMs: number): Reason | undefined {
    if (point.scale < MIN_SCALE) return 'invalid_native_histogram_schema';
    return this.#addNative(name, labels, exponentialHistogram(point, startMs), point);
  }

  #addCustomBuckets(name: string, labels: Labels, point: OtlpHistogramPoint, startMs: number): Reason | undefined {
    if (point.bucketCounts.length !== point.explicitBounds.length + 1)
      return 'native_histogram_custom_buckets_mismatch';
    return this.#addNative(name, labels, customBucketsHistogram(point, startMs), point);
  }

  #addNative(
    name: string,
    labels: Labels,
    histogram: Uint8Array,
    point: OtlpExponentialPoint | OtlpHistogramPoint,
  ): Reason | undefined {
    // A receiver refuses the whole request for one that does not add up. The end of a series has nothing to add up.
    const problem = isStale(point) ? undefined : histogramProblem(histogram, 0, histogram.length);
    if (problem !== undefined) return problem;
    this.#rest.reset().bytesField(4, histogram);
    writeExemplars(this.#rest, point.exemplars, point);
    this.#addSeries(withLabel(labels, METRIC_NAME_LABEL, name));
    return undefined;
  }

  #addSample(
    labels: Labels,
    value: number,
    point: PointTimes,
    startMs: number,
    exemplars: readonly OtlpExemplar[] = [],
  ): void {
    writeSample(this.#rest.reset(), value, point, startMs);
    writeExemplars(this.#rest, exemplars, point);
    this.#addSeries(labels);
  }

  #addSeries(labels: Labels): void {
    this.#builder.addSeries(encodeLabelBlock(labels), this.#rest.view(), 0, this.#rest.length, 1);
    if (this.#builder.length > MAX_SERIES_BYTES) {
      const message = `the series of this body are larger than the limit of ${MAX_SERIES_BYTES} bytes; send fewer data points at once`;
      throw new OutcomeError('body_too_large', message);
    }
  }

  #addMetadata(family: string, type: MetricType, help: string, unit: string): void {
    if (!this.#options.honorMetadata || this.#families.has(family)) return;
    this.#families.add(family);
    this.#builder.addMetadata({ type, family, help, unit });
  }

  #leaveOut(reason: Reason, items: number, example: string): void {
    const known = this.#leftOut.get(reason);
    if (known !== undefined) known.items += items;
    else this.#leftOut.set(reason, { reason, items, example });
  }
}

type AnyPoint = OtlpNumberPoint | OtlpHistogramPoint | OtlpExponentialPoint | OtlpSummaryPoint;

/** The coarsest schema that Prometheus has. */
const MIN_SCALE = -4;

const PROBLEMS: Readonly<Partial<Record<Reason, string>>> = {
  invalid_native_histogram_schema: `a scale below ${MIN_SCALE} has no counterpart in Prometheus`,
  native_histogram_custom_buckets_mismatch: 'it must have one bucket more than bounds',
  native_histogram_custom_buckets_invalid: 'its bounds do not ascend',
  native_histogram_custom_buckets_infinite: 'its last bound is infinite',
};

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

/** Bounds in ascending order with the counts of their own buckets; what lies above the last is only in the total. */
function bucketsOf({ explicitBounds, bucketCounts }: OtlpHistogramPoint): (readonly [bound: number, count: bigint])[] {
  const buckets = explicitBounds.slice(0, bucketCounts.length).map((bound, i) => [bound, bucketCounts[i]!] as const);
  return buckets
    .filter(([bound]) => !Number.isNaN(bound) && bound !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a[0] - b[0]);
}
