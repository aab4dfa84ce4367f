/** Runs a batch of traces through the graph of OpenTelemetry consumers. Spans stay encoded. */
import type { Destination } from '../delivery/destination.ts';
import type { OtelConsumer } from './nodes.ts';
import type { TracesObserver } from './observer.ts';
import { routeOtlp } from './otlp-route.ts';
import type { TracesBatch } from './signals.ts';

export interface TracesPlanOutput {
  readonly destination: Destination;
  readonly batch: TracesBatch;
  readonly spans: number;
}

/** In spans. */
export interface TracesPlanResult {
  readonly outputs: readonly TracesPlanOutput[];
  readonly received: number;
  /** Spans that no destination got. Exact while paths that fork drop spans on one side at most. */
  readonly dropped: number;
  readonly drops: readonly { readonly componentId: string; readonly reason: string; readonly spans: number }[];
}

export function runTracesPlan(
  entry: readonly OtelConsumer[],
  batch: TracesBatch,
  nowNs: bigint,
  observer?: TracesObserver,
): TracesPlanResult {
  const watch = observer && { flowed: observer.flowed.bind(observer), passed: observer.traces };
  const route = routeOtlp<TracesBatch, never>(entry, (consumer) => consumer.traces(), batch, nowNs, watch);
  const outputs = route.outputs.map((output) => ({ ...output, spans: output.batch.spans }));
  const reached = outputs.reduce((most, output) => Math.max(most, output.spans), 0);
  const drops = route.drops.map(({ items, ...drop }) => ({ ...drop, spans: items }));
  return { outputs, received: batch.spans, dropped: batch.spans - reached, drops };
}
