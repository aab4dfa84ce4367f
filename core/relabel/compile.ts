/** Turns relabel rules as written into the form that is applied: regex and templates compiled, mistakes refused. */
import { compileTemplate, type Template } from '../regex/expand.ts';
import { compileRegex, type Regex, RegexError, type RegexLimits } from '../regex/re2.ts';
import { isRelabelAction, type RelabelAction, type RelabelConfig, validateRelabelConfig } from './config.ts';

export interface RelabelRule {
  readonly action: RelabelAction;
  readonly config: RelabelConfig;
  readonly regex: Regex;
  readonly target: Template;
  readonly replacement: Template;
}

/** Which rule is wrong, counted from 0, and why; `field` where one is at fault alone. */
export class RelabelConfigError extends Error {
  readonly ruleIndex: number;
  readonly field: 'action' | 'regex' | undefined;
  constructor(ruleIndex: number, message: string, field?: 'action' | 'regex') {
    super(message);
    this.ruleIndex = ruleIndex;
    this.field = field;
  }
}

export function compileRelabelRules(configs: readonly RelabelConfig[], limits: RegexLimits = {}): RelabelRule[] {
  return configs.map((config, index) => compileRelabelRule(config, index, limits));
}

export function compileRelabelRule(config: RelabelConfig, index: number, limits: RegexLimits = {}): RelabelRule {
  const { action } = config;
  if (!isRelabelAction(action)) throw mistakeOf(config, index, 'action');
  // Prometheus reads the expression before it looks at the fields together.
  const regex = compileRuleRegex(config.regex, index, limits);
  if (validateRelabelConfig(config) !== undefined) throw mistakeOf(config, index);
  return {
    action,
    config,
    regex,
    target: compileTemplate(config.targetLabel, regex),
    replacement: compileTemplate(config.replacement, regex),
  };
}

function mistakeOf(config: RelabelConfig, index: number, field?: 'action'): RelabelConfigError {
  return new RelabelConfigError(index, validateRelabelConfig(config) ?? '', field);
}

function compileRuleRegex(pattern: string, index: number, limits: RegexLimits): Regex {
  try {
    return compileRegex(pattern, { ...limits, anchored: true });
  } catch (error) {
    if (error instanceof RegexError) throw new RelabelConfigError(index, error.message, 'regex');
    throw error;
  }
}
