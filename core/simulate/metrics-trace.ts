/** Follows series through the nodes of a pipeline: the nodes that run, asked one by one. */
import { LabelsBuilder } from '../labels/labels.ts';
import { OutcomeError } from '../outcome.ts';
import type { MetricsReceiver, NodeStep, SeriesDestination, SeriesTransform } from '../pipeline/nodes.ts';
import type { SimulatedPipeline } from './pipeline.ts';
import type { Hop, HopEnd, ItemState, TraceStep } from './trace.ts';

export class MetricsTracer {
  readonly #pipeline: SimulatedPipeline;

  constructor(pipeline: SimulatedPipeline) {
    this.#pipeline = pipeline;
  }

  follow(receivers: readonly MetricsReceiver[], state: ItemState): readonly Hop[] {
    return receivers.flatMap((receiver) => receiver.nodes()).map((node) => this.#hop(node, state));
  }

  #hop(node: SeriesTransform | SeriesDestination, before: ItemState): Hop {
    const { componentId } = node;
    const labels = new LabelsBuilder(before.labels);
    const refusal = refusalOf(() => node.apply(labels));
    const steps = (node.explain?.(before.labels) ?? []).map((step) => this.#step(componentId, step));
    const after = { ...before, labels: labels.labels() };
    const base = { componentId, steps, before, ...kindOf(node, this.#pipeline) };
    if (refusal === 'dropped') return { ...base, results: [], end: endOf(steps) };
    if (refusal !== undefined) return { ...base, results: [], end: { outcome: 'refused', reason: refusal } };
    if (node.kind === 'destination') return { ...base, results: [{ state: after, next: [] }] };
    const next = this.follow(node.next(), after);
    return next.length > 0
      ? { ...base, results: [{ state: after, next }] }
      : {
          ...base,
          results: [{ state: after, next }],
          end: { outcome: 'no_receiver', reason: 'it forwards to nothing' },
        };
  }

  #step(componentId: string, step: NodeStep): TraceStep {
    return toTraceStep(step, this.#pipeline.place(componentId, step.path));
  }
}

/** Undefined where the node keeps the series. Rules that make too much of one refuse it (relabel.ts). */
function refusalOf(apply: () => boolean): string | undefined {
  try {
    return apply() ? undefined : 'dropped';
  } catch (error) {
    if (error instanceof OutcomeError) return error.failure.message;
    throw error;
  }
}

function kindOf(node: SeriesTransform | SeriesDestination, pipeline: SimulatedPipeline) {
  if (node.kind === 'destination') {
    return { kind: node.kind, destination: node.destination.id, url: node.destination.url } as const;
  }
  return { kind: pipeline.isStandIn(node.componentId) ? ('stand_in' as const) : node.kind };
}

export function toTraceStep(step: NodeStep, place: { readonly filename: string; readonly line: number }): TraceStep {
  const { path, action, source, matched, pattern, kept } = step;
  return {
    path,
    ...place,
    action,
    ...(source === undefined ? {} : { source }),
    ...(matched === undefined ? {} : { matched }),
    ...(matched === undefined || pattern === undefined ? {} : { pattern }),
    changes: step.changes.map(({ name, before, after }) => ({
      what: 'label',
      name,
      before: before === '' ? undefined : before,
      after: after === '' ? undefined : after,
    })),
    outcome: kept ? 'passed' : 'dropped',
    ...(step.note === undefined ? {} : { reason: step.note }),
  };
}

function endOf(steps: readonly TraceStep[]): HopEnd {
  const last = steps.at(-1);
  if (last?.outcome === 'dropped') return { outcome: 'dropped', reason: dropReason(last), step: last };
  return { outcome: 'dropped', reason: 'no labels are left' };
}

export function dropReason({ action, source, pattern }: TraceStep): string {
  if (source === undefined) return action;
  const value = JSON.stringify(source);
  if (action === 'keep') return `keep: ${value} does not match ${JSON.stringify(pattern)}`;
  if (action === 'drop') return `drop: ${value} matches ${JSON.stringify(pattern)}`;
  return `${action}: ${value}`;
}
