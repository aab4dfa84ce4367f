/** One component of a running configuration: its arguments, its exports, its run and its health. */
import { buildDiagnostic } from './argument-place.ts';
import { type AnyComponentDefinition, ArgumentError, type Component, type Health } from './component.ts';
import { decodeBody } from './decode.ts';
import { type Diagnostic, diagnosticAt, diagnosticLine } from './diagnostics.ts';
import { deepEqual } from './equality.ts';
import { CREATED, EVALUATED, leastHealthy, STARTED } from './health.ts';
import { findMistakes } from './mistakes.ts';
import type { ComponentPlan, Context, ImportPlan } from './plan.ts';
import type { BodySchema, Decoded } from './schema.ts';
import { type Scope, Unknown } from './scope.ts';
import type { StopSource } from './stop-source.ts';
import type { ObjectValue, Value } from './value-types.ts';

export interface NodeServices<C extends Context> {
  createContext(componentId: string): C;
  createStopSource(): StopSource;
  /** What the runtime knows of a component that it does not know of itself. */
  healthOf(componentId: string): Health | undefined;
  /** A run ended or failed; for the runtime's log. */
  exited(componentId: string, error: unknown): void;
}

export class ComponentNode<C extends Context> {
  readonly id: string;
  readonly definition: AnyComponentDefinition<C>;
  plan: ComponentPlan<C> | ImportPlan<C>;
  component: Component<unknown> | undefined;
  /** What the component was last given and took. */
  args: unknown;
  /** Undefined while the component could not be built. */
  exports: ObjectValue | undefined;
  readonly #services: NodeServices<C>;
  #evaluation: Health = CREATED;
  #run: Health = CREATED;
  #stop: StopSource | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(id: string, plan: ComponentPlan<C> | ImportPlan<C>, services: NodeServices<C>) {
    this.id = id;
    this.plan = plan;
    this.definition = plan.definition;
    this.#services = services;
  }

  get health(): Health {
    const base = this.#stop === undefined ? this.#evaluation : leastHealthy(this.#run, this.#evaluation);
    const told = [this.component?.health?.(), this.#services.healthOf(this.id)];
    return leastHealthy(base, ...told.filter((health) => health !== undefined));
  }

  /** Decodes the block and builds or updates the component. After a mistake the last good arguments stay in force. */
  evaluate(scope: Scope): readonly Diagnostic[] {
    const { block } = this.plan;
    const { name, declaredOnly } = this.definition;
    if (declaredOnly)
      return this.#failed([diagnosticAt(block.nameSpan, notRunning(`component ${JSON.stringify(name)}`))]);
    const decoded = decodeBody(this.definition.schema, block.body, block.span, scope);
    if (decoded.args === undefined) return this.#failed(this.#mistakes(scope));
    if (decoded.unknown) {
      const mistakes = this.#mistakes(scope);
      if (mistakes.length > 0) return this.#failed(mistakes);
      this.#evaluation = { state: 'unhealthy', message: WAITING };
      return [];
    }
    try {
      this.#apply(decoded.args);
    } catch (error) {
      const thrown = buildDiagnostic(block, error);
      return this.#failed(error instanceof ArgumentError ? this.#mistakes(scope, thrown) : [thrown]);
    }
    this.#evaluation = EVALUATED;
    return [];
  }

  /** Reads the exports again; true if they are others than before. */
  refreshExports(): boolean {
    if (this.component === undefined) return false;
    const current = new Map(Object.entries(this.component.exports()));
    if (this.exports !== undefined && deepEqual(current, this.exports)) return false;
    this.exports = current;
    return true;
  }

  /** What expressions see. A component that could not be built is unknown, so that only its own mistake is reported. */
  value(): Value {
    return this.exports ?? new Unknown();
  }

  start(): void {
    const { component } = this;
    if (this.#stop !== undefined || component === undefined) return;
    const stop = this.#services.createStopSource();
    this.#stop = stop;
    this.#run = STARTED;
    if (component.run === undefined) return;
    this.#running = this.#watch(component.run.bind(component), stop);
  }

  stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    return this.#running;
  }

  async #watch(run: NonNullable<Component<unknown>['run']>, stop: StopSource): Promise<void> {
    let error: unknown;
    try {
      await run(stop.signal);
    } catch (caught) {
      error = caught;
    }
    if (stop.signal.aborted) return;
    const reason = error === undefined ? 'normally' : `with error: ${error instanceof Error ? error.message : error}`;
    this.#run = { state: 'exited', message: `component shut down ${reason}` };
    this.#services.exited(this.id, error);
  }

  #apply(args: Decoded<BodySchema>): void {
    this.definition.validate?.(args);
    if (this.component === undefined) {
      this.component = this.definition.create(this.#services.createContext(this.id), args);
    } else if (!deepEqual(args, this.args)) {
      this.component.update(args);
    }
    this.args = args;
  }

  /** All there are in the block. `thrown`: the one that is known, which what is made anew for the search may not find. */
  #mistakes(scope: Scope, thrown?: Diagnostic): readonly Diagnostic[] {
    const { componentId, regexLimits, proxies } = this.#services.createContext(this.id);
    const context = {
      componentId,
      exportsChanged() {},
      ...(regexLimits && { regexLimits }),
      ...(proxies && { proxies }),
    };
    const { errors, unsupported } = findMistakes(this.definition, this.plan.block, scope, context as unknown as C);
    const found = [...errors, ...unsupported];
    const isFound = thrown === undefined || found.some((each) => diagnosticLine(each) === diagnosticLine(thrown));
    return isFound ? found : [thrown, ...found];
  }

  #failed(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    this.#evaluation = { state: 'unhealthy', message: diagnostics.map(diagnosticLine).join('; ') };
    return diagnostics;
  }
}

/** What it refers to could not be built, or has no value before some server has answered. */
const WAITING = 'refers to a value that is not there yet';

/** The refusal of what is declared only; `subject` is quoted by the caller. */
export function notRunning(subject: string): string {
  return `${subject} is declared so that its configuration can be checked, but agent-lite does not run it yet`;
}
