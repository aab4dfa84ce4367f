/** A rule that takes away the last label by which series of different targets differ: they become one series. */
import { afterRule } from '../flow.ts';
import type { LintRule } from '../rule.ts';
import { rulePlaces } from '../rule-places.ts';

export const identityLabelDropped: LintRule = {
  name: 'identity_label_dropped',
  check(input, report) {
    if (!input.wired) return;
    for (const { rule, flows, signal } of rulePlaces(input)) {
      if (signal !== 'metrics') continue;
      for (const flow of flows) {
        const lost = flow.identity;
        if (!flow.many || flow.openIdentity || lost.size === 0 || afterRule(flow, rule).identity.size > 0) continue;
        const names = [...lost].map((name) => JSON.stringify(name)).join(', ');
        report(
          rule.block.span,
          `without ${names} the series of all targets of ${flow.source} have the same labels and collide`,
          { hint: `keep ${names}, or set another label that differs between targets before the scrape` },
        );
        break;
      }
    }
  },
};
