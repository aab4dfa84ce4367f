/** Which components a component refers to, followed through modules: into what a custom component exports, and out of arguments. */
import { ComponentNode } from './component-node.ts';
import type { Module } from './module.ts';
import type { Context } from './plan.ts';

/** Ids with the path of modules, as components() lists them. */
export function referencedComponents<C extends Context>(node: ComponentNode<C>, module: Module<C>): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  for (const id of node.plan.references) follow(id, module, found, seen);
  return [...found];
}

function follow<C extends Context>(id: string, module: Module<C>, found: Set<string>, seen: Set<string>): void {
  const key = module.parent.idPrefix + id;
  if (seen.has(key)) return;
  seen.add(key);
  const node = module.node(id);
  const { owner } = module.parent;
  if (node instanceof ComponentNode) found.add(node.id);
  else if (node !== undefined) {
    for (const inner of node.modules()) {
      const exports = inner.plan?.nodes.filter((each) => each.kind === 'export') ?? [];
      for (const each of exports) for (const reference of each.references) follow(reference, inner, found, seen);
    }
  } else if (owner !== undefined && id.startsWith('argument.')) {
    const instance = owner.module.node(owner.id);
    for (const reference of instance?.plan.references ?? []) follow(reference, owner.module, found, seen);
  } else if (owner !== undefined) follow(id, owner.module, found, seen);
}
