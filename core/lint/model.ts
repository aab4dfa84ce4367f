/**
 * A configuration as lint rules see it: modules with their blocks, and for each block who refers to what it exports.
 * Made from the planner's plan, so names mean here what they mean when the configuration runs.
 */
import type { Block, Body, Expression } from '../alloy/ast.ts';
import type { AnyComponentDefinition } from '../alloy/component.ts';
import type { Context, ModulePlan, PlanNode } from '../alloy/plan.ts';
import { isReferable } from '../alloy/plan.ts';
import { resolveId, traversalsOfExpression } from '../alloy/references.ts';
import { attributesOf } from './syntax.ts';

export interface LintNode {
  readonly id: string;
  readonly kind: PlanNode<Context>['kind'];
  readonly block: Block;
  /** Of components only. */
  readonly definition: AnyComponentDefinition | undefined;
  readonly module: LintModule;
}

/** A place where an expression names something that a node exports. */
export interface Use {
  readonly user: LintNode;
  readonly target: LintNode;
  /** First name behind the id: `receiver`, `output`; '' where the node is named as a whole. */
  readonly field: string;
  /** The attribute it is in, with the blocks around it: `endpoint.url`. */
  readonly path: string;
  readonly expression: Expression;
}

export interface LintModule {
  readonly kind: ModulePlan<Context>['kind'];
  readonly nodes: ReadonlyMap<string, LintNode>;
  /** The module around a foreach template, whose nodes the template sees. */
  readonly outer: LintModule | undefined;
  /** The declare block that this module is the body of. */
  readonly declaredBy: Block | undefined;
}

export class LintModel {
  readonly modules: LintModule[] = [];
  readonly #uses = new Map<LintNode, Use[]>();

  constructor(plan: ModulePlan<Context>) {
    this.#module(plan, undefined, undefined);
    for (const module of this.modules) for (const node of module.nodes.values()) this.#collectUses(node);
  }

  *nodes(): Generator<LintNode> {
    for (const module of this.modules) yield* module.nodes.values();
  }

  *components(...names: readonly string[]): Generator<LintNode> {
    for (const node of this.nodes()) if (node.kind === 'component' && names.includes(node.block.name)) yield node;
  }

  uses(node: LintNode): readonly Use[] {
    return this.#uses.get(node) ?? [];
  }

  /** What an expression of a node names; undefined for names of the library and variables. */
  resolve(path: readonly string[], from: LintNode): { readonly target: LintNode; readonly field: string } | undefined {
    for (let module: LintModule | undefined = from.module; module !== undefined; module = module.outer) {
      const id = resolveId(path, module.nodes);
      const target = id === undefined ? undefined : module.nodes.get(id);
      if (id !== undefined && target !== undefined && isReferable(target.kind)) {
        return { target, field: path[id.split('.').length] ?? '' };
      }
    }
    return undefined;
  }

  #module(plan: ModulePlan<Context>, outer: LintModule | undefined, declaredBy: Block | undefined): void {
    const nodes = new Map<string, LintNode>();
    const module: LintModule = { kind: plan.kind, nodes, outer, declaredBy };
    this.modules.push(module);
    for (const node of plan.nodes) {
      const definition = node.kind === 'component' ? node.definition : undefined;
      // The template of a foreach is a module of its own.
      const block = node.kind === 'foreach' ? { ...node.block, body: node.body as Body } : node.block;
      nodes.set(node.id, { id: node.id, kind: node.kind, block, definition, module });
      if (node.kind === 'foreach' && node.template !== undefined) this.#module(node.template, module, undefined);
    }
    for (const declaration of plan.environment.declarations.values()) {
      if (declaration.plan !== undefined) this.#module(declaration.plan, undefined, declaration.block);
    }
  }

  #collectUses(user: LintNode): void {
    if (user.kind === 'declare') return;
    for (const { path, attribute } of attributesOf(user.block)) {
      for (const traversal of traversalsOfExpression(attribute.value)) {
        const found = this.resolve(traversal.path, user);
        if (found === undefined) continue;
        const use = { user, ...found, path, expression: attribute.value };
        const known = this.#uses.get(found.target);
        if (known === undefined) this.#uses.set(found.target, [use]);
        else known.push(use);
      }
    }
  }
}
