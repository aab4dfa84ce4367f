/** `loki.relabel`: changes or drops streams by rules, and exports the rules for sources to use. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { blocks, body, required, t, withDefault } from '../../alloy/schema.ts';
import { contents, logsCapsule, logsReceiver, rulesCapsule } from '../capsules.ts';
import type { LineReport, LogsReceiver, LogsTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { RememberedRules } from '../remembered-rules.ts';
import { explainRules, ruleSchema } from '../rule-block.ts';
import type { LogStream, LogsBatch } from '../signals.ts';
import { GrowthMeter } from '../text-budget.ts';

const schema = body({
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines that are left.' }),
  max_cache_size: withDefault(t.int, 10_000, { doc: 'Results of the rules are remembered for this many label sets.' }),
  rule: blocks(ruleSchema, { doc: 'Applied in order.' }),
});

type Arguments = Decoded<typeof schema>;

class LokiRelabel implements Component<Arguments> {
  readonly #rules: RememberedRules;
  #next: readonly LogsReceiver[] = [];
  readonly #node: LogsTransform;
  readonly #exports = {
    receiver: logsCapsule(() => [this.#node]),
    rules: rulesCapsule(() => this.#rules.rules),
  };

  constructor(context: ComponentContext, args: Arguments) {
    this.#rules = new RememberedRules(context);
    this.#node = {
      kind: 'transform',
      componentId: context.componentId,
      transform: (batch, _nowNs, report) => this.#transform(batch, report),
      next: () => this.#next,
      explain: (labels) => explainRules(this.#rules.rules, labels),
    };
    this.update(args);
  }

  update(args: Arguments): void {
    this.#rules.update(args);
    this.#next = contents(args.forward_to);
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  #transform(batch: LogsBatch, report: LineReport): LogsBatch {
    const meter = new GrowthMeter();
    const relabel = (stream: LogStream) => {
      if (meter.isExceeded) return [];
      const labels = this.#rules.apply(stream.labels, (reason) => report.dropped(reason, stream.entries.length));
      meter.came(stream.labels);
      if (labels === undefined) return [];
      meter.goes(labels);
      return [{ ...stream, labels }];
    };
    return { ...batch, streams: this.#rules.inBatch(() => batch.streams.flatMap(relabel)) };
  }
}

export const lokiRelabel = defineComponent({
  name: 'loki.relabel',
  summary: 'Rewrites the labels of log streams, or drops streams, by relabelling rules.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'LogsReceiver', rules: 'RelabelRules' },
  create: (context: ComponentContext, args) => new LokiRelabel(context, args),
});
