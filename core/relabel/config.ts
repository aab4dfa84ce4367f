/**
 * A relabel rule as users write it, and what makes one valid. Semantics and messages are those of Prometheus's
 * model/relabel and Alloy's `rule` block. The compiled form is `RelabelRule` (compile.ts).
 */
import { isLabelName } from '../labels/names.ts';

export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;

export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

export interface RelabelConfig {
  /** A RelabelAction once validated. */
  readonly action: string;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly regex: string;
  readonly replacement: string;
  readonly targetLabel: string;
  readonly modulus: number;
}

export const DEFAULT_RELABEL_CONFIG: RelabelConfig = {
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  replacement: '$1',
  targetLabel: '',
  modulus: 0,
};

export function isRelabelAction(action: string): action is RelabelAction {
  return (RELABEL_ACTIONS as readonly string[]).includes(action);
}

/** The first mistake, or undefined. The regex itself is checked when it is compiled. */
export function validateRelabelConfig(config: RelabelConfig): string | undefined {
  const { action, targetLabel, replacement, modulus } = config;
  if (action === '') return 'relabel action cannot be empty';
  if (!isRelabelAction(action)) return `unknown relabel action ${JSON.stringify(action)}`;
  if (action === 'hashmod' && modulus === 0) return 'relabel configuration for hashmod requires non-zero modulus';
  if (needsTarget(action)) {
    if (targetLabel === '') return `relabel configuration for ${action} action requires 'target_label' value`;
    if (!isTarget(action, targetLabel)) {
      return `${JSON.stringify(targetLabel)} is invalid 'target_label' for ${action} action`;
    }
  }
  if (keepsValue(action) && replacement !== DEFAULT_RELABEL_CONFIG.replacement) {
    return `'replacement' can not be set for ${action} action`;
  }
  if (action === 'labelmap' && !isLabelTemplate(replacement)) {
    return `${JSON.stringify(replacement)} is invalid 'replacement' for ${action} action`;
  }
  if ((action === 'labeldrop' || action === 'labelkeep') && setsMoreThan(config, ['regex'])) {
    return `${action} action requires only 'regex', and no other fields`;
  }
  if ((action === 'keepequal' || action === 'dropequal') && setsMoreThan(config, ['sourceLabels', 'targetLabel'])) {
    return `${action} action requires only 'source_labels' and 'target_label', and no other fields`;
  }
  return undefined;
}

function needsTarget(action: RelabelAction): boolean {
  return action === 'replace' || action === 'hashmod' || keepsValue(action);
}

function keepsValue(action: RelabelAction): boolean {
  return action === 'lowercase' || action === 'uppercase' || action === 'keepequal' || action === 'dropequal';
}

/** Only `replace` expands its target; the others write to, or compare with, the label of that name. */
function isTarget(action: RelabelAction, target: string): boolean {
  return action === 'replace' ? isLabelTemplate(target) : isLabelName(target);
}

/**
 * A label name in which parts may be references to groups. Prometheus writes
 * `^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$`; this is the same language without the ambiguity that makes a
 * backtracking engine take exponential time.
 */
const LABEL_TEMPLATE = /^(?:[a-zA-Z_]|\$(?:\{\w+\}|\w))(?:\w|\$(?:\{\w+\}|\w))*$/;

function isLabelTemplate(text: string): boolean {
  return LABEL_TEMPLATE.test(text);
}

function setsMoreThan(config: RelabelConfig, allowed: readonly (keyof RelabelConfig)[]): boolean {
  const defaults = DEFAULT_RELABEL_CONFIG;
  const set: Record<Exclude<keyof RelabelConfig, 'action'>, boolean> = {
    sourceLabels: config.sourceLabels.length > 0,
    separator: config.separator !== defaults.separator,
    regex: config.regex !== defaults.regex,
    replacement: config.replacement !== defaults.replacement,
    targetLabel: config.targetLabel !== defaults.targetLabel,
    modulus: config.modulus !== defaults.modulus,
  };
  return Object.entries(set).some(([field, isSet]) => isSet && !(allowed as readonly string[]).includes(field));
}
