/** `loki.relabel`: changes or drops streams by rules, and exports the rules for sources to use. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { blocks, body, required, t, withDefault } from '../../alloy/schema.ts';
import type { Labels } from '../../labels/labels.ts';
import { LabelsBuilder } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { withWorkBudget } from '../../regex/work.ts';
import type { RelabelRule } from '../../relabel/compile.ts';
import { applyRelabelRules } from '../../relabel/relabel.ts';
import { contents, logsCapsule, logsReceiver, rulesCapsule } from '../capsules.ts';
import { labelsKey } from '../labels-key.ts';
import type { LineReport, LogsReceiver, LogsTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { compileRules, explainRules, ruleSchema } from '../rule-block.ts';
import type { LogStream, LogsBatch } from '../signals.ts';

const schema = body({
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines that are left.' }),
  max_cache_size: withDefault(t.int, 10_000, { doc: 'Results of the rules are remembered for this many label sets.' }),
  rule: blocks(ruleSchema, { doc: 'Applied in order.' }),
});

type Arguments = Decoded<typeof schema>;

class LokiRelabel implements Component<Arguments> {
  readonly #context: ComponentContext;
  #rules: readonly RelabelRule[] = [];
  #next: readonly LogsReceiver[] = [];
  #maxRemembered = 0;
  /** Label sets to what the rules make of them; undefined for dropped. */
  #remembered = new Map<string, Labels | undefined>();
  readonly #node: LogsTransform;
  readonly #exports = {
    receiver: logsCapsule(() => [this.#node]),
    rules: rulesCapsule(() => this.#rules),
  };

  constructor(context: ComponentContext, args: Arguments) {
    this.#context = context;
    this.#node = {
      kind: 'transform',
      componentId: context.componentId,
      transform: (batch, _nowNs, report) => this.#transform(batch, report),
      next: () => this.#next,
      explain: (labels) => explainRules(this.#rules, labels),
    };
    this.update(args);
  }

  update(args: Arguments): void {
    if (args.max_cache_size <= 0) throw new ArgumentError('max_cache_size', 'max_cache_size must be greater than 0');
    this.#rules = compileRules(args.rule, this.#context.regexLimits);
    this.#next = contents(args.forward_to);
    this.#maxRemembered = args.max_cache_size;
    this.#remembered = new Map();
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  #transform(batch: LogsBatch, report: LineReport): LogsBatch {
    const maxWork = this.#context.regexLimits?.maxWorkPerBatch ?? Number.POSITIVE_INFINITY;
    const streams = withWorkBudget(maxWork, () => batch.streams.flatMap((stream) => this.#stream(stream, report)));
    return { ...batch, streams };
  }

  /** Rules that make too much of one stream cost that stream only. */
  #stream(stream: LogStream, report: LineReport): LogStream[] {
    try {
      const labels = this.#relabel(stream.labels);
      if (labels !== undefined) return [{ ...stream, labels }];
      report.dropped('relabel', stream.entries.length);
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      report.dropped(error.failure.reason, stream.entries.length);
    }
    return [];
  }

  #relabel(labels: Labels): Labels | undefined {
    const key = labelsKey(labels);
    if (this.#remembered.has(key)) return this.#remembered.get(key);
    const builder = new LabelsBuilder(labels);
    const kept = applyRelabelRules(this.#rules, builder) && builder.size > 0;
    const result = kept ? builder.labels() : undefined;
    if (this.#remembered.size >= this.#maxRemembered) this.#remembered.clear();
    this.#remembered.set(key, result);
    return result;
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
