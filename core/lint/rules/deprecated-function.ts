/** Functions under their old global names. The check warns of them too; here they get a fix. */
import { resolveId, traversalsOfBody } from '../../alloy/references.ts';
import { DEPRECATED } from '../../alloy/stdlib/index.ts';
import type { LintModule } from '../model.ts';
import type { LintRule } from '../rule.ts';

export const deprecatedFunction: LintRule = {
  name: 'deprecated_function',
  check({ model }, report) {
    for (const node of model.nodes()) {
      if (node.kind === 'declare') continue;
      for (const { path, first } of traversalsOfBody(node.block.body)) {
        const current = DEPRECATED.get(path[0] ?? '');
        if (current === undefined || path.length > 1 || isShadowed(path, node.module)) continue;
        report(first, `${path[0]} is the old name of a function`, {
          hint: `use ${current}`,
          fix: { span: first, text: current },
        });
      }
    }
  },
};

/** A custom component of the same name hides the function. */
function isShadowed(path: readonly string[], from: LintModule): boolean {
  for (let module: LintModule | undefined = from; module !== undefined; module = module.outer) {
    if (resolveId(path, module.nodes) !== undefined) return true;
  }
  return false;
}
