/**
 * How many relabel rules a tenant's pipeline may have (abuse case A8): each one costs every new series, in an isolate that
 * other tenants share. Rules count as often as modules and foreach blocks instantiate them.
 */
import type { Block } from '../../core/alloy/ast.ts';
import type { ComponentContext } from '../../core/alloy/component.ts';
import type { ComponentInfo } from '../../core/alloy/controller.ts';
import { type Diagnostic, diagnosticAt } from '../../core/alloy/diagnostics.ts';

export const MAX_RULES = 100;

const RULE_BLOCKS: readonly string[] = ['rule', 'write_relabel_config'];

/** Points at the rule that is one too many. */
export function ruleCountDiagnostics(components: readonly ComponentInfo<ComponentContext>[]): Diagnostic[] {
  const rules = components.flatMap(({ block }) => rulesIn(block));
  if (rules.length <= MAX_RULES) return [];
  const message = `the pipeline has ${rules.length} relabel rules, the limit is ${MAX_RULES}`;
  return [diagnosticAt(rules[MAX_RULES].span, message)];
}

function rulesIn(block: Block): Block[] {
  const nested = block.body.filter((statement) => statement.kind === 'block');
  return nested.flatMap((each) => (RULE_BLOCKS.includes(each.name) ? [each] : rulesIn(each)));
}
