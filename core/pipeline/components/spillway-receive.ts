/** `spillway.receive`: where what a tenant pushes to the gateway enters the tenant's pipeline. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, optional, t } from '../../alloy/schema.ts';
import { contents, logsOrOtel, metricsOrOtel, otelConsumer, profilesReceiver } from '../capsules.ts';
import type { LogsReceiver, MetricsReceiver, OtelConsumer, ProfilesReceiver } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { defaultLinesConversion } from '../otlp-logs-plan.ts';
import { defaultSeriesConversion } from '../otlp-metrics-plan.ts';

const schema = body({
  metrics: optional(t.list(metricsOrOtel), {
    doc: 'Receivers of pushed metrics. OTLP goes as it is to OpenTelemetry consumers and as series to the others.',
  }),
  logs: optional(t.list(logsOrOtel), {
    doc: 'Receivers of pushed logs. OTLP goes as it is to OpenTelemetry consumers and as lines to the others.',
  }),
  traces: optional(t.list(otelConsumer), { doc: 'Consumers of pushed traces.' }),
  profiles: optional(t.list(profilesReceiver), { doc: 'Receivers of pushed profiles.' }),
});

type Arguments = Decoded<typeof schema>;

/** The first receivers of a pipeline, by signal and by the form in which it comes. */
export interface PipelineEntry {
  readonly metrics: readonly MetricsReceiver[];
  readonly logs: readonly LogsReceiver[];
  readonly traces: readonly OtelConsumer[];
  readonly profiles: readonly ProfilesReceiver[];
  /** For OTLP; one of them stands for all of `metrics` and makes series for them. */
  readonly otlpMetrics: readonly OtelConsumer[];
  /** For OTLP; one of them stands for all of `logs` and makes lines for them. */
  readonly otlpLogs: readonly OtelConsumer[];
}

export const NO_ENTRY: PipelineEntry = {
  metrics: [],
  logs: [],
  traces: [],
  profiles: [],
  otlpMetrics: [],
  otlpLogs: [],
};

class SpillwayReceive implements Component<Arguments> {
  #entry: PipelineEntry = NO_ENTRY;

  constructor(args: Arguments) {
    this.update(args);
  }

  update(args: Arguments): void {
    const metrics = contents(args.metrics ?? []);
    const logs = contents(args.logs ?? []);
    const series = metrics.filter((receiver) => receiver.signal === 'metrics');
    const lines = logs.filter((receiver) => receiver.signal === 'logs');
    this.#entry = {
      metrics: series,
      logs: lines,
      traces: contents(args.traces ?? []),
      profiles: contents(args.profiles ?? []),
      otlpMetrics: [...metrics.filter((receiver) => receiver.signal === 'otel'), ...asSeries(series)],
      otlpLogs: [...logs.filter((receiver) => receiver.signal === 'otel'), ...asLines(lines)],
    };
    graphChanged();
  }

  exports() {
    return {};
  }

  get entry(): PipelineEntry {
    return this.#entry;
  }
}

function asSeries(receivers: readonly MetricsReceiver[]): OtelConsumer[] {
  if (receivers.length === 0) return [];
  const nodes = [defaultSeriesConversion(receivers)];
  return [{ signal: 'otel', metrics: () => nodes, logs: () => [], traces: () => [] }];
}

function asLines(receivers: readonly LogsReceiver[]): OtelConsumer[] {
  if (receivers.length === 0) return [];
  const nodes = [defaultLinesConversion(receivers)];
  return [{ signal: 'otel', metrics: () => [], logs: () => nodes, traces: () => [] }];
}

/** The entry that a component is, if it is one: how the gateway finds its way into a pipeline. */
export function entryOf(component: object): PipelineEntry | undefined {
  return component instanceof SpillwayReceive ? component.entry : undefined;
}

export const spillwayReceive = defineComponent({
  name: 'spillway.receive',
  summary: 'Takes what is pushed to the gateway with a token of this tenant.',
  stability: 'generally-available',
  sides: ['edge'],
  schema,
  exports: {},
  create: (_context: ComponentContext, args) => new SpillwayReceive(args),
});
