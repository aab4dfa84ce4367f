/** The destinations behind a list of receivers: what a source may write to, whatever its data. */
import type { Destination } from '../../core/delivery/destination.ts';
import type { LogsReceiver, MetricsReceiver, OtelConsumer } from '../../core/pipeline/nodes.ts';

interface Transforming<R> {
  readonly kind: 'transform';
  next(): readonly R[];
}
interface Writing {
  readonly kind: 'destination';
  readonly destination: Destination;
}

export function reachableFromMetrics(receivers: readonly MetricsReceiver[]): Destination[] {
  return walk(receivers, (receiver) => receiver.nodes());
}

export function reachableFromLogs(receivers: readonly LogsReceiver[]): Destination[] {
  return walk(receivers, (receiver) => receiver.nodes());
}

export function reachableFromTraces(receivers: readonly OtelConsumer[]): Destination[] {
  return walk(receivers, (receiver) => receiver.traces());
}

/** The graph has no cycles, but two ways may lead to one node. */
function walk<R>(
  receivers: readonly R[],
  nodesOf: (receiver: R) => readonly (Transforming<R> | Writing)[],
): Destination[] {
  const seen = new Set<R>();
  const found = new Set<Destination>();
  const visit = (receiver: R) => {
    if (seen.has(receiver)) return;
    seen.add(receiver);
    for (const node of nodesOf(receiver)) {
      if (node.kind === 'destination') found.add(node.destination);
      else for (const next of node.next()) visit(next);
    }
  };
  for (const receiver of receivers) visit(receiver);
  return [...found];
}
