/** What each relabel rule did to one set of labels: for the console's rule tester and for tests, never the hot path. */
import { type Labels, LabelsBuilder } from '../labels/labels.ts';
import type { RelabelRule } from './compile.ts';
import { applyRelabelRule, sourceValue } from './relabel.ts';

export interface RelabelStep {
  readonly rule: number;
  readonly action: string;
  /** The joined source labels; undefined for actions on names. */
  readonly source?: string;
  /** Whether the regex matched; for actions on names: any name. Undefined for actions without a regex. */
  readonly matched?: boolean;
  readonly changes: readonly LabelChange[];
  readonly kept: boolean;
}

export interface LabelChange {
  readonly name: string;
  /** Empty: there was no such label. */
  readonly before: string;
  /** Empty: there is none any more. */
  readonly after: string;
}

export interface RelabelExplanation {
  readonly kept: boolean;
  readonly labels: Labels;
  /** Ends with the rule that dropped. */
  readonly steps: readonly RelabelStep[];
}

export function explainRelabelRules(rules: readonly RelabelRule[], input: Labels): RelabelExplanation {
  const labels = new LabelsBuilder(input);
  const steps: RelabelStep[] = [];
  for (const [index, rule] of rules.entries()) {
    const before = new LabelsBuilder(labels.labels());
    const source = usesNames(rule) ? undefined : sourceValue(rule, labels);
    const matched = matches(rule, before, source);
    const kept = applyRelabelRule(rule, labels);
    steps.push({ rule: index, action: rule.action, source, matched, changes: changesBetween(before, labels), kept });
    if (!kept) return { kept, labels: labels.labels(), steps };
  }
  return { kept: true, labels: labels.labels(), steps };
}

function usesNames({ action }: RelabelRule): boolean {
  return action === 'labelmap' || action === 'labeldrop' || action === 'labelkeep';
}

function matches(rule: RelabelRule, labels: LabelsBuilder, source: string | undefined): boolean | undefined {
  if (source === undefined) return labels.names().some((name) => rule.regex.test(name));
  const byRegex = rule.action === 'replace' || rule.action === 'keep' || rule.action === 'drop';
  return byRegex ? rule.regex.test(source) : undefined;
}

function changesBetween(before: LabelsBuilder, after: LabelsBuilder): LabelChange[] {
  const names = new Set([...before.names(), ...after.names()]);
  return [...names]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }));
}
