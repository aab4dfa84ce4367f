/** Applies compiled relabel rules to labels in place. The result depends on the labels alone, so it may be remembered. */

import type { LabelsBuilder } from '../labels/labels.ts';
import { isLabelName } from '../labels/names.ts';
import { OutcomeError } from '../outcome.ts';
import { expandTemplate, type Template } from '../regex/expand.ts';
import type { RegexMatch } from '../regex/re2.ts';
import { spendWork } from '../regex/work.ts';
import type { RelabelRule } from './compile.ts';
import { toLowerCase, toUpperCase } from './letter-case.ts';
import { hashmod } from './md5.ts';

/**
 * Rules may feed themselves: a replacement of `$1$1` doubles a value with each rule, a labelmap doubles the labels. A
 * hundred such rules would exhaust any memory, so what one rule makes is bounded, far above what a receiver takes.
 */
export const MAX_EXPANDED_LENGTH = 65_536;
export const MAX_RELABELLED_LABELS = 4096;
/** Of joined source labels: a rule may name one label ten thousand times. */
export const MAX_SOURCE_LENGTH = 1_048_576;

/** False: dropped. The labels are then as the dropping rule found them. */
export function applyRelabelRules(rules: readonly RelabelRule[], labels: LabelsBuilder): boolean {
  labels.rebase();
  for (const rule of rules) {
    if (!applyRelabelRule(rule, labels)) return false;
  }
  return true;
}

export function applyRelabelRule(rule: RelabelRule, labels: LabelsBuilder): boolean {
  const { regex, config } = rule;
  switch (rule.action) {
    case 'keep':
      return regex.test(sourceValue(rule, labels));
    case 'drop':
      return !regex.test(sourceValue(rule, labels));
    case 'keepequal':
      return labels.get(config.targetLabel) === sourceValue(rule, labels);
    case 'dropequal':
      return labels.get(config.targetLabel) !== sourceValue(rule, labels);
    case 'replace':
      replace(rule, labels);
      return true;
    case 'lowercase':
      labels.set(config.targetLabel, toLowerCase(sourceValue(rule, labels)));
      return true;
    case 'uppercase':
      labels.set(config.targetLabel, toUpperCase(sourceValue(rule, labels)));
      return true;
    case 'hashmod':
      labels.set(config.targetLabel, hashmod(sourceValue(rule, labels), config.modulus));
      return true;
    case 'labelmap':
      mapNames(rule, labels);
      return true;
    case 'labeldrop':
      spendWork(labels.size);
      for (const name of labels.names()) if (regex.test(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      spendWork(labels.size);
      for (const name of labels.names()) if (!regex.test(name)) labels.delete(name);
      return true;
  }
}

/** The values of the source labels, an absent one being empty, joined by the separator. */
export function sourceValue({ config }: RelabelRule, labels: LabelsBuilder): string {
  const { sourceLabels, separator } = config;
  let value = '';
  for (let i = 0; i < sourceLabels.length; i++) {
    if (i > 0) value += separator;
    value += labels.get(sourceLabels[i]);
    if (value.length > MAX_SOURCE_LENGTH) throw tooLong(MAX_SOURCE_LENGTH);
  }
  spendWork(value.length);
  return value;
}

function replace(rule: RelabelRule, labels: LabelsBuilder): void {
  const match = rule.regex.match(sourceValue(rule, labels));
  if (match === undefined) return;
  const target = expand(rule.target, match);
  if (isLabelName(target)) labels.set(target, expand(rule.replacement, match));
}

/**
 * Works on the names as they were, so a label that the rule makes is not mapped again; where two become one, the later
 * wins. Unlike `replace` it does not ask whether the new name is valid: Prometheus leaves that to whoever takes the series.
 */
function mapNames(rule: RelabelRule, labels: LabelsBuilder): void {
  spendWork(labels.size);
  for (const { name, value } of labels.labelsByAge()) {
    const match = rule.regex.match(name);
    if (match !== undefined) labels.set(expand(rule.replacement, match), value);
  }
  if (labels.size > MAX_RELABELLED_LABELS) {
    throw new OutcomeError('invalid_labels', `relabelling makes more than ${MAX_RELABELLED_LABELS} labels`);
  }
}

function expand(template: Template, match: RegexMatch): string {
  const text = expandTemplate(template, match, MAX_EXPANDED_LENGTH);
  if (text.length > MAX_EXPANDED_LENGTH) throw tooLong(MAX_EXPANDED_LENGTH);
  spendWork(text.length);
  return text;
}

function tooLong(limit: number): OutcomeError {
  return new OutcomeError('invalid_labels', `relabelling makes a text of more than ${limit} characters`);
}
