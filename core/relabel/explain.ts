/** What each relabel rule did to one set of labels: for `spillway relabel`, the console and tests, never the hot path. */
import { type Labels, LabelsBuilder } from '../labels/labels.ts';
import { isLabelName } from '../labels/names.ts';
import { OutcomeError } from '../outcome.ts';
import { expandTemplate } from '../regex/expand.ts';
import type { RelabelRule } from './compile.ts';
import { applyRelabelRule, sourceValue } from './relabel.ts';

export interface RelabelStep {
  readonly rule: number;
  readonly action: string;
  /** The joined source labels; undefined for actions on names. */
  readonly source?: string;
  /** Whether the regex matched; for actions on names: any name. Undefined for actions without a regex. */
  readonly matched?: boolean;
  readonly before: Labels;
  /** As before where the rule drops. */
  readonly after: Labels;
  readonly changes: readonly LabelChange[];
  readonly kept: boolean;
  /** Why a rule that matched did nothing, or why a series cannot go on. */
  readonly note?: string;
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
  /** The rule that dropped, counted from 0. */
  readonly droppedBy?: number;
  /** Ends with the rule that dropped. */
  readonly steps: readonly RelabelStep[];
}

export function explainRelabelRules(rules: readonly RelabelRule[], input: Labels): RelabelExplanation {
  // The order in which labels came matters to labelmap, so one builder goes through all rules.
  const labels = new LabelsBuilder(input);
  const steps: RelabelStep[] = [];
  for (const [index, rule] of rules.entries()) {
    const step = explainRule(rule, index, labels);
    steps.push(step);
    if (!step.kept) return { kept: false, labels: step.after, droppedBy: index, steps };
  }
  return { kept: true, labels: labels.labels(), steps };
}

function explainRule(rule: RelabelRule, index: number, labels: LabelsBuilder): RelabelStep {
  const before = labels.labels();
  const base = { rule: index, action: rule.action, before };
  try {
    const source = usesNames(rule) ? undefined : sourceValue(rule, labels);
    const matched = matches(rule, labels, source);
    const kept = applyRelabelRule(rule, labels);
    const after = labels.labels();
    const note = invalidTarget(rule, source);
    return { ...base, source, matched, after, changes: changesBetween(before, after), kept, ...(note && { note }) };
  } catch (error) {
    // Rules that make too much of a series cost the series.
    if (!(error instanceof OutcomeError)) throw error;
    return { ...base, after: before, changes: [], kept: false, note: error.failure.message };
  }
}

function usesNames({ action }: RelabelRule): boolean {
  return action === 'labelmap' || action === 'labeldrop' || action === 'labelkeep';
}

function matches(rule: RelabelRule, labels: LabelsBuilder, source: string | undefined): boolean | undefined {
  if (source === undefined) return labels.names().some((name) => rule.regex.test(name));
  const byRegex = rule.action === 'replace' || rule.action === 'keep' || rule.action === 'drop';
  return byRegex ? rule.regex.test(source) : undefined;
}

function invalidTarget(rule: RelabelRule, source: string | undefined): string | undefined {
  const match = rule.action === 'replace' && source !== undefined ? rule.regex.match(source) : undefined;
  if (match === undefined) return undefined;
  const target = expandTemplate(rule.target, match);
  return isLabelName(target) ? undefined : `${JSON.stringify(target)} is not a label name, so nothing is set`;
}

function changesBetween(before: Labels, after: Labels): LabelChange[] {
  const old = new Map(before.map(({ name, value }) => [name, value] as const));
  const now = new Map(after.map(({ name, value }) => [name, value] as const));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, before: old.get(name) ?? '', after: now.get(name) ?? '' }));
}
