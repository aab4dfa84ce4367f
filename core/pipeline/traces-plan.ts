/** Runs a batch of traces through the graph of OpenTelemetry consumers. Spans stay encoded. */
import type { Destination } from '../delivery/destination.ts';
import type { OtelConsumer } from './nodes.ts';
import { type TracesObserver, tellFlow } from './observer.ts';
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
  const outputs: TracesPlanOutput[] = [];
  const drops: { componentId: string; reason: string; spans: number }[] = [];
  const visit = (consumers: readonly OtelConsumer[], current: TracesBatch, from: string): void => {
    const nodes = consumers.flatMap((consumer) => consumer.traces());
    if (nodes.length === 0) drops.push({ componentId: from, reason: 'no_receiver', spans: current.spans });
    if (observer !== undefined) tellFlow(observer, from, nodes, current.spans);
    for (const node of nodes) {
      if (node.kind === 'destination') {
        outputs.push({ destination: node.destination, batch: current, spans: current.spans });
        observer?.traces?.(node.componentId, current, current);
        continue;
      }
      const next = node.transform(current, nowNs);
      observer?.traces?.(node.componentId, current, next);
      const lost = current.spans - next.spans;
      if (lost > 0) drops.push({ componentId: node.componentId, reason: 'transform', spans: lost });
      if (next.spans > 0) visit(node.next(), next, node.componentId);
    }
  };
  if (batch.spans > 0) visit(entry, batch, '');
  const reached = outputs.reduce((most, output) => Math.max(most, output.spans), 0);
  return { outputs, received: batch.spans, dropped: batch.spans - reached, drops };
}
