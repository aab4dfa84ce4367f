/** `pyroscope.relabel`: changes or drops profiles by rules on their labels, and exports the rules for others to use. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { blocks, body, required, t, withDefault } from '../../alloy/schema.ts';
import type { Labels } from '../../labels/labels.ts';
import { profilesIn } from '../../wire/pyroscope/profile-series.ts';
import { contents, profilesCapsule, profilesReceiver, rulesCapsule } from '../capsules.ts';
import type { ProfilesReceiver, ProfilesTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { mapProfileLabels } from '../profile-labels.ts';
import { RememberedRules } from '../remembered-rules.ts';
import { explainRules, ruleSchema } from '../rule-block.ts';
import type { ProfileSeries, ProfilesBatch } from '../signals.ts';

const schema = body({
  forward_to: required(t.list(profilesReceiver), { doc: 'Receivers of the profiles that are left.' }),
  max_cache_size: withDefault(t.int, 10_000, { doc: 'Results of the rules are remembered for this many label sets.' }),
  rule: blocks(ruleSchema, { doc: 'Applied in order.' }),
});

type Arguments = Decoded<typeof schema>;

class PyroscopeRelabel implements Component<Arguments> {
  readonly #rules: RememberedRules;
  #next: readonly ProfilesReceiver[] = [];
  readonly #node: ProfilesTransform;
  readonly #exports = {
    receiver: profilesCapsule(() => [this.#node]),
    rules: rulesCapsule(() => this.#rules.rules),
  };

  constructor(context: ComponentContext, args: Arguments) {
    this.#rules = new RememberedRules(context);
    this.#node = {
      kind: 'transform',
      componentId: context.componentId,
      transform: (batch, dropped) => this.#transform(batch, dropped),
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

  #transform(batch: ProfilesBatch, dropped: (reason: string, profiles: number) => void): ProfilesBatch {
    const relabel = (labels: Labels, series: ProfileSeries) => {
      // A profile without labels passes, as in Alloy.
      if (labels.length === 0) return labels;
      return this.#rules.apply(labels, (reason) => dropped(reason, profilesIn(series)));
    };
    return this.#rules.inBatch(() => mapProfileLabels(batch, relabel));
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
