/** `pyroscope.relabel`: changes or drops profiles by rules on their labels, and exports the rules for others to use. */
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
import { profilesIn } from '../../wire/pyroscope/profile-series.ts';
import { contents, profilesCapsule, profilesReceiver, rulesCapsule } from '../capsules.ts';
import { labelsKey } from '../labels-key.ts';
import type { ProfilesReceiver, ProfilesTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { mapProfileLabels } from '../profile-labels.ts';
import { compileRules, explainRules, ruleSchema } from '../rule-block.ts';
import type { ProfileSeries, ProfilesBatch } from '../signals.ts';

const schema = body({
  forward_to: required(t.list(profilesReceiver), { doc: 'Receivers of the profiles that are left.' }),
  max_cache_size: withDefault(t.int, 10_000, { doc: 'Results of the rules are remembered for this many label sets.' }),
  rule: blocks(ruleSchema, { doc: 'Applied in order.' }),
});

type Arguments = Decoded<typeof schema>;

class PyroscopeRelabel implements Component<Arguments> {
  readonly #context: ComponentContext;
  #rules: readonly RelabelRule[] = [];
  #next: readonly ProfilesReceiver[] = [];
  #maxRemembered = 0;
  /** Label sets to what the rules make of them: `same`, other labels, or undefined for dropped. */
  #remembered = new Map<string, Labels | 'same' | undefined>();
  readonly #node: ProfilesTransform;
  readonly #exports = {
    receiver: profilesCapsule(() => [this.#node]),
    rules: rulesCapsule(() => this.#rules),
  };

  constructor(context: ComponentContext, args: Arguments) {
    this.#context = context;
    this.#node = {
      kind: 'transform',
      componentId: context.componentId,
      transform: (batch, dropped) => this.#transform(batch, dropped),
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

  #transform(batch: ProfilesBatch, dropped: (reason: string, profiles: number) => void): ProfilesBatch {
    const maxWork = this.#context.regexLimits?.maxWorkPerBatch ?? Number.POSITIVE_INFINITY;
    const change = (labels: Labels, series: ProfileSeries) => {
      try {
        const relabelled = this.#relabel(labels);
        if (relabelled === undefined) dropped('relabel', profilesIn(series));
        return relabelled;
      } catch (error) {
        // Rules that make too much of one series cost that series only.
        if (!(error instanceof OutcomeError)) throw error;
        dropped(error.failure.reason, profilesIn(series));
        return undefined;
      }
    };
    return withWorkBudget(maxWork, () => mapProfileLabels(batch, change));
  }

  #relabel(labels: Labels): Labels | undefined {
    // A profile without labels passes, as in Alloy.
    if (labels.length === 0) return labels;
    const key = labelsKey(labels);
    let result = this.#remembered.get(key);
    if (result === undefined && !this.#remembered.has(key)) {
      const builder = new LabelsBuilder(labels);
      const kept = applyRelabelRules(this.#rules, builder) && builder.size > 0;
      const relabelled = builder.labels();
      if (kept) result = labelsKey(relabelled) === key ? 'same' : relabelled;
      if (this.#remembered.size >= this.#maxRemembered) this.#remembered.clear();
      this.#remembered.set(key, result);
    }
    return result === 'same' ? labels : result;
  }
}

export const pyroscopeRelabel = defineComponent({
  name: 'pyroscope.relabel',
  summary: 'Rewrites the labels of profiles, or drops profiles, by relabelling rules.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'ProfilesReceiver', rules: 'RelabelRules' },
  create: (context: ComponentContext, args) => new PyroscopeRelabel(context, args),
});
