/** Declarations that nothing uses. */
import type { Block } from '../../alloy/ast.ts';
import { traversalsOfBody } from '../../alloy/references.ts';
import type { LintModel } from '../model.ts';
import type { LintRule } from '../rule.ts';
import { blocksIn } from '../syntax.ts';

export const unusedDeclare: LintRule = {
  name: 'unused_declare',
  check({ model }, report) {
    const root = [...model.nodes()].filter((node) => node.module.kind === 'root');
    // A file of declarations alone is made to be imported.
    if (root.every((node) => node.kind === 'declare' || node.kind === 'import')) return;
    const used = new Set<string>();
    for (const node of root) collectNames(node.block, used);
    for (const node of model.nodes()) {
      if (node.kind !== 'declare' || used.has(node.block.label)) continue;
      report(node.block.nameSpan, `nothing uses the component that declare ${JSON.stringify(node.block.label)} makes`, {
        hint: `use it as a block, ${node.block.label} "name" { … }, or remove the declaration`,
      });
    }
  },
};

function collectNames(block: Block, names: Set<string>): void {
  for (const inner of blocksIn(block)) {
    names.add(inner.name);
    collectNames(inner, names);
  }
  names.add(block.name);
}

export const unusedArgument: LintRule = {
  name: 'unused_argument',
  check({ model }: { readonly model: LintModel }, report) {
    for (const module of model.modules) {
      if (module.declaredBy === undefined) continue;
      const named = new Set(
        traversalsOfBody(module.declaredBy.body)
          .filter(({ path }) => path[0] === 'argument')
          .map(({ path }) => path[1]),
      );
      for (const node of module.nodes.values()) {
        if (node.kind !== 'argument' || named.has(node.block.label)) continue;
        report(node.block.nameSpan, `nothing uses the argument ${JSON.stringify(node.block.label)}`, {
          hint: `use argument.${node.block.label}.value, or remove the argument`,
        });
      }
    }
  },
};
