/** `discovery.relabel` where the registry only declares it: it works on values alone, so it can run anywhere. */
import type { AnyComponentDefinition, Component, ComponentContext } from '../alloy/component.ts';
import { toValue } from '../alloy/to-value.ts';
import { LabelsBuilder, labelsFromRecord } from '../labels/labels.ts';
import { rulesCapsule } from '../pipeline/capsules.ts';
import { compileRules, type RuleArguments } from '../pipeline/rule-block.ts';
import type { RelabelRule } from '../relabel/compile.ts';
import { applyRelabelRules } from '../relabel/relabel.ts';

interface Arguments {
  readonly targets: readonly Readonly<Record<string, string>>[];
  readonly rule: readonly RuleArguments[];
}

class DiscoveryRelabel implements Component<unknown> {
  readonly #context: ComponentContext;
  readonly #rulesExport = rulesCapsule(() => this.#rules);
  #rules: readonly RelabelRule[] = [];
  #output: readonly Readonly<Record<string, string>>[] = [];

  constructor(context: ComponentContext, args: unknown) {
    this.#context = context;
    this.update(args);
  }

  update(args: unknown): void {
    const { targets, rule } = args as Arguments;
    this.#rules = compileRules(rule, this.#context.regexLimits);
    this.#output = targets.flatMap((target) => {
      const labels = new LabelsBuilder(labelsFromRecord(target));
      if (!applyRelabelRules(this.#rules, labels)) return [];
      return [Object.fromEntries(labels.labels().map(({ name, value }) => [name, value]))];
    });
  }

  exports() {
    return { output: this.#output.map((target) => toValue(target)), rules: this.#rulesExport };
  }
}

export function runningDiscoveryRelabel<C extends ComponentContext>(
  definition: AnyComponentDefinition<C>,
): AnyComponentDefinition<C> {
  const { declaredOnly: _declared, ...rest } = definition;
  return { ...rest, create: (context, args) => new DiscoveryRelabel(context, args) };
}
