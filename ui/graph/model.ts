/** A pipeline as nodes and edges, the same for the agent's page and the gateway's console. */
import type { Level } from '../parts/level.ts';

export interface GraphNode {
  readonly id: string;
  /** `prometheus.relabel` */
  readonly name: string;
  /** `site`; '' for a component without one. */
  readonly label: string;
  readonly level: Level;
  /** The state in a word: colour and shape alone say nothing to some. */
  readonly state: string;
  /** A line more, such as what waits. */
  readonly detail?: string;
  readonly href?: string;
}

export type EdgeSignal = 'metrics' | 'logs' | 'traces' | 'profiles' | 'targets' | 'other';

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly signal: EdgeSignal;
}

export interface EdgeRate {
  readonly signal: EdgeSignal;
  readonly perSecond: number;
}

const UNITS: Readonly<Record<EdgeSignal, string>> = {
  metrics: 'samples/s',
  logs: 'lines/s',
  traces: 'spans/s',
  profiles: 'profiles/s',
  targets: 'targets/s',
  other: 'items/s',
};

export function unitOf(signal: EdgeSignal): string {
  return UNITS[signal];
}

export function edgeKey({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from}\n${to}`;
}

/** What finds or makes targets hands those on, not data. */
const TARGET_SOURCE = /^(?:discovery|local|remote)\.|^prometheus\.exporter\.|^database_observability\./;
const SIGNAL_OF_NAMESPACE: Readonly<Record<string, EdgeSignal>> = {
  prometheus: 'metrics',
  mimir: 'metrics',
  loki: 'logs',
  otelcol: 'traces',
  faro: 'logs',
  pyroscope: 'profiles',
};

/** What an edge carries, from the names of its ends: the components of Alloy are named by their signal. */
export function signalOf(fromName: string, toName: string): EdgeSignal {
  if (TARGET_SOURCE.test(fromName)) return 'targets';
  const namespace = (name: string) => SIGNAL_OF_NAMESPACE[name.split('.', 1)[0] as string];
  return namespace(toName) ?? namespace(fromName) ?? 'other';
}
