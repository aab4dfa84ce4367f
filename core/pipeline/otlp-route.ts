/**
 * Takes a batch of OTLP through the graph of OpenTelemetry consumers, the same for every signal. What is to be sent as
 * OTLP stays encoded, and the very bytes that came in while nothing changes them; what turns into another form is handed
 * to the caller, who runs the plan of that form.
 */
import type { Destination } from '../delivery/destination.ts';
import type { OtelConsumer, OtlpDestination, OtlpTransform } from './nodes.ts';
import { type FlowObserver, tellFlow } from './observer.ts';
import { countOtlp, type OtlpBatch } from './signals.ts';

interface Conversion {
  readonly kind: 'conversion';
  readonly componentId: string;
}

type Node<B extends OtlpBatch, C extends Conversion> = OtlpTransform<B> | OtlpDestination | C;

export interface OtlpRoute<B extends OtlpBatch, C extends Conversion> {
  readonly outputs: readonly { readonly destination: Destination; readonly batch: B }[];
  /** In the order of the graph: a node may be there more than once, when several ways lead to it. */
  readonly conversions: readonly { readonly node: C; readonly batch: B }[];
  /** In items of the signal. */
  readonly drops: readonly { readonly componentId: string; readonly reason: string; readonly items: number }[];
}

export interface OtlpRouteObserver<B> extends FlowObserver {
  readonly passed?: ((componentId: string, before: B, after: B) => void) | undefined;
}

export function routeOtlp<B extends OtlpBatch, C extends Conversion>(
  entry: readonly OtelConsumer[],
  nodesOf: (consumer: OtelConsumer) => readonly Node<B, C>[],
  batch: B,
  nowNs: bigint,
  observer?: OtlpRouteObserver<B>,
): OtlpRoute<B, C> {
  const outputs: { destination: Destination; batch: B }[] = [];
  const conversions: { node: C; batch: B }[] = [];
  const drops: { componentId: string; reason: string; items: number }[] = [];
  const visit = (consumers: readonly OtelConsumer[], current: B, from: string): void => {
    const items = countOtlp(current);
    const nodes = consumers.flatMap(nodesOf);
    if (nodes.length === 0) drops.push({ componentId: from, reason: 'no_receiver', items });
    if (observer !== undefined) tellFlow(observer, from, nodes, items);
    for (const node of nodes) {
      if (node.kind === 'transform') {
        const next = node.transform(current, nowNs);
        observer?.passed?.(node.componentId, current, next);
        const left = countOtlp(next);
        if (left < items) drops.push({ componentId: node.componentId, reason: 'transform', items: items - left });
        if (left > 0) visit(node.next(), next, node.componentId);
        continue;
      }
      observer?.passed?.(node.componentId, current, current);
      if (node.kind === 'destination') outputs.push({ destination: node.destination, batch: current });
      else conversions.push({ node, batch: current });
    }
  };
  if (countOtlp(batch) > 0) visit(entry, batch, '');
  return { outputs, conversions, drops };
}
