/** The destinations behind a list of receivers: what a source may write to, whatever its data. */
import type { Destination } from '../../core/delivery/destination.ts';
import type {
  LinesConversion,
  LogsReceiver,
  MetricsReceiver,
  OtelConsumer,
  ProfilesReceiver,
  SeriesConversion,
} from '../../core/pipeline/nodes.ts';

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

export type OtlpSignal = 'metrics' | 'logs' | 'traces';

/** As OTLP, and behind conversions as Prometheus's or Loki's data. */
export function reachableFromOtlp(consumers: readonly OtelConsumer[], signal: OtlpSignal): Destination[] {
  const found = new Set<Destination>();
  const visit = (consumer: OtelConsumer): void => {
    for (const node of consumer[signal]()) {
      if (node.kind === 'destination') found.add(node.destination);
      else if (node.kind === 'transform') node.next().forEach(visit);
      else for (const destination of behind(node)) found.add(destination);
    }
  };
  consumers.forEach(visit);
  return [...found];
}

function behind(node: SeriesConversion | LinesConversion): Destination[] {
  const receivers = node.next();
  return receivers.flatMap((receiver) =>
    receiver.signal === 'metrics' ? reachableFromMetrics([receiver]) : reachableFromLogs([receiver]),
  );
}

export function reachableFromProfiles(receivers: readonly ProfilesReceiver[]): Destination[] {
  return walk(receivers, (receiver) => receiver.nodes());
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
