/** Builds module plans. See plan.ts for what they are; the texts of mistakes are Alloy's. */
import { type Block, type Body, blockId } from './ast.ts';
import { Classifier, type Draft, headSpan, isImport } from './classify.ts';
import { appendAll, type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { orderByDependency } from './graph.ts';
import { MAX_HINTS, MAX_NODES, TOO_MANY_NODES } from './limits.ts';
import {
  type Context,
  type Declaration,
  type Environment,
  findCustom,
  isReferable,
  type Language,
  type ModuleKind,
  type ModulePlan,
  type PlanNode,
  type Planned,
} from './plan.ts';
import { findReferences } from './references.ts';
import type { Span } from './source.ts';

export interface Around<C extends Context> {
  readonly environment?: Environment<C>;
  /** Foreach templates see the nodes around them. */
  readonly outerIds?: ReadonlySet<string>;
  readonly variables?: ReadonlySet<string>;
}

export function planModule<C extends Context>(
  body: Body,
  kind: ModuleKind,
  language: Language<C>,
  around: Around<C> = {},
): Planned<C> {
  const planner = new Planner(kind, language, around);
  const plan = planner.plan(body);
  return { plan, diagnostics: planner.diagnostics };
}

class Planner<C extends Context> {
  readonly diagnostics: Diagnostic[] = [];
  readonly #kind: ModuleKind;
  readonly #language: Language<C>;
  readonly #around: Around<C>;
  readonly #environment: Environment<C>;
  readonly #classifier: Classifier<C>;
  readonly #drafts = new Map<string, Draft<C>>();
  readonly #blocks = new Map<string, Block>();
  #full = false;

  constructor(kind: ModuleKind, language: Language<C>, around: Around<C>) {
    this.#kind = kind;
    this.#language = language;
    this.#around = around;
    this.#environment = { outer: around.environment, declarations: new Map(), imports: new Map() };
    this.#classifier = new Classifier(kind, language, this.#environment, this.diagnostics);
  }

  plan(body: Body): ModulePlan<C> {
    const blocks: Block[] = [];
    for (const statement of body) {
      if (statement.kind === 'block') blocks.push(statement);
      else this.#error(statement.name.span, `unrecognized attribute ${statement.name.name}`);
    }
    // Names of custom components first: any block may use them, wherever it stands.
    for (const block of blocks) this.#declareNames(block);
    for (const block of blocks) this.#draft(block);
    for (const draft of this.#drafts.values()) if (draft.kind === 'foreach') this.#planTemplate(draft);
    for (const declaration of this.#environment.declarations.values()) this.#planDeclaration(declaration);
    return { kind: this.#kind, nodes: this.#wire(), environment: this.#environment };
  }

  #declareNames(block: Block): void {
    if (block.name === 'declare' && block.label !== '' && !this.#environment.declarations.has(block.label)) {
      this.#environment.declarations.set(block.label, { label: block.label, block, plan: undefined });
    }
    if (isImport(block.name) && block.label !== '') this.#environment.imports.set(block.label, blockId(block));
  }

  #draft(block: Block): void {
    const draft = this.#classifier.classify(block);
    if (draft === undefined) return;
    const first = this.#blocks.get(draft.id);
    if (first !== undefined) {
      const { line, column } = first.span.source.position(first.span.start);
      const where = `${first.span.source.filename}:${line}:${column}`;
      this.#error(headSpan(block), `block ${draft.id} already declared at ${where}`);
      return;
    }
    if (this.#drafts.size >= MAX_NODES) {
      if (!this.#full) this.#error(headSpan(block), TOO_MANY_NODES);
      this.#full = true;
      return;
    }
    this.#blocks.set(draft.id, block);
    this.#drafts.set(draft.id, draft);
  }

  /** After all nodes of this module are known, because a template may refer to any of them. */
  #planTemplate(draft: Draft<C> & { kind: 'foreach' }): void {
    const template = draft.block.body.find((each) => each.kind === 'block' && each.name === 'template') as Block;
    const planned = planModule(template.body, 'foreach', this.#language, {
      environment: this.#environment,
      outerIds: new Set([...(this.#around.outerIds ?? []), ...this.#referableIds()]),
      variables: new Set([...(this.#around.variables ?? []), draft.variable]),
    });
    appendAll(this.diagnostics, planned.diagnostics);
    this.#drafts.set(draft.id, { ...draft, template: planned.plan });
  }

  #planDeclaration(declaration: Declaration<C>): void {
    const planned = planModule(declaration.block.body, 'declare', this.#language, { environment: this.#environment });
    declaration.plan = planned.plan;
    appendAll(this.diagnostics, planned.diagnostics);
    if (this.#language.registry.has(declaration.label) || declaration.label === 'declare') {
      this.#error(
        headSpan(declaration.block),
        `${JSON.stringify(declaration.label)} is not a valid label for a declare block`,
      );
    }
  }

  /** Adds what each node needs, and puts the nodes in order. */
  #wire(): PlanNode<C>[] {
    const names = {
      ids: new Set([...this.#referableIds(), ...(this.#around.outerIds ?? [])]),
      library: new Set([...this.#language.library.keys(), 'module_path']),
      variables: this.#around.variables ?? new Set<string>(),
      minStability: this.#language.minStability,
      inModule: this.#kind === 'declare',
    };
    const needs = new Map<string, ReadonlySet<string>>();
    const references = new Map<string, ReadonlySet<string>>();
    for (const draft of this.#drafts.values()) {
      const own = new Set<string>();
      if (draft.kind !== 'declare') {
        const scope = { ...names, hints: this.diagnostics.length < MAX_HINTS };
        const { ids, diagnostics } = findReferences(draft.block, scope);
        // A foreach's template was checked by its own plan, where more names are known; here only its needs count.
        if (draft.kind !== 'foreach') appendAll(this.diagnostics, diagnostics);
        else appendAll(this.diagnostics, findReferences({ ...draft.block, body: draft.body }, scope).diagnostics);
        for (const id of ids) if (this.#drafts.has(id)) own.add(id);
        references.set(draft.id, ids);
      }
      if (draft.kind === 'custom') this.#needCustom(draft.block.name, own);
      if (draft.kind === 'declare' || draft.kind === 'foreach') this.#needCustomsOf(draft.block.body, own);
      needs.set(draft.id, own);
    }
    const { order, cycles } = orderByDependency(needs);
    for (const cycle of cycles) this.#reportCycle(cycle);
    return order.map((id) => {
      const edges = { needs: needs.get(id)!, references: references.get(id) ?? new Set<string>() };
      return { ...this.#drafts.get(id)!, ...edges } as PlanNode<C>;
    });
  }

  #needCustom(name: string, needs: Set<string>): void {
    const target = findCustom(name, this.#environment);
    if (target === undefined || target.levelsOut > 0) return;
    needs.add(target.kind === 'imported' ? target.importId : `declare.${target.declaration.label}`);
  }

  /** `inner`: names that the body declares itself, which are not the ones of this module. */
  #needCustomsOf(body: Body, needs: Set<string>, inner: ReadonlySet<string> = new Set()): void {
    const blocks = body.filter((statement) => statement.kind === 'block');
    const declared = blocks.filter((block) => block.name === 'declare' || isImport(block.name));
    const names = new Set([...inner, ...declared.map((block) => block.label)]);
    for (const block of blocks) {
      const [first = ''] = block.name.split('.');
      if (!names.has(first) && !this.#language.registry.has(block.name)) this.#needCustom(block.name, needs);
      this.#needCustomsOf(block.body, needs, names);
    }
  }

  #reportCycle(cycle: readonly string[]): void {
    const ids = [...cycle].sort();
    const message = ids.length === 1 ? 'cannot reference self' : `cycle detected: ${ids.join(', ')}`;
    for (const id of ids) this.#error(headSpan(this.#blocks.get(id)!), message);
  }

  #referableIds(): string[] {
    return [...this.#drafts.values()].filter((draft) => isReferable(draft.kind)).map((draft) => draft.id);
  }

  #error(span: Span, message: string): void {
    this.diagnostics.push(diagnosticAt(span, message));
  }
}
