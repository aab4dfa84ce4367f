/**
 * `import.string`, and `import.file` and others where a runtime has them: a component whose export `content` is Alloy text,
 * or the texts of files by name. It is a library of declarations; a bad new text leaves the library as it was. While there
 * is no content yet, as of a server that has not answered, what uses the library waits.
 */

import type { Health } from './component.ts';
import { ComponentNode, type NodeServices } from './component-node.ts';
import { type Diagnostic, diagnosticLine, hasErrors } from './diagnostics.ts';
import { CREATED, leastHealthy } from './health.ts';
import { type Host, Module } from './module.ts';
import { parseFile } from './parser.ts';
import type { Context, ImportPlan } from './plan.ts';
import { planModule } from './planner.ts';
import { type Scope, Unknown } from './scope.ts';
import { isObject } from './value-kind.ts';
import type { Value } from './value-types.ts';
import { Secret } from './values.ts';

export class ImportNode<C extends Context> {
  readonly id: string;
  plan: ImportPlan<C>;
  library: Module<C> | undefined;
  readonly #source: ComponentNode<C>;
  readonly #host: Host<C>;
  readonly #owner: Module<C>;
  #content: string | undefined;
  #libraryChanged = false;
  #libraryHealth: Health = CREATED;

  constructor(id: string, plan: ImportPlan<C>, services: NodeServices<C>, host: Host<C>, owner: Module<C>) {
    this.id = id;
    this.plan = plan;
    this.#source = new ComponentNode(id, plan, services);
    this.#host = host;
    this.#owner = owner;
  }

  get health(): Health {
    return leastHealthy(this.#source.health, this.#libraryHealth);
  }

  evaluate(scope: Scope): readonly Diagnostic[] {
    this.#source.plan = this.plan;
    const diagnostics = this.#source.evaluate(scope);
    if (diagnostics.length > 0) return diagnostics;
    this.#source.refreshExports();
    const exported = this.#source.exports?.get('content');
    if (exported === undefined || exported instanceof Unknown) return [];
    const files = contentFiles(exported, this.id);
    const content = JSON.stringify(files);
    // A text with mistakes is read again with each load, so that a reload does not call it right.
    if (content === this.#content && this.#libraryHealth.state === 'healthy') return [];
    this.#content = content;
    const problems = this.#read(files);
    const message = problems.map(diagnosticLine).join('; ');
    this.#libraryHealth = hasErrors(problems)
      ? { state: 'unhealthy', message }
      : { state: 'healthy', message: 'content updated' };
    return problems;
  }

  refreshExports(): boolean {
    const changed = this.#libraryChanged;
    this.#libraryChanged = false;
    return changed;
  }

  value(): Value {
    return new Unknown();
  }

  modules(): readonly Module<C>[] {
    return this.library === undefined ? [] : [this.library];
  }

  start(): void {
    this.#source.start();
    this.library?.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#source.stop(), this.library?.stop()]);
  }

  #read(files: readonly (readonly [string, string])[]): readonly Diagnostic[] {
    const parsed = files.map(([name, text]) => parseFile(text, name));
    const mistakes = parsed.flatMap((each) => each.diagnostics);
    if (hasErrors(mistakes)) return mistakes;
    const body = parsed.flatMap((each) => each.file.body);
    const { plan, diagnostics } = planModule(body, 'library', this.#host.language);
    if (hasErrors(diagnostics)) return diagnostics;
    this.library ??= new Module(this.#host, {
      idPrefix: `${this.id}/`,
      depth: this.#owner.parent.depth + 1,
      modulePath: () => this.#modulePath(),
      exportsChanged: () => {
        this.#libraryChanged = true;
        this.#owner.nodeChanged(this.plan.id);
      },
    });
    this.#libraryChanged = true;
    return [...diagnostics, ...this.library.load(plan)];
  }

  #modulePath(): string {
    const path = this.#source.exports?.get('module_path');
    return typeof path === 'string' ? path : this.#owner.modulePath;
  }
}

/** One text, or the files of a folder by name. */
function contentFiles(content: Value, id: string): [string, string][] {
  if (content === null) return [];
  if (typeof content === 'string') return [[id, content]];
  if (content instanceof Secret) return [[id, content.reveal()]];
  if (!isObject(content)) return [];
  return [...content].flatMap(([name, text]): [string, string][] => (typeof text === 'string' ? [[name, text]] : []));
}
