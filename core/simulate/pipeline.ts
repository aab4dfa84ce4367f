/**
 * A configuration loaded to be simulated: the real transforms and writers on the real controller, stand-ins for what
 * touches the world. Nothing is started, nothing is sent.
 */
import { argumentSpan } from '../alloy/argument-place.ts';
import type { AnyComponentDefinition, ComponentContext, Side } from '../alloy/component.ts';
import type { AnyConfigBlock } from '../alloy/config-block.ts';
import type { ConfigSource } from '../alloy/configuration.ts';
import { type ComponentInfo, Controller } from '../alloy/controller.ts';
import { type Diagnostic, hasErrors } from '../alloy/diagnostics.ts';
import { Secret } from '../alloy/values.ts';
import type { Labels } from '../labels/labels.ts';
import { entryOf } from '../pipeline/components/spillway-receive.ts';
import type { LogsReceiver, MetricsReceiver } from '../pipeline/nodes.ts';
import { sharedRegistry } from '../pipeline/registry.ts';
import { SimulationError } from './input.ts';
import { StageLog } from './stage-log.ts';
import { type Forwards, StandIn, standInFor } from './stand-in.ts';
import type { SimulatedSignal } from './trace.ts';

export interface SimulatedConfig {
  readonly sources: readonly ConfigSource[];
  readonly registry: ReadonlyMap<string, AnyComponentDefinition>;
  readonly side: Side;
  readonly blocks?: ReadonlyMap<string, AnyConfigBlock>;
  readonly env: (name: string) => string | undefined;
  readonly constants: Readonly<Record<string, string>>;
  /** At the edge; without it every secret is there and reads `simulated`. */
  readonly secret?: (name: string) => Secret | undefined;
}

/** Targets that discoveries would have found, by component. */
export type Discovered = (componentId: string) => readonly Labels[];

export interface EntryPoint extends Forwards {
  readonly componentId: string;
}

export type Info = ComponentInfo<ComponentContext>;

export type Loaded =
  | { readonly ok: true; readonly pipeline: SimulatedPipeline }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function loadSimulation(config: SimulatedConfig, discovered: Discovered = () => []): Loaded {
  const stageLog = new StageLog();
  const secret = config.side === 'edge' ? { secret: config.secret ?? (() => new Secret('simulated')) } : {};
  const controller = new Controller<ComponentContext>({
    registry: simulatedRegistry(config.registry, discovered),
    side: config.side,
    createContext: (componentId, exportsChanged) =>
      ({ componentId, exportsChanged, stageObserver: stageLog }) as ComponentContext,
    stdlib: { env: config.env, constants: config.constants, ...secret },
    ...(config.blocks && { blocks: config.blocks }),
    minStability: 'experimental',
  });
  const { ok, diagnostics } = controller.load(config.sources);
  if (!ok || hasErrors(diagnostics)) return { ok: false, diagnostics };
  return { ok: true, pipeline: new SimulatedPipeline(controller.components(), stageLog) };
}

function simulatedRegistry(
  registry: SimulatedConfig['registry'],
  discovered: Discovered,
): ReadonlyMap<string, AnyComponentDefinition> {
  return new Map(
    [...registry].map(([name, definition]) => {
      if (sharedRegistry.has(name) || name === 'discovery.relabel') return [name, definition] as const;
      return [name, standInFor(definition, discovered)] as const;
    }),
  );
}

export class SimulatedPipeline {
  readonly components: readonly Info[];
  readonly stageLog: StageLog;
  readonly #byId: ReadonlyMap<string, Info>;

  constructor(components: readonly Info[], stageLog: StageLog) {
    this.components = components;
    this.stageLog = stageLog;
    this.#byId = new Map(components.map((info) => [info.id, info] as const));
  }

  isStandIn(componentId: string): boolean {
    return this.#byId.get(componentId)?.component instanceof StandIn;
  }

  /** Where a block of a component stands in its file. */
  place(componentId: string, path: string): { readonly filename: string; readonly line: number } {
    const block = this.#byId.get(componentId)?.block;
    if (block === undefined) return { filename: '', line: 0 };
    const span = argumentSpan(block, path);
    return { filename: span.source.filename, line: span.source.position(span.start).line };
  }

  /** The sources of a signal, or where there are none the receivers that nothing feeds: a part of a pipeline. */
  entries(signal: 'metrics' | 'logs', from: readonly string[]): readonly EntryPoint[] {
    if (from.length > 0) return from.map((id) => this.#entry(id));
    const sources = this.components.map((info) => sourceOf(info)).filter((entry) => entry !== undefined);
    const fitting = sources.filter((entry) => entry[signal].length > 0);
    if (fitting.length > 0) return fitting;
    const unfed = this.components.filter((info) => info.referencedBy.length === 0).map(receiverOf);
    return unfed.filter((entry) => entry[signal].length > 0);
  }

  get signals(): ReadonlySet<SimulatedSignal> {
    const found = new Set<SimulatedSignal>(['targets']);
    for (const signal of ['metrics', 'logs'] as const) if (this.entries(signal, []).length > 0) found.add(signal);
    return found;
  }

  #entry(id: string): EntryPoint {
    const info = this.#byId.get(id);
    if (info === undefined) {
      const known = this.components.map((each) => each.id).join(', ');
      throw new SimulationError(`there is no component ${JSON.stringify(id)}; there are ${known}`);
    }
    return sourceOf(info) ?? receiverOf(info);
  }
}

function sourceOf({ id, component }: Info): EntryPoint | undefined {
  const entry = component === undefined ? undefined : entryOf(component);
  if (entry !== undefined) return { componentId: id, metrics: entry.metrics, logs: entry.logs };
  return component instanceof StandIn && !component.receives ? { componentId: id, ...component.forwards } : undefined;
}

/** The component's own receivers, so that what enters there passes the component itself. */
function receiverOf({ id, exports }: Info): EntryPoint {
  const metrics: MetricsReceiver[] = [];
  const logs: LogsReceiver[] = [];
  for (const value of exports?.values() ?? []) {
    if (typeof value !== 'object' || value === null || !('typeName' in value)) continue;
    if (value.typeName === 'storage.Appendable') metrics.push(value.value as MetricsReceiver);
    if (value.typeName === 'loki.LogsReceiver') logs.push(value.value as LogsReceiver);
  }
  return { componentId: id, metrics, logs };
}
