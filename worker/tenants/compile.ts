/**
 * A tenant's pipeline as something that runs: the same controller and components as on a host, on the side `edge`. What
 * enters are the receivers that the file's `spillway.receive` blocks name; what leaves are the destinations of its writers.
 */
import type { ComponentContext } from '../../core/alloy/component.ts';
import type { ConfigSource } from '../../core/alloy/configuration.ts';
import { type ComponentInfo, Controller } from '../../core/alloy/controller.ts';
import { type Diagnostic, hasErrors } from '../../core/alloy/diagnostics.ts';
import type { Destination } from '../../core/delivery/destination.ts';
import { entryOf, type PipelineEntry } from '../../core/pipeline/components/spillway-receive.ts';
import { MetricsPlan } from '../../core/pipeline/metrics-plan.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { asWriter } from '../../core/pipeline/writer.ts';
import { EDGE_REGEX_LIMITS } from '../../core/regex/re2.ts';
import { withForcedLabels } from './forced-labels.ts';
import { type PipelineGraph, pipelineGraph } from './graph.ts';

/** A file beyond this is a mistake or an attack; parsing is linear, but it happens in the Worker's CPU time. */
export const MAX_PIPELINE_BYTES = 256 * 1024;
/** One tenant's memo of label blocks in this isolate; the cache bounds how many tenants there are. */
const MAX_MEMO_BYTES = 8 * 1024 * 1024;
/** Tokens with different forced labels need plans of their own, because the labels are part of what is remembered. */
const MAX_PLANS = 4;

export type Labels = Readonly<Record<string, string>>;

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where the diagnostics hold an error. */
  readonly pipeline?: TenantPipeline;
}

export class TenantPipeline {
  readonly entries: PipelineEntry;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly graph: PipelineGraph;
  readonly #plans = new Map<string, MetricsPlan>();
  /** Senders do not know it, so they cannot make label blocks that collide in the memo. */
  readonly #hashSeed = crypto.getRandomValues(new Uint32Array(1))[0] as number;

  constructor(entries: PipelineEntry, destinations: ReadonlyMap<string, Destination>, graph: PipelineGraph) {
    this.entries = entries;
    this.destinations = destinations;
    this.graph = graph;
  }

  metricsPlan(forced: Labels): MetricsPlan {
    const key = JSON.stringify(forced);
    let plan = this.#plans.get(key);
    if (plan !== undefined) return plan;
    if (this.#plans.size >= MAX_PLANS) this.#plans.delete(this.#plans.keys().next().value as string);
    const entry = withForcedLabels(this.entries.metrics, forced);
    // A new version of the pipeline is a new object, so other tenants' compilations need not make this one forget.
    const options = { maxMemoBytes: MAX_MEMO_BYTES, validate: true, hashSeed: this.#hashSeed, frozen: true };
    plan = new MetricsPlan(() => entry, options);
    this.#plans.set(key, plan);
    return plan;
  }
}

export function compilePipeline(tenant: string, source: ConfigSource): Compilation {
  const controller = new Controller<ComponentContext>({
    registry: sharedRegistry,
    side: 'edge',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged, regexLimits: EDGE_REGEX_LIMITS }),
    // The gateway's own environment is none of a tenant's business.
    stdlib: { env: () => '', constants: { tenant } },
  });
  const { ok, diagnostics } = controller.load([source]);
  if (!ok || hasErrors(diagnostics)) return { diagnostics };
  const components = controller.components();
  const graph = pipelineGraph(components);
  return { diagnostics, pipeline: new TenantPipeline(findEntries(components), findDestinations(components), graph) };
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
  };
}

/** Also those that nothing is connected to any more: their outboxes may still hold data. */
function findDestinations(components: readonly Info[]): Map<string, Destination> {
  const destinations = components.flatMap(({ component }) => (component && asWriter(component)?.destinations()) ?? []);
  return new Map(destinations.map((destination) => [destination.id, destination]));
}
