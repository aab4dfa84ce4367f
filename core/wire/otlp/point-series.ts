/** What one OTLP data point becomes: the sample or the series that Prometheus has for its kind. */
import { type Labels, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import type { Reason } from '../../outcome.ts';
import { formatDecimal } from '../go-float.ts';
import { histogramProblem } from '../remote-write/native-histogram-problem.ts';
import { withLabel } from './labels.ts';
import type {
  OtlpExponentialPoint,
  OtlpHistogramPoint,
  OtlpMetric,
  OtlpNumberPoint,
  OtlpSummaryPoint,
} from './metrics-decode.ts';
import { customBucketsHistogram, exponentialHistogram, isStale } from './series-values.ts';
import type { SeriesWriter } from './series-writer.ts';

export type AnyPoint = OtlpNumberPoint | OtlpHistogramPoint | OtlpExponentialPoint | OtlpSummaryPoint;

export interface PointOptions {
  /** Of the series, in Prometheus's form. */
  readonly name: string;
  /** 0: unknown, or a gauge, which has none. */
  readonly startMs: number;
  /** Histograms with classic buckets become native ones. */
  readonly customBuckets: boolean;
}

/** `labels`: sorted, without the name. Why there is no series of it, where there is none. */
export function addPoint(
  out: SeriesWriter,
  { data }: OtlpMetric,
  point: AnyPoint,
  labels: Labels,
  { name, startMs, customBuckets }: PointOptions,
): Reason | undefined {
  switch (data.kind) {
    case 'gauge':
    case 'sum': {
      const { value, exemplars } = point as OtlpNumberPoint;
      const kept = data.kind === 'sum' ? exemplars : [];
      out.addSample(withLabel(labels, METRIC_NAME_LABEL, name), value, point, startMs, kept);
      return undefined;
    }
    case 'summary':
      addSummary(out, name, labels, point as OtlpSummaryPoint, startMs);
      return undefined;
    case 'exponential':
      return addExponential(out, name, labels, point as OtlpExponentialPoint, startMs);
    default:
      if (customBuckets) return addCustomBuckets(out, name, labels, point as OtlpHistogramPoint, startMs);
      addHistogram(out, name, labels, point as OtlpHistogramPoint, startMs);
      return undefined;
  }
}

function addHistogram(
  out: SeriesWriter,
  name: string,
  labels: Labels,
  point: OtlpHistogramPoint,
  startMs: number,
): void {
  const total = Number(point.count);
  if (point.sum !== undefined)
    out.addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_sum`), point.sum, point, startMs);
  out.addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_count`), total, point, startMs);
  const exemplars = [...point.exemplars].sort((a, b) => a.value - b.value);
  const series = withLabel(labels, METRIC_NAME_LABEL, `${name}_bucket`);
  let count = 0n;
  let taken = 0;
  for (const [bound, own] of bucketsOf(point)) {
    count += own;
    const first = taken;
    while (taken < exemplars.length && exemplars[taken]!.value <= bound) taken++;
    const inBucket = exemplars.slice(first, taken);
    out.addSample(withLabel(series, 'le', formatDecimal(bound)), Number(count), point, startMs, inBucket);
  }
  out.addSample(withLabel(series, 'le', '+Inf'), total, point, startMs, exemplars.slice(taken));
}

function addSummary(out: SeriesWriter, name: string, labels: Labels, point: OtlpSummaryPoint, startMs: number): void {
  out.addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_sum`), point.sum, point, startMs);
  out.addSample(withLabel(labels, METRIC_NAME_LABEL, `${name}_count`), Number(point.count), point, startMs);
  const series = withLabel(labels, METRIC_NAME_LABEL, name);
  for (const { quantile, value } of point.quantiles) {
    out.addSample(withLabel(series, 'quantile', formatDecimal(quantile)), value, point, startMs);
  }
}

function addExponential(
  out: SeriesWriter,
  name: string,
  labels: Labels,
  point: OtlpExponentialPoint,
  startMs: number,
): Reason | undefined {
  if (point.scale < MIN_SCALE) return 'invalid_native_histogram_schema';
  return addNative(out, name, labels, exponentialHistogram(point, startMs), point);
}

function addCustomBuckets(
  out: SeriesWriter,
  name: string,
  labels: Labels,
  point: OtlpHistogramPoint,
  startMs: number,
): Reason | undefined {
  if (point.bucketCounts.length !== point.explicitBounds.length + 1) return 'native_histogram_custom_buckets_mismatch';
  return addNative(out, name, labels, customBucketsHistogram(point, startMs), point);
}

function addNative(
  out: SeriesWriter,
  name: string,
  labels: Labels,
  histogram: Uint8Array,
  point: OtlpExponentialPoint | OtlpHistogramPoint,
): Reason | undefined {
  // A receiver refuses the whole request for one that does not add up. The end of a series has nothing to add up.
  const problem = isStale(point) ? undefined : histogramProblem(histogram, 0, histogram.length);
  if (problem !== undefined) return problem;
  out.addNativeHistogram(withLabel(labels, METRIC_NAME_LABEL, name), histogram, point, point.exemplars);
  return undefined;
}

/** The coarsest schema that Prometheus has. */
const MIN_SCALE = -4;

const PROBLEMS: Readonly<Partial<Record<Reason, string>>> = {
  invalid_native_histogram_schema: `a scale below ${MIN_SCALE} has no counterpart in Prometheus`,
  native_histogram_custom_buckets_mismatch: 'it must have one bucket more than bounds',
  native_histogram_custom_buckets_invalid: 'its bounds do not ascend',
  native_histogram_custom_buckets_infinite: 'its last bound is infinite',
};

/** For people. */
export function problemText(reason: Reason): string {
  return PROBLEMS[reason] ?? 'its buckets do not add up to its count';
}

/** Bounds in ascending order with the counts of their own buckets; what lies above the last is only in the total. */
function bucketsOf({ explicitBounds, bucketCounts }: OtlpHistogramPoint): (readonly [bound: number, count: bigint])[] {
  const buckets = explicitBounds.slice(0, bucketCounts.length).map((bound, i) => [bound, bucketCounts[i]!] as const);
  return buckets
    .filter(([bound]) => !Number.isNaN(bound) && bound !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a[0] - b[0]);
}
