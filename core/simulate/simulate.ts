/**
 * Feeds an input into a pipeline and tells what every component makes of every item. The components are those that run:
 * a simulation differs from the agent only in that sources and network are not there.
 */
import type { Diagnostic } from '../alloy/diagnostics.ts';
import type { Labels } from '../labels/labels.ts';
import { type InputOptions, parseInput, SimulationError, type SimulationInput } from './input.ts';
import { LogsTracer } from './logs-trace.ts';
import { MetricsTracer } from './metrics-trace.ts';
import { type EntryPoint, loadSimulation, type SimulatedConfig, type SimulatedPipeline } from './pipeline.ts';
import { type ResolveTarget, TargetsTracer } from './targets-trace.ts';
import type { ItemState, Simulation, Trace, Way } from './trace.ts';

export interface SimulationOptions extends Pick<InputOptions, 'signal'> {
  /** Components at which items enter; otherwise every source of the signal. */
  readonly from: readonly string[];
  /** Labels of plain lines. */
  readonly labels: Labels;
  readonly nowNs: bigint;
  readonly resolveTarget?: ResolveTarget;
}

export type SimulationResult =
  | { readonly ok: true; readonly simulation: Simulation }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Throws SimulationError for an input that cannot be read and a `from` that does not exist. */
export function simulate(config: SimulatedConfig, text: string, options: SimulationOptions): SimulationResult {
  const loaded = loadSimulation(config);
  if (!loaded.ok) return loaded;
  const { pipeline } = loaded;
  const { signal, labels } = options;
  const input = parseInput(text, { ...(signal && { signal }), fits: pipeline.signals, labels });
  if (input.signal === 'targets') return simulateTargets(config, pipeline, input, options);
  const traces = input.signal === 'metrics' ? metrics(pipeline, input, options) : logs(pipeline, input, options);
  return { ok: true, simulation: { signal: input.signal, traces } };
}

/** One item that enters wherever its signal enters. */
export function simulateItem(
  config: SimulatedConfig,
  signal: 'metrics' | 'logs',
  item: ItemState,
  nowNs: bigint,
): SimulationResult {
  const loaded = loadSimulation(config);
  if (!loaded.ok) return loaded;
  const follow = signal === 'metrics' ? metrics : logs;
  const traces = follow(loaded.pipeline, { signal, items: [item] }, { from: [], labels: [], nowNs });
  return { ok: true, simulation: { signal, traces } };
}

function metrics(pipeline: SimulatedPipeline, { items }: SimulationInput, { from }: SimulationOptions): Trace[] {
  const entries = group(entriesOf(pipeline, 'metrics', from), 'metrics');
  const tracer = new MetricsTracer(pipeline);
  return items.map((input, i) => ({
    number: i + 1,
    input,
    ways: entries.map(({ ids, entry }) => ({ from: ids, hops: tracer.follow(entry.metrics, input) })),
  }));
}

function logs(pipeline: SimulatedPipeline, { items }: SimulationInput, options: SimulationOptions): Trace[] {
  const entries = group(entriesOf(pipeline, 'logs', options.from), 'logs');
  const tracer = new LogsTracer(pipeline, options.nowNs);
  const traces: Trace[] = items.map((input, i) => ({
    number: i + 1,
    input,
    ways: entries.map(({ ids, entry }) => ({ from: ids, hops: tracer.follow(entry.logs, input) })),
  }));
  const ends: Way[] = entries.map(({ ids, entry }) => ({ from: ids, hops: tracer.flush(entry.logs) }));
  const held = ends.filter(({ hops }) => hops.length > 0);
  return held.length === 0 ? traces : [...traces, { number: 0, input: undefined, ways: held }];
}

function entriesOf(
  pipeline: SimulatedPipeline,
  signal: 'metrics' | 'logs',
  from: readonly string[],
): readonly EntryPoint[] {
  const entries = pipeline.entries(signal, from).filter((entry) => entry[signal].length > 0);
  if (entries.length > 0) return entries;
  const what = from.length > 0 ? from.join(', ') : 'the pipeline';
  throw new SimulationError(`${what} takes no ${signal}`);
}

/** Sources that send to the same receivers make one way. */
function group(entries: readonly EntryPoint[], signal: 'metrics' | 'logs') {
  const groups: { readonly ids: string[]; readonly entry: EntryPoint }[] = [];
  for (const entry of entries) {
    const same = groups.find((each) => sameReceivers(each.entry[signal], entry[signal]));
    if (same === undefined) groups.push({ ids: [entry.componentId], entry });
    else same.ids.push(entry.componentId);
  }
  return groups;
}

function sameReceivers(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((receiver, i) => receiver === b[i]);
}

function simulateTargets(
  config: SimulatedConfig,
  plain: SimulatedPipeline,
  { items }: SimulationInput,
  { from, resolveTarget }: SimulationOptions,
): SimulationResult {
  const ids = from.length > 0 ? from : discoveries(plain);
  if (ids.length === 0) throw new SimulationError('the pipeline has no component that discovers targets');
  const unknown = ids.find((id) => !plain.components.some((info) => info.id === id));
  if (unknown !== undefined) throw new SimulationError(`there is no component ${JSON.stringify(unknown)}`);
  const found = items.map(({ labels }) => labels);
  const loaded = loadSimulation(config, (id) => (ids.includes(id) ? found : []));
  if (!loaded.ok) return loaded;
  const tracer = new TargetsTracer(loaded.pipeline, resolveTarget);
  const ways = (input: ItemState) => ids.map((id) => ({ from: [id], hops: tracer.follow(id, input) }));
  const traces = items.map((input, i) => ({ number: i + 1, input, ways: ways(input) }));
  return { ok: true, simulation: { signal: 'targets', traces } };
}

function discoveries(pipeline: SimulatedPipeline): string[] {
  const finds = pipeline.components.filter(({ id, definition }) => {
    const { name, exports } = definition;
    return pipeline.isStandIn(id) && name.startsWith('discovery.') && 'targets' in exports;
  });
  return finds.map(({ id }) => id);
}
