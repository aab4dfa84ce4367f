/**
 * Follows lines through the nodes of a pipeline, one line a run, in order, so that stages which remember lines do here
 * what they do in the pipeline. Marks come with each, because without them nothing may be held back.
 */
import type { Labels } from '../labels/labels.ts';
import type { LogsDestination, LogsReceiver, LogsTransform } from '../pipeline/nodes.ts';
import type { LogsBatch } from '../pipeline/signals.ts';
import { labelChanges } from './changes.ts';
import { dropReason, toTraceStep } from './metrics-trace.ts';
import type { SimulatedPipeline } from './pipeline.ts';
import type { Hop, HopEnd, ItemState, TraceStep } from './trace.ts';

const MARKS: LogsBatch['marks'] = [{ source: 'simulation', key: 'input', position: '' }];
const NO_LABELS: Labels = [];
/** Long after everything that was held back is due. */
const AT_THE_END_NS = 86_400_000_000_000n;

export class LogsTracer {
  readonly #pipeline: SimulatedPipeline;
  readonly #nowNs: bigint;

  constructor(pipeline: SimulatedPipeline, nowNs: bigint) {
    this.#pipeline = pipeline;
    this.#nowNs = nowNs;
  }

  follow(receivers: readonly LogsReceiver[], state: ItemState): readonly Hop[] {
    const nodes = receivers.flatMap((receiver) => receiver.nodes());
    return nodes.map((node) => this.#hop(node, state, this.#nowNs));
  }

  /** What was held back, when the input has ended. */
  flush(receivers: readonly LogsReceiver[]): readonly Hop[] {
    const nodes = receivers.flatMap((receiver) => receiver.nodes());
    return nodes.flatMap((node) => this.#flushHop(node));
  }

  #flushHop(node: LogsTransform | LogsDestination): readonly Hop[] {
    if (node.kind === 'destination') return [];
    const hop = this.#hop(node, undefined, this.#nowNs + AT_THE_END_NS);
    const later = node.next().flatMap((receiver) => this.flush([receiver]));
    return [...(hop.results.length > 0 ? [hop] : []), ...later];
  }

  #hop(node: LogsTransform | LogsDestination, before: ItemState | undefined, nowNs: bigint): Hop {
    const { componentId } = node;
    const batch = this.#batch(before);
    const { stageLog } = this.#pipeline;
    const report = { dropped: (reason: string) => stageLog.dropped(reason), created() {} };
    const out = node.kind === 'destination' ? node.transform(batch, nowNs) : node.transform(batch, nowNs, report);
    const states = out.streams.flatMap(({ labels, entries }) =>
      entries.map(({ line, metadata, timestampNs }) => this.#state(labels, line, metadata, timestampNs)),
    );
    const steps = this.#steps(node, before, states);
    const state = before ?? { labels: NO_LABELS, line: '' };
    const base = { componentId, steps, before: state, ...this.#kindOf(node) };
    if (states.length === 0) return { ...base, results: [], end: endOf(steps) };
    if (node.kind === 'destination') return { ...base, results: states.map((each) => ({ state: each, next: [] })) };
    const results = states.map((each) => ({ state: each, next: this.follow(node.next(), each) }));
    const unheard = results.some(({ next }) => next.length === 0);
    return unheard
      ? { ...base, results, end: { outcome: 'no_receiver', reason: 'it forwards to nothing' } }
      : { ...base, results };
  }

  #batch(state: ItemState | undefined): LogsBatch {
    if (state === undefined) return { signal: 'logs', streams: [], marks: [] };
    const { labels, line = '', metadata = NO_LABELS, timestampNs = this.#nowNs } = state;
    return { signal: 'logs', marks: MARKS, streams: [{ labels, entries: [{ line, metadata, timestampNs }] }] };
  }

  /** The time is left out where it still is that of the arrival. */
  #state(labels: Labels, line: string, metadata: Labels, timestampNs: bigint): ItemState {
    const isArrival = timestampNs === this.#nowNs;
    return {
      labels,
      line,
      ...(metadata.length === 0 ? {} : { metadata }),
      ...(isArrival ? {} : { timestampNs }),
    };
  }

  #steps(
    node: LogsTransform | LogsDestination,
    before: ItemState | undefined,
    after: readonly ItemState[],
  ): readonly TraceStep[] {
    const { componentId } = node;
    const stages = this.#pipeline.stageLog.take();
    if (stages.length > 0) {
      return stages.map((step) => ({ ...step, ...this.#pipeline.place(componentId, step.path), action: '' }));
    }
    if (before === undefined) return [];
    if (node.kind === 'transform' && node.explain !== undefined) {
      const explained = node.explain(before.labels);
      return explained.map((step) => toTraceStep(step, this.#pipeline.place(componentId, step.path)));
    }
    const changes =
      node.kind === 'destination' && after[0] ? labelChanges('label', before.labels, after[0].labels) : [];
    if (changes.length === 0) return [];
    return [{ path: 'external_labels', filename: '', line: 0, action: 'external_labels', changes, outcome: 'passed' }];
  }

  #kindOf(node: LogsTransform | LogsDestination) {
    if (node.kind === 'destination') {
      return { kind: node.kind, destination: node.destination.id, url: node.destination.url } as const;
    }
    return { kind: this.#pipeline.isStandIn(node.componentId) ? ('stand_in' as const) : node.kind };
  }
}

function endOf(steps: readonly TraceStep[]): HopEnd {
  const step = steps.findLast(({ outcome }) => outcome === 'dropped' || outcome === 'held');
  if (step === undefined) return { outcome: 'dropped', reason: 'no labels are left' };
  if (step.outcome === 'held') return { outcome: 'held', reason: 'waits for more lines', step };
  return { outcome: 'dropped', reason: step.reason ?? dropReason(step), step };
}
