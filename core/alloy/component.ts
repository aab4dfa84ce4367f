/**
 * What a component is to the language: a name, a declaration of its arguments, and a factory. The runtime (controller)
 * evaluates arguments, creates and updates components, and hands their exports on; it knows nothing of metrics or logs.
 */
import type { RegexLimits } from '../regex/re2.ts';
import type { BodySchema, Decoded } from './schema.ts';
import type { Value } from './value-types.ts';

export type Stability = 'experimental' | 'public-preview' | 'generally-available';
export type Side = 'host' | 'edge';
export type Exports = Readonly<Record<string, Value>>;

export interface Health {
  readonly state: 'unknown' | 'healthy' | 'unhealthy' | 'exited';
  readonly message: string;
}

/** What every runtime offers a component. The host extends it with clock, files and network (agent-lite/context.ts). */
export interface ComponentContext {
  readonly componentId: string;
  /** Bounds for regular expressions where the configuration comes from a tenant. */
  readonly regexLimits?: RegexLimits;
  /** Whether requests can go through a proxy that the configuration names: absent at a gateway, which never does that. */
  readonly proxies?: 'honoured' | 'needs_newer_node';
  /** Tell the runtime that exports changed: everything that refers to them is evaluated again. */
  exportsChanged(): void;
}

export interface Component<Arguments> {
  /** New arguments on reload or when a referenced export changed. Throws ArgumentError to refuse them. */
  update(args: Arguments): void;
  exports(): Exports;
  /** Works until the signal aborts; ending before that makes the component `exited`. */
  run?(signal: StopSignal): Promise<void>;
  health?(): Health;
  /** Shown on the component's page. */
  debugInfo?(): Readonly<Record<string, unknown>>;
}

/** The part of AbortSignal that core needs, so that core stays free of platform types. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface ComponentDefinition<S extends BodySchema, Context extends ComponentContext = ComponentContext> {
  readonly name: string;
  readonly summary: string;
  readonly stability: Stability;
  /** Where it may be used; a source on the edge is a diagnostic that says which side it runs on. */
  readonly sides: readonly Side[];
  /** Its configuration can be checked, but nothing here runs it yet: `create` is never called. */
  readonly declaredOnly?: true;
  /** Needs a switch of its own and, unlike others, no level of stability. */
  readonly community?: true;
  readonly schema: S;
  /** Names and Alloy types of exports, for docs and checks: `{ receiver: 'MetricsReceiver' }`. */
  readonly exports: Readonly<Record<string, string>>;
  /**
   * Checks that types cannot express. Runs before `create` and `update`, and also for `validate`, which builds nothing.
   * Throws ArgumentError.
   */
  validate?(args: Decoded<S>): void;
  /** Creates the component with its first arguments. Throws ArgumentError. */
  create(context: Context, args: Decoded<S>): Component<Decoded<S>>;
}

/** A definition with its argument type erased, as a registry holds it. */
export type AnyComponentDefinition<Context extends ComponentContext = ComponentContext> =
  // biome-ignore lint/suspicious/noExplicitAny: a registry holds definitions of every argument type
  ComponentDefinition<any, Context>;

/** Keeps the argument type while declaring. */
export function defineComponent<S extends BodySchema, Context extends ComponentContext = ComponentContext>(
  definition: ComponentDefinition<S, Context>,
): ComponentDefinition<S, Context> {
  return definition;
}

/**
 * Arguments that decode but make no sense. `path` names the attribute or block it points at: `endpoint.url`. Where that
 * depends on another argument of the same block, the message names it: it is not told while the other one is mistaken.
 */
export class ArgumentError extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Several of which none hides the others. Is the first of them to whoever takes one. */
export class ArgumentErrors extends ArgumentError {
  readonly all: readonly ArgumentError[];
  constructor(all: readonly ArgumentError[]) {
    super(all[0]!.path, all[0]!.message);
    this.all = all;
  }
}

/** What `make` gives for each; what it refuses of them is thrown together, so that one look shows all. */
export function eachChecked<T, R>(items: readonly T[], make: (item: T, index: number) => R): R[] {
  const refused: ArgumentError[] = [];
  const made: R[] = [];
  items.forEach((item, index) => {
    try {
      made.push(make(item, index));
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      for (const one of refusalsOf(error)) refused.push(one);
    }
  });
  if (refused.length === 1) throw refused[0];
  if (refused.length > 1) throw new ArgumentErrors(refused);
  return made;
}

/** The refusals in what a component threw; none where it threw something else. */
export function refusalsOf(error: unknown): readonly ArgumentError[] {
  if (error instanceof ArgumentErrors) return error.all;
  return error instanceof ArgumentError ? [error] : [];
}

/** Arguments that Alloy takes and that cannot work here, or not yet: running refuses them, `validate` warns as Alloy would pass them. */
export class UnsupportedError extends ArgumentError {}
