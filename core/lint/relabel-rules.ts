/** The `rule` and `write_relabel_config` blocks of a component, read as far as their values are known. */
import type { Block } from '../alloy/ast.ts';
import { compileRegex, type Regex, RegexError } from '../regex/re2.ts';
import { DEFAULT_RELABEL_CONFIG } from '../relabel/config.ts';
import { attribute, blocksNamed, type Reader } from './syntax.ts';

export interface RuleBlock {
  readonly block: Block;
  /** Undefined: not known, and so for each of the others. */
  readonly action: string | undefined;
  readonly sourceLabels: readonly string[] | undefined;
  readonly separator: string | undefined;
  readonly pattern: string | undefined;
  readonly regex: Regex | undefined;
  readonly replacement: string | undefined;
  readonly targetLabel: string | undefined;
}

const known = new WeakMap<Block, RuleBlock>();

export function ruleBlocks(block: Block, read: Reader, name = 'rule'): RuleBlock[] {
  return blocksNamed(block, name).map((each) => readRule(each, read));
}

function readRule(block: Block, read: Reader): RuleBlock {
  const before = known.get(block);
  if (before !== undefined) return before;
  const defaults = DEFAULT_RELABEL_CONFIG;
  const sources = attribute(block, 'source_labels');
  const pattern = read.attributeText(block, 'regex', defaults.regex);
  const rule: RuleBlock = {
    block,
    action: read.attributeText(block, 'action', defaults.action)?.toLowerCase(),
    sourceLabels: sources === undefined ? [] : read.texts(sources.value),
    separator: read.attributeText(block, 'separator', defaults.separator),
    pattern,
    regex: pattern === undefined ? undefined : compiled(pattern),
    replacement: read.attributeText(block, 'replacement', defaults.replacement),
    targetLabel: read.attributeText(block, 'target_label', ''),
  };
  known.set(block, rule);
  return rule;
}

function compiled(pattern: string): Regex | undefined {
  try {
    return compileRegex(pattern, { anchored: true });
  } catch (error) {
    if (error instanceof RegexError) return undefined;
    throw error;
  }
}

/** The text that every name matched by a pattern begins with. */
export function literalPrefix(pattern: string): string {
  return /^[A-Za-z0-9_]*/.exec(pattern.replace(/^\^/, ''))?.[0] ?? '';
}
