/** The block `rule` (and `write_relabel_config`, which is the same) and its way to compiled rules. */
import { ArgumentError, eachChecked } from '../alloy/component.ts';
import type { Decoded } from '../alloy/schema.ts';
import { body, optional, t, withDefault } from '../alloy/schema.ts';
import type { Labels } from '../labels/labels.ts';
import type { RegexLimits } from '../regex/re2.ts';
import type { RelabelRule } from '../relabel/compile.ts';
import { compileRelabelRule, RelabelConfigError } from '../relabel/compile.ts';
import type { RelabelConfig } from '../relabel/config.ts';
import { explainRelabelRules } from '../relabel/explain.ts';
import type { NodeStep } from './nodes.ts';
import { blockPath, joinPath } from './unsupported.ts';

export const ruleSchema = body({
  action: withDefault(t.string, 'replace', {
    doc: 'What to do: replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase or uppercase.',
  }),
  source_labels: optional(t.list(t.string), { doc: 'Labels whose values are joined and matched.' }),
  separator: withDefault(t.string, ';', { doc: 'Stands between the joined values.' }),
  regex: withDefault(t.string, '(.*)', { doc: 'RE2 expression that the whole joined value must match.' }),
  replacement: withDefault(t.string, '$1', { doc: 'The new value; may refer to groups of the expression.' }),
  target_label: optional(t.string, { doc: 'The label to set; may refer to groups of the expression for replace.' }),
  modulus: optional(t.uint, { doc: 'For hashmod: the number of buckets.' }),
});

export type RuleArguments = Decoded<typeof ruleSchema>;

/** Throws ArgumentErrors that point at the rules; `name` is that of the block. */
export function compileRules(
  rules: readonly RuleArguments[],
  limits: RegexLimits | undefined,
  name = 'rule',
  path = '',
): readonly RelabelRule[] {
  return eachChecked(rules, (rule, index) => {
    try {
      return compileRelabelRule(toConfig(rule), index, limits);
    } catch (error) {
      if (!(error instanceof RelabelConfigError)) throw error;
      const at = blockPath(path, name, index);
      throw new ArgumentError(error.field === undefined ? at : joinPath(at, error.field), error.message);
    }
  });
}

/** What each rule would do; ends with the one that drops. */
export function explainRules(rules: readonly RelabelRule[], labels: Labels, name = 'rule', path = ''): NodeStep[] {
  const { steps } = explainRelabelRules(rules, labels);
  return steps.map(({ rule, before: _, after: __, ...step }) => ({
    ...step,
    path: blockPath(path, name, rule),
    pattern: rules[rule].config.regex,
  }));
}

function toConfig(rule: RuleArguments): RelabelConfig {
  return {
    action: rule.action.toLowerCase(),
    sourceLabels: rule.source_labels ?? [],
    separator: rule.separator,
    regex: rule.regex,
    replacement: rule.replacement,
    targetLabel: rule.target_label ?? '',
    modulus: rule.modulus ?? 0,
  };
}
