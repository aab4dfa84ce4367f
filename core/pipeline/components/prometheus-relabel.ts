/** `prometheus.relabel`: changes or drops series by rules, and exports the rules for others to use. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { blocks, body, required, t, withDefault } from '../../alloy/schema.ts';
import type { LabelsBuilder } from '../../labels/labels.ts';
import type { RelabelRule } from '../../relabel/compile.ts';
import { applyRelabelRules } from '../../relabel/relabel.ts';
import { contents, metricsCapsule, metricsReceiver, rulesCapsule } from '../capsules.ts';
import type { MetricsReceiver, SeriesTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { compileRules, explainRules, ruleSchema } from '../rule-block.ts';

const schema = body({
  forward_to: required(t.list(metricsReceiver), { doc: 'Receivers of the series that are left.' }),
  max_cache_size: withDefault(t.int, 100_000, {
    doc: 'Results are remembered by the plan that runs the rules, bounded in bytes; any positive number is accepted.',
  }),
  cache_ttl: withDefault(t.duration, 0, { text: '0s', doc: 'As max_cache_size; at most one of the two may be given.' }),
  rule: blocks(ruleSchema, { doc: 'Applied in order.' }),
});

type Arguments = Decoded<typeof schema>;

class PrometheusRelabel implements Component<Arguments> {
  #rules: readonly RelabelRule[] = [];
  #next: readonly MetricsReceiver[] = [];
  readonly #exports;

  readonly #context: ComponentContext;

  constructor(context: ComponentContext, args: Arguments) {
    this.#context = context;
    const { componentId } = context;
    const node: SeriesTransform = {
      kind: 'transform',
      componentId,
      apply: (labels) => this.#apply(labels),
      next: () => this.#next,
      explain: (labels) => explainRules(this.#rules, labels),
    };
    this.#exports = { receiver: metricsCapsule(() => [node]), rules: rulesCapsule(() => this.#rules) };
    this.update(args);
  }

  update(args: Arguments): void {
    checkCache(args);
    this.#rules = compileRules(args.rule, this.#context.regexLimits);
    this.#next = contents(args.forward_to);
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  #apply(labels: LabelsBuilder): boolean {
    return applyRelabelRules(this.#rules, labels) && labels.size > 0;
  }
}

/** Alloy's rules for its cache, which is not ours: the results of rules are remembered wherever samples enter. */
function checkCache({ max_cache_size, cache_ttl }: Arguments): void {
  if (max_cache_size < 0) throw new ArgumentError('max_cache_size', 'max_cache_size must not be negative');
  if (max_cache_size > 0 && cache_ttl > 0) {
    throw new ArgumentError(
      'cache_ttl',
      'at most one of cache_ttl and max_cache_size may be given; set max_cache_size = 0',
    );
  }
  if (max_cache_size === 0 && cache_ttl === 0) {
    throw new ArgumentError('max_cache_size', 'one of max_cache_size and cache_ttl must be greater than 0');
  }
  if (cache_ttl !== 0 && cache_ttl < 60_000) throw new ArgumentError('cache_ttl', 'cache_ttl must be at least 1m');
}

export const prometheusRelabel = defineComponent({
  name: 'prometheus.relabel',
  summary: 'Rewrites the labels of series, or drops series, by relabelling rules.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'MetricsReceiver', rules: 'RelabelRules' },
  create: (context: ComponentContext, args) => new PrometheusRelabel(context, args),
});
