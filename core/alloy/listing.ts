/**
 * A running configuration as lists of components by module, the way Alloy's pages show it: a custom component or a foreach
 * is one entry of its module and names the modules it created. Imports are not components.
 */
import type { AnyComponentDefinition, Component, Health } from './component.ts';
import { ComponentNode } from './component-node.ts';
import { CustomNode } from './custom-node.ts';
import { ImportNode } from './import-node.ts';
import type { Module, RunningNode } from './module.ts';
import type { Context } from './plan.ts';
import { redactedText } from './redact.ts';
import type { ObjectValue } from './value-types.ts';

export interface ListedNode<C extends Context> {
  /** With the path of modules. */
  readonly id: string;
  readonly localId: string;
  readonly moduleId: string;
  readonly name: string;
  readonly label: string;
  readonly health: Health;
  /** Local ids, within the module. */
  readonly references: readonly string[];
  readonly referencedBy: readonly string[];
  readonly createdModuleIds: readonly string[];
  /** The block as written, without secrets; '' where it cannot be told which of its literals are secrets. */
  readonly text: string;
  /** Of a component that is not made of others. */
  readonly builtin?: BuiltinNode<C>;
  /** Of a custom component: its arguments by name. */
  readonly customArguments?: ObjectValue | undefined;
  readonly exports: ObjectValue | undefined;
}

export interface BuiltinNode<C extends Context> {
  readonly definition: AnyComponentDefinition<C>;
  readonly component: Component<unknown> | undefined;
  readonly args: unknown;
}

type Listed<C extends Context> = Exclude<RunningNode<C>, ImportNode<C>>;

export function* listModule<C extends Context>(module: Module<C>): Generator<ListedNode<C>> {
  const nodes = [...module.nodes()].filter((node): node is Listed<C> => !(node instanceof ImportNode));
  const ids = new Set(nodes.map(({ plan }) => plan.id));
  const referencedBy = new Map<string, string[]>();
  for (const { plan } of nodes) {
    for (const id of plan.references) referencedBy.set(id, [...(referencedBy.get(id) ?? []), plan.id]);
  }
  for (const node of nodes) {
    const references = [...node.plan.references].filter((id) => ids.has(id));
    yield describe(node, module, references, referencedBy.get(node.plan.id) ?? []);
  }
  for (const node of nodes)
    if (!(node instanceof ComponentNode)) for (const inner of node.modules()) yield* listModule(inner);
}

function describe<C extends Context>(
  node: Listed<C>,
  module: Module<C>,
  references: readonly string[],
  referencedBy: readonly string[],
): ListedNode<C> {
  const { block, id } = node.plan;
  const common = {
    id: node.id,
    localId: id,
    moduleId: module.parent.idPrefix.slice(0, -1),
    name: block.name,
    label: block.label,
    health: node.health,
    references,
    referencedBy,
  };
  if (node instanceof ComponentNode) {
    const { definition, component, args, exports } = node;
    const text = redactedText(block, definition.schema);
    return { ...common, createdModuleIds: [], text, exports, builtin: { definition, component, args } };
  }
  const createdModuleIds = node.modules().map(({ parent }) => parent.idPrefix.slice(0, -1));
  if (!(node instanceof CustomNode)) return { ...common, createdModuleIds, text: '', exports: undefined };
  return { ...common, createdModuleIds, text: '', exports: node.exports, customArguments: node.args };
}
