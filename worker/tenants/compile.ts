/**
 * A tenant's pipeline as something that runs: the same controller and components as on a host, on the side `edge`. What
 * enters are the receivers that the file's `spillway.receive` blocks name; what leaves are the destinations of its writers.
 */
import type { ComponentContext } from '../../core/alloy/component.ts';
import type { ConfigSource } from '../../core/alloy/configuration.ts';
import { type ComponentInfo, Controller } from '../../core/alloy/controller.ts';
import { type Diagnostic, hasErrors } from '../../core/alloy/diagnostics.ts';
import { Secret } from '../../core/alloy/values.ts';
import type { Destination } from '../../core/delivery/destination.ts';
import { withoutTexts } from '../../core/delivery/without-secrets.ts';
import type { Labels as LabelList } from '../../core/labels/labels.ts';
import { seriesMessage } from '../../core/limits/messages.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import { entryOf, type PipelineEntry } from '../../core/pipeline/components/spillway-receive.ts';
import { MemoBudget } from '../../core/pipeline/memo-budget.ts';
import { MetricsPlan } from '../../core/pipeline/metrics-plan.ts';
import type { SeriesConversion } from '../../core/pipeline/nodes.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import type { SeriesLimits } from '../../core/pipeline/series-verdict.ts';
import { asWriter } from '../../core/pipeline/writer.ts';
import { EDGE_REGEX_LIMITS } from '../../core/regex/re2.ts';
import { withForcedLabels, withoutLabel } from './forced-labels.ts';
import { type PipelineGraph, pipelineGraph } from './graph.ts';
import { ruleCountDiagnostics } from './rule-count.ts';
import { wayCountDiagnostics } from './way-count.ts';

/** A file beyond this is a mistake or an attack; parsing is linear, but it happens in the Worker's CPU time. */
export const MAX_PIPELINE_BYTES = 256 * 1024;
/**
 * What this isolate remembers of series: 32 MiB of series in use for one plan, some 100,000 that keep their labels, and as
 * much again of those going out of use. All tenants together get no more: who was not here for longest is forgotten.
 */
const MAX_MEMO_BYTES = 64 * 1024 * 1024;
const memoBudget = new MemoBudget(MAX_MEMO_BYTES);
/** Tokens with different forced labels need plans of their own, because the labels are part of what is remembered. */
const MAX_PLANS = 4;

export type Labels = Readonly<Record<string, string>>;

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where the diagnostics hold an error. */
  readonly pipeline?: TenantPipeline;
  /** Names that secret("…") was called with, also of secrets that there are not. */
  readonly secretsUsed: ReadonlySet<string>;
}

/** Values by name: all that secret("…") may be called with. */
export type Secrets = ReadonlyMap<string, string>;

export const NO_SECRETS: Secrets = new Map();

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

export function compilePipeline(tenant: string, source: ConfigSource, secrets = NO_SECRETS): Compilation {
  const secretsUsed = new Set<string>();
  const secret = (name: string) => {
    secretsUsed.add(name);
    const value = secrets.get(name);
    return value === undefined ? undefined : new Secret(value);
  };
  const controller = new Controller<ComponentContext>({
    registry: sharedRegistry,
    side: 'edge',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged, regexLimits: EDGE_REGEX_LIMITS }),
    // The gateway's own environment is none of a tenant's business.
    stdlib: { env: () => '', constants: { tenant }, secret, secretNames: () => [...secrets.keys()] },
  });
  const loaded = controller.load([source]);
  const diagnostics = loaded.diagnostics.map((diagnostic) => withoutSecrets(diagnostic, secrets, secretsUsed));
  if (!loaded.ok || hasErrors(diagnostics)) return { diagnostics, secretsUsed };
  const components = controller.components();
  const tooMany = [...ruleCountDiagnostics(components), ...wayCountDiagnostics(components)];
  if (tooMany.length > 0) return { diagnostics: [...diagnostics, ...tooMany], secretsUsed };
  const graph = pipelineGraph(components);
  const pipeline = new TenantPipeline(findEntries(components), findDestinations(components), graph);
  return { diagnostics, pipeline, secretsUsed };
}

/** A value that was taken out of its secret, to be a URL for one, may be named by the mistake that it makes. */
function withoutSecrets(diagnostic: Diagnostic, secrets: Secrets, used: ReadonlySet<string>): Diagnostic {
  const message = withoutTexts(
    diagnostic.message,
    [...used].flatMap((name) => secrets.get(name) ?? []),
  );
  return message === diagnostic.message ? diagnostic : { ...diagnostic, message };
}

type Info = ComponentInfo<ComponentContext>;

function findEntries(components: readonly Info[]): PipelineEntry {
  const entries = components
    .map(({ component }) => component && entryOf(component))
    .filter((found) => found !== undefined);
  return {
    metrics: entries.flatMap(({ metrics }) => metrics),
    logs: entries.flatMap(({ logs }) => logs),
    traces: entries.flatMap(({ traces }) => traces),
    profiles: entries.flatMap(({ profiles }) => profiles),
    otlpMetrics: entries.flatMap(({ otlpMetrics }) => otlpMetrics),
    otlpLogs: entries.flatMap(({ otlpLogs }) => otlpLogs),
  };
}

/** Also those that nothing is connected to any more: their outboxes may still hold data. */
function findDestinations(components: readonly Info[]): Map<string, Destination> {
  const destinations = components.flatMap(({ component }) => (component && asWriter(component)?.destinations()) ?? []);
  return new Map(destinations.map((destination) => [destination.id, destination]));
}
