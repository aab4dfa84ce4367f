/** `foreach`: one running module of the template for each element of a collection, kept while the element stays. */
import type { Health } from './component.ts';
import { decodeBody } from './decode.ts';
import { appendAll, type Diagnostic, diagnosticLine } from './diagnostics.ts';
import { CREATED, EVALUATED } from './health.ts';
import { type Host, Module } from './module.ts';
import { numberText } from './numbers.ts';
import type { Context, ForeachPlan } from './plan.ts';
import { body, required, t, withDefault } from './schema.ts';
import { chainScopes, type Scope, Unknown } from './scope.ts';
import { isArray, isNumber, isObject, sortedKeys } from './value-kind.ts';
import type { Value } from './value-types.ts';

export const foreachSchema = body({
  collection: required(t.list(t.any)),
  var: required(t.string),
  id: withDefault(t.string, ''),
  enable_metrics: withDefault(t.bool, false),
  hash_string_id: withDefault(t.bool, false),
});

interface Child<C extends Context> {
  readonly module: Module<C>;
  element: Value;
}

export class ForeachNode<C extends Context> {
  readonly id: string;
  plan: ForeachPlan<C>;
  health: Health = CREATED;
  readonly #host: Host<C>;
  readonly #owner: Module<C>;
  readonly #children = new Map<string, Child<C>>();

  constructor(id: string, plan: ForeachPlan<C>, host: Host<C>, owner: Module<C>) {
    this.id = id;
    this.plan = plan;
    this.#host = host;
    this.#owner = owner;
  }

  evaluate(scope: Scope): readonly Diagnostic[] {
    const diagnostics = this.#load(scope);
    const message = diagnostics.map(diagnosticLine).join('; ');
    this.health = diagnostics.length === 0 ? EVALUATED : { state: 'unhealthy', message };
    return diagnostics;
  }

  refreshExports(): boolean {
    return false;
  }

  value(): Value {
    return new Unknown();
  }

  modules(): readonly Module<C>[] {
    return [...this.#children.values()].map((child) => child.module);
  }

  start(): void {
    for (const { module } of this.#children.values()) module.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map(({ module }) => module.stop()));
  }

  #load(scope: Scope): readonly Diagnostic[] {
    const { block, body: own, template } = this.plan;
    const { args, diagnostics, unknown } = decodeBody(foreachSchema, own, block.span, scope);
    if (args === undefined || unknown || template === undefined) return diagnostics;
    const problems: Diagnostic[] = [];
    const elements = keyed(args.collection, args.id, args.hash_string_id);
    for (const [key, child] of this.#children) {
      if (elements.has(key)) continue;
      this.#children.delete(key);
      this.#host.released(child.module.count(), child.module.stop());
    }
    for (const [key, element] of elements) {
      appendAll(problems, this.#child(key, element, scope).module.load(template));
    }
    return problems;
  }

  #child(key: string, element: Value, scope: Scope): Child<C> {
    const existing = this.#children.get(key);
    if (existing !== undefined) {
      existing.element = element;
      return existing;
    }
    // The element is read through the child, so that a new one under the same key is seen.
    const variable: Scope = {
      lookup: ([name]) => (name === this.plan.variable ? { value: child.element, length: 1 } : undefined),
    };
    const module = new Module(this.#host, {
      idPrefix: `${this.id}/${key}/`,
      depth: this.#owner.parent.depth + 1,
      lexical: this.#owner,
      owner: { module: this.#owner, id: this.plan.id },
      scope: chainScopes(variable, scope),
    });
    const child: Child<C> = { module, element };
    this.#children.set(key, child);
    return child;
  }
}

/** Keys that stay the same while elements come and go; equal elements are told apart by a count. */
function keyed(collection: readonly Value[], idField: string, hashTexts: boolean): Map<string, Value> {
  const counts = new Map<string, number>();
  const elements = new Map<string, Value>();
  for (const element of collection) {
    const identity = isObject(element) && idField !== '' ? (element.get(idField) ?? element) : element;
    const base = `foreach_${fingerprint(identity, hashTexts)}`;
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    elements.set(`${base}_${count}`, element);
  }
  return elements;
}

function fingerprint(value: Value, hashTexts: boolean): string {
  if (typeof value === 'string') return hashTexts ? hash(value) : value.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 100);
  if (isNumber(value)) return numberText(value).replace(/[^A-Za-z0-9_]/g, '_');
  return hash(canonical(value));
}

function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join()}]`;
  if (isObject(value)) {
    return `{${sortedKeys(value)
      .map((key) => `${JSON.stringify(key)}:${canonical(value.get(key)!)}`)
      .join()}}`;
  }
  return isNumber(value) ? numberText(value) : JSON.stringify(value);
}

/** FNV-1a of 64 bits. Only names modules within one foreach. */
function hash(text: string): string {
  let state = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    state = BigInt.asUintN(64, (state ^ BigInt(byte)) * 0x100000001b3n);
  return state.toString(16);
}
