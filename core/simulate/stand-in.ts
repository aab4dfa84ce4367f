/**
 * What takes the place of components that touch the world: it reads the same arguments, does nothing, and shows where
 * the component would send what it gets. One that receives and sends on lets everything pass.
 */
import type { AnyComponentDefinition, Component, ComponentContext, Exports } from '../alloy/component.ts';
import { toValue } from '../alloy/to-value.ts';
import type { Value } from '../alloy/value-types.ts';
import { Capsule } from '../alloy/values.ts';
import type { Destination } from '../delivery/destination.ts';
import type { Labels } from '../labels/labels.ts';
import { logsCapsule, metricsCapsule, otelCapsule, profilesCapsule, rulesCapsule } from '../pipeline/capsules.ts';
import type { LogsReceiver, MetricsReceiver } from '../pipeline/nodes.ts';

export interface Forwards {
  readonly metrics: readonly MetricsReceiver[];
  readonly logs: readonly LogsReceiver[];
}

export class StandIn implements Component<unknown> {
  readonly definition: AnyComponentDefinition;
  readonly #componentId: string;
  readonly #exports: Exports;
  #args: unknown;

  constructor(definition: AnyComponentDefinition, componentId: string, args: unknown, targets: readonly Labels[]) {
    this.definition = definition;
    this.#componentId = componentId;
    this.#args = args;
    const types = Object.entries(definition.exports);
    this.#exports = Object.fromEntries(types.map(([name, type]) => [name, this.#value(type, targets)] as const));
  }

  update(args: unknown): void {
    this.#args = args;
  }

  exports(): Exports {
    return this.#exports;
  }

  /** The receivers that its arguments name, by signal. */
  get forwards(): Forwards {
    const metrics: MetricsReceiver[] = [];
    const logs: LogsReceiver[] = [];
    for (const capsule of capsulesIn(this.#args)) {
      if (capsule.typeName === 'storage.Appendable') metrics.push(capsule.value as MetricsReceiver);
      if (capsule.typeName === 'loki.LogsReceiver') logs.push(capsule.value as LogsReceiver);
    }
    return { metrics, logs };
  }

  get receives(): boolean {
    return Object.values(this.definition.exports).some((type) => /Receiver|Consumer/.test(type));
  }

  #value(type: string, targets: readonly Labels[]): Value {
    switch (type) {
      case 'MetricsReceiver':
        return metricsCapsule(() => [this.#metricsNode()]);
      case 'LogsReceiver':
        return logsCapsule(() => [this.#logsNode()]);
      case 'Consumer':
      case 'otelcol.Consumer':
        return otelCapsule({});
      case 'RelabelRules':
        return rulesCapsule(() => []);
      case 'ProfilesReceiver':
        return profilesCapsule(() => []);
      case 'Handler':
        return new Capsule('otelcol.Handler', undefined);
      case 'StorageHandler':
        return new Capsule('extension.ExtensionHandler', undefined);
      case 'list(map(string))':
        return targets.map((labels) => toValue(Object.fromEntries(labels.map(({ name, value }) => [name, value]))));
      case 'map(secret)':
      case 'map(string)':
        return new Map();
      default:
        return '';
    }
  }

  #metricsNode(): ReturnType<MetricsReceiver['nodes']>[number] {
    const componentId = this.#componentId;
    const { metrics } = this.forwards;
    if (metrics.length > 0) return { kind: 'transform', componentId, apply: () => true, next: () => metrics };
    return { kind: 'destination', componentId, destination: this.#destination('metrics'), apply: () => true };
  }

  #logsNode(): ReturnType<LogsReceiver['nodes']>[number] {
    const componentId = this.#componentId;
    const { logs } = this.forwards;
    if (logs.length > 0) return { kind: 'transform', componentId, transform: (batch) => batch, next: () => logs };
    return { kind: 'destination', componentId, destination: this.#destination('logs'), transform: (batch) => batch };
  }

  #destination(signal: 'metrics' | 'logs'): Destination {
    const args = this.#args as Readonly<Record<string, unknown>>;
    return {
      id: this.#componentId,
      componentId: this.#componentId,
      signal,
      protocol: signal === 'metrics' ? 'remote_write' : 'loki_push',
      url: typeof args.url === 'string' ? args.url : '',
      headers: {},
      auth: {},
      timeoutMs: 0,
      retry: { minBackoffMs: 0, maxBackoffMs: 0, retryOnHttp429: false, maxAgeMs: 0 },
      batch: { maxItems: 1, maxBytes: 1, maxWaitMs: 0 },
    };
  }
}

function* capsulesIn(value: unknown): Generator<Capsule> {
  if (value instanceof Capsule) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* capsulesIn(item);
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) yield* capsulesIn(item);
  }
}

/** The same component by name and arguments, without what it does. */
export function standInFor<C extends ComponentContext>(
  definition: AnyComponentDefinition<C>,
  targetsOf: (componentId: string) => readonly Labels[],
): AnyComponentDefinition<C> {
  const { declaredOnly: _declared, validate: _validate, ...rest } = definition;
  return {
    ...rest,
    create: ({ componentId }, args) =>
      new StandIn(definition as AnyComponentDefinition, componentId, args, targetsOf(componentId)),
  };
}
