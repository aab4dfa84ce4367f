/**
 * Runs a configuration. Structure mistakes refuse the whole load and leave what runs untouched. Mistakes in values refuse
 * the first load; on a reload the rest is applied, and what failed keeps its last good arguments and turns unhealthy.
 */

import type { Block } from './ast.ts';
import { checkPlan } from './check.ts';
import type { AnyComponentDefinition, Component, Health, Side, Stability } from './component.ts';
import type { ComponentNode } from './component-node.ts';
import type { AnyConfigBlock } from './config-block.ts';
import { type ConfigSource, languageOf, planSources, sortDiagnostics } from './configuration.ts';
import { referencedComponents } from './data-flow.ts';
import { type Diagnostic, diagnosticWithoutPlace, hasErrors } from './diagnostics.ts';
import { MAX_MODULE_DEPTH, MAX_NODES, TOO_DEEP_MODULES, TOO_MANY_NODES } from './limits.ts';
import { type ListedNode, listModule } from './listing.ts';
import { type Host, Module } from './module.ts';
import type { Context, ModulePlan } from './plan.ts';
import { redactedText } from './redact.ts';
import type { StdlibOptions } from './stdlib/index.ts';
import { createStopSource, type StopSource } from './stop-source.ts';
import type { ObjectValue } from './value-types.ts';

export { type ConfigSource, sortDiagnostics } from './configuration.ts';

export interface ControllerOptions<C extends Context> {
  readonly registry: ReadonlyMap<string, AnyComponentDefinition<C>>;
  readonly side: Side;
  /** `exportsChanged` is what the context's method of that name must call. */
  readonly createContext: (componentId: string, exportsChanged: () => void) => C;
  readonly stdlib: StdlibOptions;
  readonly blocks?: ReadonlyMap<string, AnyConfigBlock>;
  readonly minStability?: Stability;
  /** Where signals are made; a runtime passes AbortController, so that they reach fetch() and sockets. */
  readonly createStopSource?: () => StopSource;
  /** Mistakes of an evaluation that a changed export caused, after loading. */
  readonly onDiagnostics?: (diagnostics: readonly Diagnostic[]) => void;
  /** What the runtime knows of a component that it does not know of itself, such as that its data finds no place. */
  readonly healthOf?: (componentId: string) => Health | undefined;
  /** A component's run ended by itself. */
  readonly onExit?: (componentId: string, error: unknown) => void;
  /** After loading: what changed exports led to is done. Components may have come and gone. */
  readonly onRefresh?: () => void;
  /** Runs the evaluation of a node, for a runtime that takes its time. */
  readonly measured?: <T>(evaluate: () => T) => T;
}

/** A node that is no component itself: an import, a custom component, a foreach. */
export interface CompositeInfo {
  readonly id: string;
  readonly health: Health;
}

export interface LoadResult {
  /** False when there was any error, even if the rest of a reload was applied. */
  readonly ok: boolean;
  readonly applied: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ComponentInfo<C extends Context> {
  /** With the path of modules: `prometheus.scrape.x`, `collect.default/prometheus.scrape.x`. */
  readonly id: string;
  /** '' for the root, else the id of the custom component it is in. */
  readonly moduleId: string;
  readonly label: string;
  readonly definition: AnyComponentDefinition<C>;
  readonly component: Component<unknown> | undefined;
  readonly health: Health;
  readonly args: unknown;
  readonly exports: ObjectValue | undefined;
  /** Ids of components that this one's expressions refer to, and those that refer to it. */
  readonly references: readonly string[];
  readonly referencedBy: readonly string[];
  /** The block as written, secrets left out. */
  readonly text: string;
  /** Its tree, to find places in it. It holds secrets as they were written: never show it. */
  readonly block: Block;
}

export class Controller<C extends Context> {
  readonly #options: ControllerOptions<C>;
  #host: Host<C>;
  readonly #dirty = new Set<Module<C>>();
  readonly #stopping = new Set<Promise<void>>();
  #root: Module<C>;
  #loaded = false;
  #running = false;
  #stopped = false;
  #nodes = 0;
  #modulePath = '';
  #draining: Promise<void> | undefined;

  constructor(options: ControllerOptions<C>) {
    this.#options = options;
    this.#host = this.#createHost();
    this.#root = this.#createRoot();
  }

  /** First load, or reload once one has succeeded. `modulePath`: the folder that `module_path` names. */
  load(sources: readonly ConfigSource[], modulePath = ''): LoadResult {
    const { plan, diagnostics } = planSources(sources, this.#host.language);
    if (hasErrors(diagnostics)) {
      // Nothing is built, but mistakes in values show as well, so that one look is enough.
      const more = checkPlan(plan, this.#host.language);
      return { ok: false, applied: false, diagnostics: sortDiagnostics([...diagnostics, ...more], sources) };
    }
    if (!this.#loaded) this.#reset();
    this.#modulePath = modulePath;
    const problems = this.#root.load(plan);
    this.#applyAbsentBlocks(plan, problems, sources[0]?.filename ?? '');
    const all = sortDiagnostics([...diagnostics, ...problems], sources);
    const failed = hasErrors(problems);
    if (failed && !this.#loaded) {
      this.#reset();
      return { ok: false, applied: false, diagnostics: all };
    }
    this.#loaded = true;
    return { ok: !failed, applied: true, diagnostics: all };
  }

  reload(sources: readonly ConfigSource[], modulePath = ''): LoadResult {
    return this.load(sources, modulePath);
  }

  /** Starts the runs of all components, now and of those that later loads add. */
  start(): void {
    this.#running = true;
    this.#root.start();
  }

  /** Tells every component to stop and waits for them, and for those that earlier loads took out. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped = true;
    this.#dirty.clear();
    await Promise.all([this.#root.stop(), ...this.#stopping]);
  }

  components(): readonly ComponentInfo<C>[] {
    const found = [...this.#root.components()];
    const referencedBy = new Map<string, string[]>();
    const rows = found.map(({ node, module }) => {
      const references = referencedComponents(node, module);
      for (const id of references) referencedBy.set(id, [...(referencedBy.get(id) ?? []), node.id]);
      return { node, module, references };
    });
    return rows.map(({ node, module, references }) => ({
      ...describe(node, module),
      references,
      referencedBy: referencedBy.get(node.id) ?? [],
    }));
  }

  /** Imports, custom components and foreach blocks, which may be unhealthy while every component is well. */
  composites(): readonly CompositeInfo[] {
    return [...this.#root.composites()].map(({ id, health }) => ({ id, health }));
  }

  /** What the pages show: per module its components, custom ones and foreach blocks included. */
  listing(): readonly ListedNode<C>[] {
    return [...listModule(this.#root)];
  }

  component(id: string): ComponentInfo<C> | undefined {
    return this.components().find((each) => each.id === id);
  }

  /** When every change of exports up to now has been followed. */
  async settled(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  #createHost(): Host<C> {
    const options = this.#options;
    const isRunning = (): boolean => this.#running;
    const host: Host<C> = {
      language: languageOf(options),
      get running() {
        return isRunning();
      },
      createContext: (id, changed) => options.createContext(id, changed),
      createStopSource: options.createStopSource ?? createStopSource,
      healthOf: (id) => options.healthOf?.(id),
      exited: (id, error) => options.onExit?.(id, error),
      measured: (evaluate) => (options.measured === undefined ? evaluate() : options.measured(evaluate)),
      // Components of a load that failed may still report changes; their modules are not part of anything.
      schedule: (module) => {
        if (host === this.#host && !this.#stopped) this.#schedule(module);
      },
      admit: (depth) => this.#admit(depth),
      released: (nodes, stopped) => {
        this.#nodes -= nodes;
        const done = stopped.finally(() => this.#stopping.delete(done));
        this.#stopping.add(done);
      },
    };
    return host;
  }

  #createRoot(): Module<C> {
    return new Module(this.#host, { idPrefix: '', depth: 0, modulePath: () => this.#modulePath });
  }

  #reset(): void {
    this.#dirty.clear();
    this.#nodes = 0;
    this.#host = this.#createHost();
    this.#root = this.#createRoot();
  }

  #admit(depth: number): string | undefined {
    if (depth > MAX_MODULE_DEPTH) return TOO_DEEP_MODULES;
    if (this.#nodes >= MAX_NODES) return TOO_MANY_NODES;
    this.#nodes++;
    return undefined;
  }

  /** Changes of one turn are followed together, after whatever runs now. */
  #schedule(module: Module<C>): void {
    this.#dirty.add(module);
    this.#draining ??= Promise.resolve().then(() => this.#drain());
  }

  #drain(): void {
    this.#draining = undefined;
    const modules = [...this.#dirty];
    this.#dirty.clear();
    const diagnostics = modules.flatMap((module) => module.refresh());
    if (diagnostics.length > 0) this.#options.onDiagnostics?.(diagnostics);
    this.#options.onRefresh?.();
  }

  /** Config blocks that are not there go back to their defaults. */
  #applyAbsentBlocks(plan: ModulePlan<C>, problems: Diagnostic[], filename: string): void {
    const present = new Set(plan.nodes.map((node) => node.id));
    for (const [name, handler] of this.#host.language.configBlocks) {
      if (present.has(name)) continue;
      try {
        handler.apply(undefined);
      } catch (error) {
        problems.push(
          diagnosticWithoutPlace(filename, `block ${name}: ${error instanceof Error ? error.message : error}`),
        );
      }
    }
  }
}

function describe<C extends Context>(node: ComponentNode<C>, module: Module<C>) {
  return {
    id: node.id,
    moduleId: module.parent.idPrefix.slice(0, -1),
    label: node.plan.block.label,
    definition: node.definition,
    component: node.component,
    health: node.health,
    args: node.args,
    exports: node.exports,
    text: redactedText(node.plan.block, node.definition.schema),
    block: node.plan.block,
  };
}
