/** An instance of a declare: `name "label" { arguments }`. Holds the running module and shows that module's exports. */
import type { Health } from './component.ts';
import { argumentsSchema } from './declared-arguments.ts';
import { decodeBody } from './decode.ts';
import { type Diagnostic, diagnosticAt, diagnosticLine } from './diagnostics.ts';
import { deepEqual } from './equality.ts';
import { CREATED, EVALUATED } from './health.ts';
import { ImportNode } from './import-node.ts';
import { type Host, Module } from './module.ts';
import { type Context, type CustomPlan, type CustomTarget, type Declaration, findCustom } from './plan.ts';
import { type Scope, Unknown } from './scope.ts';
import type { ObjectValue, Value } from './value-types.ts';

interface Found<C extends Context> {
  readonly declaration: Declaration<C>;
  /** The running module whose names the declaration's body sees. */
  readonly lexical: Module<C>;
}

export class CustomNode<C extends Context> {
  readonly id: string;
  plan: CustomPlan<C>;
  exports: ObjectValue | undefined;
  health: Health = CREATED;
  /** What it was last given. */
  args: ObjectValue | undefined;
  readonly #host: Host<C>;
  readonly #owner: Module<C>;
  readonly #changed: () => void;
  #module: Module<C> | undefined;

  constructor(id: string, plan: CustomPlan<C>, host: Host<C>, owner: Module<C>, changed: () => void) {
    this.id = id;
    this.plan = plan;
    this.#host = host;
    this.#owner = owner;
    this.#changed = changed;
  }

  evaluate(scope: Scope): readonly Diagnostic[] {
    const diagnostics = this.#load(scope);
    const message = diagnostics.map(diagnosticLine).join('; ');
    this.health = diagnostics.length === 0 ? EVALUATED : { state: 'unhealthy', message };
    return diagnostics;
  }

  refreshExports(): boolean {
    if (this.#module === undefined) return false;
    const current = new Map(this.#module.exports());
    if (this.exports !== undefined && deepEqual(current, this.exports)) return false;
    this.exports = current;
    return true;
  }

  value(): Value {
    return this.exports ?? new Unknown();
  }

  modules(): readonly Module<C>[] {
    return this.#module === undefined ? [] : [this.#module];
  }

  start(): void {
    this.#module?.start();
  }

  async stop(): Promise<void> {
    await this.#module?.stop();
  }

  #load(scope: Scope): readonly Diagnostic[] {
    const { block, target } = this.plan;
    const found = this.#find(target, this.#owner);
    if (found === 'failed') return [];
    const plan = found?.declaration.plan;
    if (found === undefined || plan === undefined) {
      const message = `cannot find the definition of component name ${JSON.stringify(block.name)}`;
      return [diagnosticAt(block.nameSpan, message)];
    }
    const schema = argumentsSchema(plan);
    const { args, diagnostics, unknown } = decodeBody(schema, block.body, block.span, scope);
    if (args === undefined || unknown) return diagnostics;
    const given = new Map(Object.entries(args).filter(([, value]) => value !== undefined) as [string, Value][]);
    this.args = given;
    return this.#moduleOf(found.lexical).load(plan, given);
  }

  /** 'failed': the import it comes from has a mistake of its own, which is reported there. */
  #find(target: CustomTarget<C>, from: Module<C>): Found<C> | 'failed' | undefined {
    const lexical = from.outward(target.levelsOut);
    if (lexical === undefined) return undefined;
    if (target.kind === 'declared') return { declaration: target.declaration, lexical };
    const node = lexical.node(target.importId);
    const library = node instanceof ImportNode ? node.library : undefined;
    if (library?.plan === undefined) return 'failed';
    const inner = findCustom(target.name, library.plan.environment);
    return inner === undefined ? undefined : this.#find(inner, library);
  }

  #moduleOf(lexical: Module<C>): Module<C> {
    this.#module ??= new Module(this.#host, {
      idPrefix: `${this.id}/`,
      depth: this.#owner.parent.depth + 1,
      lexical,
      owner: { module: this.#owner, id: this.plan.id },
      exportsChanged: this.#changed,
    });
    return this.#module;
  }
}
