/** Applies compiled relabel rules to labels in place. The result depends on the labels alone, so it may be remembered. */

import type { LabelsBuilder } from '../labels/labels.ts';
import { isLabelName } from '../labels/names.ts';
import { OutcomeError } from '../outcome.ts';
import { expandTemplate, type Template } from '../regex/expand.ts';
import type { RegexMatch } from '../regex/re2.ts';
import type { RelabelRule } from './compile.ts';
import { toLowerCase, toUpperCase } from './letter-case.ts';
import { hashmod } from './md5.ts';

/**
 * Rules may feed themselves: a replacement of `$1$1` doubles a value with each rule, a labelmap doubles the labels. A
 * hundred such rules would exhaust any memory, so what one rule makes is bounded, far above what a receiver takes.
 */
export const MAX_EXPANDED_LENGTH = 65_536;
export const MAX_RELABELLED_LABELS = 4096;

/** False: dropped. The labels are then as the dropping rule found them. */
export function applyRelabelRules(rules: readonly RelabelRule[], labels: LabelsBuilder): boolean {
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
      for (const name of labels.names()) if (regex.test(name)) labels.delete(name);
      return true;
    case 'labelkeep':
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
  }
  return value;
}

function replace(rule: RelabelRule, labels: LabelsBuilder): void {
  const match = rule.regex.match(sourceValue(rule, labels));
  if (match === undefined) return;
  const target = expand(rule.target, match);
  if (isLabelName(target)) labels.set(target, expand(rule.replacement, match));
}

/** Works on the names as they were, so a label that the rule makes is not mapped again. */
function mapNames(rule: RelabelRule, labels: LabelsBuilder): void {
  for (const { name, value } of labels.labels()) {
    const match = rule.regex.match(name);
    if (match === undefined) continue;
    const target = expand(rule.replacement, match);
    if (isLabelName(target)) labels.set(target, value);
  }
  if (labels.size > MAX_RELABELLED_LABELS) {
    throw new OutcomeError('invalid_labels', `relabelling makes more than ${MAX_RELABELLED_LABELS} labels`);
  }
}

function expand(template: Template, match: RegexMatch): string {
  const text = expandTemplate(template, match);
  if (text.length > MAX_EXPANDED_LENGTH) {
    throw new OutcomeError('invalid_labels', `relabelling makes a text of more than ${MAX_EXPANDED_LENGTH} characters`);
  }
  return text;
}
