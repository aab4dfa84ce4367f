/**
 * A module (a whole configuration, a declare body, an imported text) as a plan: its nodes, what each refers to, and an
 * order to evaluate them in. All mistakes of structure are found here, before anything runs; values come later.
 */
import type { Block, Body } from './ast.ts';
import type { AnyComponentDefinition, ComponentContext, Side, Stability } from './component.ts';
import type { AnyConfigBlock } from './config-block.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { Value } from './value-types.ts';

/** What exists for configurations of one runtime. */
export interface Language<C extends Context> {
  readonly registry: ReadonlyMap<string, AnyComponentDefinition<C>>;
  readonly configBlocks: ReadonlyMap<string, AnyConfigBlock>;
  readonly library: ReadonlyMap<string, Value>;
  readonly side: Side;
  readonly minStability: Stability;
  readonly communityComponents: boolean;
}

export type Context = ComponentContext;

export type ModuleKind = 'root' | 'declare' | 'library' | 'foreach';

export interface ModulePlan<C extends Context> {
  readonly kind: ModuleKind;
  /** Dependencies first. */
  readonly nodes: readonly PlanNode<C>[];
  readonly environment: Environment<C>;
}

/** The names of custom components that a module can use: its own, then those of the modules around it. */
export interface Environment<C extends Context> {
  readonly outer: Environment<C> | undefined;
  readonly declarations: Map<string, Declaration<C>>;
  /** Label of an import block to its node's id. */
  readonly imports: Map<string, string>;
}

export interface Declaration<C extends Context> {
  readonly label: string;
  readonly block: Block;
  /** Set while the module around it is planned. */
  plan: ModulePlan<C> | undefined;
}

interface NodeBase {
  readonly id: string;
  readonly block: Block;
  /** Ids of nodes in the same module that this one needs. */
  readonly needs: ReadonlySet<string>;
  /** Ids that its expressions name; in a foreach template also those of nodes around it. */
  readonly references: ReadonlySet<string>;
}

export interface ComponentPlan<C extends Context> extends NodeBase {
  readonly kind: 'component';
  readonly definition: AnyComponentDefinition<C>;
}

export interface ImportPlan<C extends Context> extends NodeBase {
  readonly kind: 'import';
  readonly definition: AnyComponentDefinition<C>;
}

/** `name "label" { … }` of a declare, or `import_label.name "label" { … }`. */
export interface CustomPlan<C extends Context> extends NodeBase {
  readonly kind: 'custom';
  readonly target: CustomTarget<C>;
}

export type CustomTarget<C extends Context> =
  | { readonly kind: 'declared'; readonly levelsOut: number; readonly declaration: Declaration<C> }
  | { readonly kind: 'imported'; readonly levelsOut: number; readonly importId: string; readonly name: string };

export interface ArgumentPlan extends NodeBase {
  readonly kind: 'argument';
}

export interface ExportPlan extends NodeBase {
  readonly kind: 'export';
}

export interface ConfigPlan extends NodeBase {
  readonly kind: 'config';
  readonly handler: AnyConfigBlock;
}

/** Stands in the graph for what the instances of a declaration need, and for cycles between declarations. */
export interface DeclarePlan extends NodeBase {
  readonly kind: 'declare';
}

export interface ForeachPlan<C extends Context> extends NodeBase {
  readonly kind: 'foreach';
  readonly variable: string;
  /** The body without the template. */
  readonly body: Body;
  /** Undefined only while it is planned. */
  readonly template: ModulePlan<C> | undefined;
}

export type PlanNode<C extends Context> =
  | ComponentPlan<C>
  | ImportPlan<C>
  | CustomPlan<C>
  | ArgumentPlan
  | ExportPlan
  | ConfigPlan
  | DeclarePlan
  | ForeachPlan<C>;

export interface Planned<C extends Context> {
  readonly plan: ModulePlan<C>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a name of a custom component leads, and how many modules out it was found. */
export function findCustom<C extends Context>(name: string, from: Environment<C>): CustomTarget<C> | undefined {
  const dot = name.indexOf('.');
  let levelsOut = 0;
  for (let at: Environment<C> | undefined = from; at !== undefined; at = at.outer, levelsOut++) {
    const declaration = at.declarations.get(name);
    if (declaration !== undefined) return { kind: 'declared', levelsOut, declaration };
    const importId = dot < 0 ? undefined : at.imports.get(name.slice(0, dot));
    if (importId !== undefined) return { kind: 'imported', levelsOut, importId, name: name.slice(dot + 1) };
  }
  return undefined;
}

/** What nodes may be referred to by, as `id.field`. */
export function isReferable(kind: PlanNode<Context>['kind']): boolean {
  return kind === 'component' || kind === 'custom' || kind === 'argument';
}
