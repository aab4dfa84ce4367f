/**
 * A running module: the nodes of a plan with their values. Evaluates them in order, keeps what is unchanged over a reload,
 * and evaluates again what depends on exports that changed.
 */

import { buildDiagnostic } from './argument-place.ts';
import type { Block } from './ast.ts';
import type { Health } from './component.ts';
import { ComponentNode, type NodeServices } from './component-node.ts';
import { CustomNode } from './custom-node.ts';
import { decodeBody } from './decode.ts';
import { appendAll, type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { deepEqual } from './equality.ts';
import { ForeachNode } from './foreach-node.ts';
import { ImportNode } from './import-node.ts';
import type { Context, Language, ModulePlan, PlanNode } from './plan.ts';
import { resolveId } from './references.ts';
import { body, optional, required, t, withDefault } from './schema.ts';
import { chainScopes, namesScope, type Scope, Unknown } from './scope.ts';
import type { StopSource } from './stop-source.ts';
import type { Value } from './value-types.ts';

/** What all modules of one configuration share. */
export interface Host<C extends Context> {
  readonly language: Language<C>;
  readonly running: boolean;
  createContext(componentId: string, exportsChanged: () => void): C;
  createStopSource(): StopSource;
  healthOf(componentId: string): Health | undefined;
  exited(componentId: string, error: unknown): void;
  /** Runs the evaluation of a node, and may take its time. */
  measured<T>(evaluate: () => T): T;
  /** Ask for `module.refresh()` soon. */
  schedule(module: Module<C>): void;
  /** Makes room for one more node; a message when there is none. */
  admit(depth: number): string | undefined;
  /** A node with all it holds was taken out and told to stop. */
  released(nodes: number, stopped: Promise<void>): void;
}

export interface ModuleParent<C extends Context> {
  /** '' for the root; else ends with "/". */
  readonly idPrefix: string;
  readonly depth: number;
  /** The running module in which names of custom components that this one does not declare are looked up. */
  readonly lexical?: Module<C>;
  /** The module in which this one is a node, and that node's id there. */
  readonly owner?: { readonly module: Module<C>; readonly id: string };
  /** Values around a foreach template. */
  readonly scope?: Scope;
  /** The folder that `module_path` names, where it is another than that of the module whose text this is. */
  modulePath?(): string;
  /** Exports of this module, or what custom components of a library are made of, changed outside of `load`. */
  exportsChanged?(): void;
}

export type RunningNode<C extends Context> = ComponentNode<C> | CustomNode<C> | ImportNode<C> | ForeachNode<C>;
type RunningPlan<C extends Context> = PlanNode<C> & { readonly kind: 'component' | 'import' | 'custom' | 'foreach' };

export const argumentSchema = body({
  optional: withDefault(t.bool, false),
  default: optional(t.any),
  comment: withDefault(t.string, ''),
});
export const exportSchema = body({ value: required(t.any) });

export class Module<C extends Context> {
  readonly parent: ModuleParent<C>;
  readonly #host: Host<C>;
  readonly #nodes = new Map<string, RunningNode<C>>();
  /** Values of arguments, by node id; exports by name. */
  readonly #arguments = new Map<string, Value>();
  readonly #exports = new Map<string, Value>();
  #plan: ModulePlan<C> | undefined;
  #given: ReadonlyMap<string, Value> = new Map();
  #pending = new Set<string>();
  readonly scope: Scope;

  constructor(host: Host<C>, parent: ModuleParent<C>) {
    this.#host = host;
    this.parent = parent;
    const own: Scope = { lookup: (path) => this.#lookup(path) };
    const place: Scope = {
      lookup: ([name]) => (name === 'module_path' ? { value: this.modulePath, length: 1 } : undefined),
    };
    this.scope = chainScopes(own, ...(parent.scope ? [parent.scope] : []), namesScope(host.language.library), place);
  }

  /** Takes over a plan: keeps nodes whose id stays, drops the others, evaluates all in order. */
  load(plan: ModulePlan<C>, given: ReadonlyMap<string, Value> = new Map()): Diagnostic[] {
    this.#plan = plan;
    this.#given = given;
    this.#pending = new Set();
    this.#dropMissing(plan);
    this.#exports.clear();
    const diagnostics: Diagnostic[] = [];
    for (const node of plan.nodes) {
      appendAll(diagnostics, this.#evaluate(node));
      this.#node(node.id)?.refreshExports();
    }
    return diagnostics;
  }

  /** After `exportsChanged` of some nodes: evaluates what depends on those whose exports are really others now. */
  refresh(): Diagnostic[] {
    const pending = this.#pending;
    this.#pending = new Set();
    const changed = new Set<string>();
    const before = new Map(this.#exports);
    const diagnostics: Diagnostic[] = [];
    for (const node of this.#plan?.nodes ?? []) {
      const running = this.#node(node.id);
      // An import makes its declarations from its exports while it is evaluated.
      const imported = node.kind === 'import' && pending.has(node.id);
      const needed = imported || [...node.needs].some((id) => changed.has(id));
      if (needed) appendAll(diagnostics, this.#evaluate(node));
      const isNew = needed || pending.has(node.id) ? (running?.refreshExports() ?? true) : false;
      if (isNew) changed.add(node.id);
    }
    const isLibrary = this.#plan?.kind === 'library' && changed.size > 0;
    if (isLibrary || !deepEqual(before, this.#exports)) this.parent.exportsChanged?.();
    return diagnostics;
  }

  /** Marks a node's exports as possibly changed; `refresh` follows. */
  nodeChanged(id: string): void {
    this.#pending.add(id);
    this.#host.schedule(this);
  }

  exports(): ReadonlyMap<string, Value> {
    return this.#exports;
  }

  get modulePath(): string {
    return this.parent.modulePath?.() ?? this.parent.lexical?.modulePath ?? '';
  }

  get plan(): ModulePlan<C> | undefined {
    return this.#plan;
  }

  /** The running node of an id in this module. */
  node(id: string): RunningNode<C> | undefined {
    return this.#node(id);
  }

  /** The running module `levels` lexical levels out. */
  outward(levels: number): Module<C> | undefined {
    return levels === 0 ? this : this.parent.lexical?.outward(levels - 1);
  }

  /** How many nodes run in this module and the modules in it. */
  count(): number {
    let count = 0;
    for (const node of this.#nodes.values()) count += nodeCount(node);
    return count;
  }

  /** The running nodes of this module, without those of modules in it. */
  nodes(): Iterable<RunningNode<C>> {
    return this.#nodes.values();
  }

  /** Every component of this module and the modules in it. */
  *components(): Generator<{ readonly node: ComponentNode<C>; readonly module: Module<C> }> {
    for (const running of this.#nodes.values()) {
      if (running instanceof ComponentNode) yield { node: running, module: this };
      else for (const module of running.modules()) yield* module.components();
    }
  }

  /** The nodes of this module and the modules in it that are no components: imports, custom components, foreach. */
  *composites(): Generator<Exclude<RunningNode<C>, ComponentNode<C>>> {
    for (const running of this.#nodes.values()) {
      if (running instanceof ComponentNode) continue;
      yield running;
      for (const module of running.modules()) yield* module.composites();
    }
  }

  start(): void {
    for (const node of this.#nodes.values()) node.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
  }

  #node(id: string): RunningNode<C> | undefined {
    return this.#nodes.get(id);
  }

  #lookup(path: readonly string[]) {
    const known = { has: (id: string) => this.#nodes.has(id) || this.#arguments.has(id) };
    const id = resolveId(path, known);
    if (id === undefined) return undefined;
    const value = this.#nodes.get(id)?.value() ?? this.#arguments.get(id)!;
    return { value, length: id.split('.').length };
  }

  #evaluate(node: PlanNode<C>): readonly Diagnostic[] {
    switch (node.kind) {
      case 'declare':
        return [];
      case 'config':
        return this.#configure(node);
      case 'argument':
        return this.#argument(node.block);
      case 'export':
        return this.#export(node.block);
      default: {
        const running = this.#running(node);
        if (typeof running === 'string') return [diagnosticAt(node.block.nameSpan, running)];
        const diagnostics = this.#host.measured(() => running.evaluate(this.scope));
        if (this.#host.running) running.start();
        return diagnostics;
      }
    }
  }

  #running(plan: RunningPlan<C>): RunningNode<C> | string {
    const existing = this.#node(plan.id);
    if (existing !== undefined) {
      (existing as { plan: PlanNode<C> }).plan = plan;
      return existing;
    }
    const refusal = this.#host.admit(this.parent.depth);
    if (refusal !== undefined) return refusal;
    const created = this.#create(plan);
    this.#nodes.set(plan.id, created);
    return created;
  }

  #create(plan: RunningPlan<C>): RunningNode<C> {
    const id = this.parent.idPrefix + plan.id;
    const changed = (): void => this.nodeChanged(plan.id);
    const services: NodeServices<C> = {
      createContext: () => this.#host.createContext(id, changed),
      createStopSource: () => this.#host.createStopSource(),
      healthOf: (componentId) => this.#host.healthOf(componentId),
      exited: (componentId, error) => this.#host.exited(componentId, error),
    };
    if (plan.kind === 'component') return new ComponentNode(id, plan, services);
    if (plan.kind === 'import') return new ImportNode(id, plan, services, this.#host, this);
    if (plan.kind === 'custom') return new CustomNode(id, plan, this.#host, this, changed);
    return new ForeachNode(id, plan, this.#host, this);
  }

  #configure({ block, handler }: PlanNode<C> & { kind: 'config' }): readonly Diagnostic[] {
    const decoded = decodeBody(handler.schema, block.body, block.span, this.scope);
    if (decoded.args === undefined || decoded.unknown) return decoded.diagnostics;
    try {
      handler.apply(decoded.args);
      return [];
    } catch (error) {
      return [buildDiagnostic(block, error)];
    }
  }

  #argument(block: Block): readonly Diagnostic[] {
    const { args, diagnostics } = decodeBody(argumentSchema, block.body, block.span, this.scope);
    const value = this.#given.get(block.label) ?? args?.default ?? null;
    this.#arguments.set(`argument.${block.label}`, new Map([['value', value]]));
    return diagnostics;
  }

  #export(block: Block): readonly Diagnostic[] {
    const { args, diagnostics } = decodeBody(exportSchema, block.body, block.span, this.scope);
    // Unknown rather than missing, so that what uses it has nothing of its own to report.
    this.#exports.set(block.label, args === undefined ? new Unknown() : args.value);
    return diagnostics;
  }

  #dropMissing(plan: ModulePlan<C>): void {
    const kept = new Map(plan.nodes.map((node) => [node.id, node.kind] as const));
    for (const [id, running] of this.#nodes) {
      if (kept.get(id) === running.plan.kind) continue;
      this.#nodes.delete(id);
      this.#host.released(nodeCount(running), running.stop());
    }
    this.#arguments.clear();
  }
}

function nodeCount<C extends Context>(node: RunningNode<C>): number {
  if (node instanceof ComponentNode) return 1;
  return 1 + node.modules().reduce((sum, module) => sum + module.count(), 0);
}
