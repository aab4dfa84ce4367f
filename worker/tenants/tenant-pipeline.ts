/** A compiled pipeline as pushes use it: where signals enter, where they go, and what was remembered of each series. */
import type { Destination } from '../../core/delivery/destination.ts';
import type { Labels as LabelList } from '../../core/labels/labels.ts';
import { seriesMessage } from '../../core/limits/messages.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import type { PipelineEntry } from '../../core/pipeline/components/spillway-receive.ts';
import { MemoBudget } from '../../core/pipeline/memo-budget.ts';
import { MetricsPlan } from '../../core/pipeline/metrics-plan.ts';
import type { SeriesConversion } from '../../core/pipeline/nodes.ts';
import type { SeriesLimits } from '../../core/pipeline/series-verdict.ts';
import { EDGE_REGEX_LIMITS } from '../../core/regex/re2.ts';
import { withForcedLabels, withoutLabel } from './forced-labels.ts';
import type { PipelineGraph } from './graph.ts';

/**
 * What this isolate remembers of series: 32 MiB of series in use for one plan, some 100,000 that keep their labels, and as
 * much again of those going out of use. All tenants together get no more: who was not here for longest is forgotten.
 */
const MAX_MEMO_BYTES = 64 * 1024 * 1024;
const memoBudget = new MemoBudget(MAX_MEMO_BYTES);
/** Tokens with different forced labels need plans of their own, because the labels are part of what is remembered. */
const MAX_PLANS = 4;

export type Labels = Readonly<Record<string, string>>;

interface LastPlan {
  readonly plan: MetricsPlan;
  readonly forced: Labels;
  readonly limitsVersion: number;
  readonly conversion: SeriesConversion | undefined;
}

export class TenantPipeline {
  readonly entries: PipelineEntry;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly graph: PipelineGraph;
  readonly #plans = new Map<string, MetricsPlan>();
  readonly #conversions = new Map<SeriesConversion, number>();
  /** One token after the other pushes seldom: the next push nearly always asks for the same plan. */
  #lastPlan: LastPlan | undefined;
  /** Senders do not know it, so they cannot make label blocks that collide in the memo. */
  readonly #hashSeed = crypto.getRandomValues(new Uint32Array(1))[0] as number;

  constructor(entries: PipelineEntry, destinations: ReadonlyMap<string, Destination>, graph: PipelineGraph) {
    this.entries = entries;
    this.destinations = destinations;
    this.graph = graph;
  }

  /** For what enters as series, or behind a conversion of OTLP. */
  metricsPlan(forced: Labels, limits: TenantLimits, limitsVersion: number, conversion?: SeriesConversion): MetricsPlan {
    const last = this.#lastPlan;
    const isSame = last?.forced === forced && last.limitsVersion === limitsVersion && last.conversion === conversion;
    if (isSame) return last.plan;
    const plan = this.#findPlan(forced, limits, limitsVersion, conversion);
    this.#lastPlan = { plan, forced, limitsVersion, conversion };
    return plan;
  }

  #findPlan(forced: Labels, limits: TenantLimits, limitsVersion: number, conversion?: SeriesConversion): MetricsPlan {
    const source = conversion === undefined ? 0 : this.#numberOf(conversion);
    const key = `${limitsVersion} ${source} ${JSON.stringify(forced)}`;
    let plan = this.#plans.get(key);
    if (plan !== undefined) return plan;
    if (this.#plans.size >= MAX_PLANS) this.#plans.delete(this.#plans.keys().next().value as string);
    const { accept_ha_samples: isPair, ha_replica_label: replicaLabel } = limits.metrics;
    const forcedEntry = withForcedLabels(conversion?.next() ?? this.entries.metrics, forced);
    const entry = isPair ? withoutLabel(forcedEntry, replicaLabel) : forcedEntry;
    // A new version of the pipeline is a new object, so other tenants' compilations need not make this one forget.
    const options = {
      maxMemoBytes: MAX_MEMO_BYTES,
      memoBudget,
      validate: true,
      limits: seriesLimits(limits),
      maxHistogramBuckets: limits.metrics.max_native_histogram_buckets || undefined,
      describe: (reason: string, labels: LabelList) => seriesMessage(reason, labels, limits),
      maxWorkPerBatch: EDGE_REGEX_LIMITS.maxWorkPerBatch,
      hashSeed: this.#hashSeed,
      frozen: true,
    };
    plan = new MetricsPlan(() => entry, options);
    this.#plans.set(key, plan);
    return plan;
  }

  #numberOf(conversion: SeriesConversion): number {
    const known = this.#conversions.get(conversion) ?? this.#conversions.size + 1;
    this.#conversions.set(conversion, known);
    return known;
  }
}

/** The label that tells replicas apart is taken off before the pipeline and does not count. */
function seriesLimits({ metrics }: TenantLimits): SeriesLimits {
  return {
    maxLabelNames: orUnlimited(metrics.max_label_names_per_series),
    maxInfoLabelNames: orUnlimited(metrics.max_label_names_per_info_series),
    maxLabelNameBytes: orUnlimited(metrics.max_label_name_length),
    maxLabelValueBytes: orUnlimited(metrics.max_label_value_length),
    ...(metrics.accept_ha_samples && { uncountedLabel: metrics.ha_replica_label }),
  };
}

function orUnlimited(limit: number): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}
