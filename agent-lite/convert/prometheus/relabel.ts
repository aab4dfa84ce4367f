/** Relabel rules as blocks of Alloy. */
import { attributes, type Block, blocks } from '../alloy/block.ts';
import type { RelabelForm } from '../forms/relabel.ts';

export function ruleBlocks(name: string, rules: readonly RelabelForm[] | undefined): Block[] {
  return blocks(name, rules, (rule) =>
    attributes({
      source_labels: rule.source_labels?.length === 0 ? undefined : rule.source_labels,
      separator: rule.separator,
      regex: rule.regex,
      modulus: rule.modulus,
      target_label: rule.target_label,
      replacement: rule.replacement,
      action: rule.action?.toLowerCase(),
    }),
  );
}
