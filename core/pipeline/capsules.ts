/** The values that connect components: what `forward_to` and `relabel_rules` hold, under Alloy's type names. */
import { t } from '../alloy/schema.ts';
import { Capsule } from '../alloy/values.ts';
import type { RelabelRule } from '../relabel/compile.ts';
import type { LogsReceiver, MetricsReceiver, OtelConsumer, ProfilesReceiver } from './nodes.ts';

/** Read through a function, because the exporting component may get other rules later. */
export interface RelabelRules {
  readonly rules: () => readonly RelabelRule[];
}

const METRICS = 'storage.Appendable';
const LOGS = 'loki.LogsReceiver';
const OTEL = 'otelcol.Consumer';
const PROFILES = 'pyroscope.Appendable';
const RULES = 'relabel.Rules';

/** What data is sent to. Rules are a capsule too, but go the other way. */
export const RECEIVER_TYPES: ReadonlySet<string> = new Set([METRICS, LOGS, OTEL, PROFILES]);

export const metricsReceiver = t.capsule<MetricsReceiver>(METRICS);
export const logsReceiver = t.capsule<LogsReceiver>(LOGS);
export const otelConsumer = t.capsule<OtelConsumer>(OTEL);
/** Where a signal may come in both forms: receivers of either. */
export const metricsOrOtel = t.anyCapsule<MetricsReceiver | OtelConsumer>(METRICS, OTEL);
export const logsOrOtel = t.anyCapsule<LogsReceiver | OtelConsumer>(LOGS, OTEL);
export const profilesReceiver = t.capsule<ProfilesReceiver>(PROFILES);
export const relabelRules = t.capsule<RelabelRules>(RULES);

export function metricsCapsule(nodes: MetricsReceiver['nodes']): Capsule<MetricsReceiver> {
  return new Capsule(METRICS, { signal: 'metrics', nodes });
}

export function logsCapsule(nodes: LogsReceiver['nodes']): Capsule<LogsReceiver> {
  return new Capsule(LOGS, { signal: 'logs', nodes });
}

/** A signal that is left out is not taken. */
export function otelCapsule(nodes: Partial<Omit<OtelConsumer, 'signal'>>): Capsule<OtelConsumer> {
  const none = () => [];
  return new Capsule(OTEL, { signal: 'otel', metrics: none, logs: none, traces: none, ...nodes });
}

export function profilesCapsule(nodes: ProfilesReceiver['nodes']): Capsule<ProfilesReceiver> {
  return new Capsule(PROFILES, { signal: 'profiles', nodes });
}

export function rulesCapsule(rules: RelabelRules['rules']): Capsule<RelabelRules> {
  return new Capsule(RULES, { rules });
}

export function contents<T>(capsules: readonly Capsule<T>[]): readonly T[] {
  return capsules.map((capsule) => capsule.value);
}
