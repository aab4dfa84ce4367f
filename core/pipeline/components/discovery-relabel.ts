/** `discovery.relabel`: changes or drops targets by rules, and exports the rules for others to use. Works on values alone. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { blocks, body, required, t } from '../../alloy/schema.ts';
import { toValue } from '../../alloy/to-value.ts';
import { LabelsBuilder, labelsFromRecord } from '../../labels/labels.ts';
import type { RelabelRule } from '../../relabel/compile.ts';
import { applyRelabelRules } from '../../relabel/relabel.ts';
import { rulesCapsule } from '../capsules.ts';
import { compileRules, ruleSchema } from '../rule-block.ts';

const schema = body({
  targets: required(t.targets, { doc: 'The targets to change, as a discovery or an exporter exports them.' }),
  rule: blocks(ruleSchema, { doc: 'Applied in order. Labels that begin with __meta_ stay; what scrapes drops them.' }),
});

type Arguments = Decoded<typeof schema>;
type Target = Readonly<Record<string, string>>;

class DiscoveryRelabel implements Component<Arguments> {
  readonly #context: ComponentContext;
  readonly #rulesExport = rulesCapsule(() => this.#rules);
  #rules: readonly RelabelRule[] = [];
  #output: readonly Target[] = [];

  constructor(context: ComponentContext, args: Arguments) {
    this.#context = context;
    this.update(args);
  }

  update({ targets, rule }: Arguments): void {
    this.#rules = compileRules(rule, this.#context.regexLimits);
    this.#output = targets.flatMap((target) => relabelled(target, this.#rules));
  }

  exports() {
    return { output: toValue(this.#output), rules: this.#rulesExport };
  }
}

/** One target, or none where a rule drops it or leaves it no label. */
function relabelled(target: Target, rules: readonly RelabelRule[]): Target[] {
  const labels = new LabelsBuilder(labelsFromRecord(target));
  if (!applyRelabelRules(rules, labels) || labels.size === 0) return [];
  return [Object.fromEntries(labels.labels().map(({ name, value }) => [name, value]))];
}

export const discoveryRelabel = defineComponent({
  name: 'discovery.relabel',
  summary: 'Changes or drops targets by rules before they are scraped or read.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: { output: 'list(map(string))', rules: 'RelabelRules' },
  create: (context: ComponentContext, args) => new DiscoveryRelabel(context, args),
});
