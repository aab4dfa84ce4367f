/** `spillway.receive`: where what a tenant pushes to the gateway enters the tenant's pipeline. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, optional, t } from '../../alloy/schema.ts';
import { contents, logsReceiver, metricsReceiver, otelConsumer, profilesReceiver } from '../capsules.ts';
import type { LogsReceiver, MetricsReceiver, OtelConsumer } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { refuseUnsupported } from '../unsupported.ts';

const schema = body({
  metrics: optional(t.list(metricsReceiver), { doc: 'Receivers of pushed metrics.' }),
  logs: optional(t.list(logsReceiver), { doc: 'Receivers of pushed log lines.' }),
  traces: optional(t.list(otelConsumer), { doc: 'Consumers of pushed traces.' }),
  profiles: optional(t.list(profilesReceiver), { doc: 'Receivers of pushed profiles.' }),
});

type Arguments = Decoded<typeof schema>;

/** The first receivers of a pipeline, by signal. */
export interface PipelineEntry {
  readonly metrics: readonly MetricsReceiver[];
  readonly logs: readonly LogsReceiver[];
  readonly traces: readonly OtelConsumer[];
}

class SpillwayReceive implements Component<Arguments> {
  #entry: PipelineEntry = { metrics: [], logs: [], traces: [] };

  constructor(args: Arguments) {
    this.update(args);
  }

  update(args: Arguments): void {
    refuseUnsupported(args, schema, ['profiles']);
    this.#entry = {
      metrics: contents(args.metrics ?? []),
      logs: contents(args.logs ?? []),
      traces: contents(args.traces ?? []),
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
