/**
 * Runs a batch of OTLP metrics through a pipeline: as it is to OpenTelemetry consumers, and as series, made once for each
 * conversion, to receivers of Prometheus's metrics.
 */
import type { Destination } from '../delivery/destination.ts';
import { convertMetrics, DEFAULT_SERIES_OPTIONS } from '../wire/otlp/to-series.ts';
import type { MetricsPlan, MetricsPlanResult } from './metrics-plan.ts';
import { reachableDestinations } from './metrics-plan.ts';
import type { LeftOut, MetricsReceiver, OtelConsumer, SeriesConversion } from './nodes.ts';
import { routeOtlp } from './otlp-route.ts';
import type { OtlpMetricsBatch } from './signals.ts';

export interface ConvertedMetrics {
  /** '' for receivers that are named where OTLP enters, without an exporter between. */
  readonly componentId: string;
  readonly extended: boolean;
  readonly samples: number;
  readonly result: MetricsPlanResult;
}

export interface OtlpMetricsPlanResult {
  readonly outputs: readonly { readonly destination: Destination; readonly batch: OtlpMetricsBatch }[];
  readonly converted: readonly ConvertedMetrics[];
  /** Data points. */
  readonly received: number;
  /** Data points that went nowhere, because nothing is connected. What rules drop of series is told by their results. */
  readonly dropped: number;
  /** Data points that no destination can get; empty where some destination gets them as OTLP. */
  readonly rejected: readonly LeftOut[];
}

/** The plan of the series behind a conversion; whoever holds the graph keeps one for each, with its memory of series. */
export type SeriesPlanOf = (conversion: SeriesConversion) => Pick<MetricsPlan, 'run'>;

export function runOtlpMetricsPlan(
  entry: readonly OtelConsumer[],
  batch: OtlpMetricsBatch,
  nowNs: bigint,
  planOf: SeriesPlanOf,
): OtlpMetricsPlanResult {
  const nodesOf = (consumer: OtelConsumer) => consumer.metrics();
  const route = routeOtlp<OtlpMetricsBatch, SeriesConversion>(entry, nodesOf, batch, nowNs);
  const converted: ConvertedMetrics[] = [];
  const rejected: LeftOut[] = [];
  for (const { node, batch: input } of route.conversions) {
    const { batch: series, leftOut } = node.convert(input);
    rejected.push(...leftOut);
    if (series.series === 0) continue;
    const result = planOf(node).run(series);
    const { componentId } = node;
    converted.push({ componentId, extended: series.extended === true, samples: series.samples, result });
    for (const { reason, samples, example } of result.rejected) rejected.push({ reason, items: samples, example });
  }
  const received = batch.dataPoints;
  if (route.outputs.length > 0) return { outputs: route.outputs, converted, received, dropped: 0, rejected: [] };
  const bounded = atMost(rejected, received);
  const refused = bounded.reduce((sum, { items }) => sum + items, 0);
  const dropped = converted.length > 0 ? 0 : received - refused;
  return { outputs: [], converted, received, dropped, rejected: bounded };
}

/** A data point is many samples, but not more than itself. */
function atMost(rejected: readonly LeftOut[], items: number): LeftOut[] {
  let left = items;
  return rejected.flatMap((one) => {
    const taken = Math.min(one.items, left);
    left -= taken;
    return taken === 0 ? [] : [{ ...one, items: taken }];
  });
}

/** The conversion for receivers that stand beside OpenTelemetry consumers in one list: an exporter with its defaults. */
export function defaultSeriesConversion(receivers: readonly MetricsReceiver[]): SeriesConversion {
  return {
    kind: 'conversion',
    componentId: '',
    convert: (batch) => convertToSeries(batch, DEFAULT_SERIES_OPTIONS, receivers),
    next: () => receivers,
  };
}

/** Start timestamps are made where some destination can take them: only remote write 2.0 can. */
export function convertToSeries(
  batch: OtlpMetricsBatch,
  options: typeof DEFAULT_SERIES_OPTIONS,
  receivers: readonly MetricsReceiver[],
): ReturnType<SeriesConversion['convert']> {
  const destinations = [...reachableDestinations(receivers)];
  const startTimestamps = destinations.some(
    ({ protocol, remoteWriteVersion }) => protocol === 'spillway_batch' || remoteWriteVersion === 2,
  );
  const { body, series, samples, leftOut } = convertMetrics(batch.body, { ...options, startTimestamps });
  const extended = startTimestamps ? { extended: true } : {};
  return { batch: { signal: 'metrics', body, series, samples, ...extended }, leftOut };
}
