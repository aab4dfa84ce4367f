/** What kind of node a block of a module is, and whether it may stand there. */
import { type Block, type Body, blockId } from './ast.ts';
import { unknownComponent } from './component-index.ts';
import { CONFIG_BLOCK_NAMES } from './config-block.ts';
import { appendAll, type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { MAX_HINTS } from './limits.ts';
import { type Context, type Environment, findCustom, type Language, type ModuleKind, type PlanNode } from './plan.ts';
import { joinSpans, type Span } from './source.ts';
import { stabilityError } from './stability.ts';

/** A node before its references are known. */
export type Draft<C extends Context> =
  PlanNode<C> extends infer N ? (N extends { needs: unknown } ? Omit<N, 'needs' | 'references'> : never) : never;

export class Classifier<C extends Context> {
  readonly #kind: ModuleKind;
  readonly #language: Language<C>;
  readonly #environment: Environment<C>;
  readonly #diagnostics: Diagnostic[];

  constructor(kind: ModuleKind, language: Language<C>, environment: Environment<C>, diagnostics: Diagnostic[]) {
    this.#kind = kind;
    this.#language = language;
    this.#environment = environment;
    this.#diagnostics = diagnostics;
  }

  /** The node that a block makes; undefined where it cannot be one, which is then reported. */
  classify(block: Block): Draft<C> | undefined {
    const { name } = block;
    const id = blockId(block);
    if (this.#kind === 'library' && name !== 'declare' && !isImport(name)) {
      this.#error(block.nameSpan, `only declare and import blocks are allowed in a module, got ${name}`);
      return undefined;
    }
    if (name === 'declare') return this.#labelled(block) ? { kind: 'declare', id, block } : undefined;
    if (name === 'argument' || name === 'export') return this.#boundary(block, name);
    if (name === 'foreach') return this.#foreach(block);
    if (isImport(name)) return this.#import(block);
    if (CONFIG_BLOCK_NAMES.has(name) || this.#language.configBlocks.has(name)) return this.#config(block);
    return this.#component(block);
  }

  #boundary(block: Block, kind: 'argument' | 'export'): Draft<C> | undefined {
    if (this.#kind !== 'declare') {
      this.#error(block.span, `${kind} blocks only allowed inside a module`);
      return undefined;
    }
    return this.#labelled(block) ? { kind, id: blockId(block), block } : undefined;
  }

  #config(block: Block): Draft<C> | undefined {
    const { name } = block;
    if (this.#kind !== 'root') {
      this.#error(headSpan(block), `${name} not allowed in ${this.#kind === 'foreach' ? 'foreach' : 'module'}`);
      return undefined;
    }
    const handler = this.#language.configBlocks.get(name);
    if (handler === undefined) {
      const where = this.#language.side === 'host' ? 'agent-lite' : 'the gateway';
      this.#error(block.nameSpan, `block ${JSON.stringify(name)} is known in Alloy, but ${where} does not have it`);
      return undefined;
    }
    if (block.label !== '') {
      this.#error(headSpan(block), `block ${JSON.stringify(name)} does not support specifying labels`);
      return undefined;
    }
    this.#checkStability(block, `block "${name}"`, handler.stability);
    return { kind: 'config', id: name, block, handler };
  }

  #import(block: Block): Draft<C> | undefined {
    if (!this.#labelled(block)) return undefined;
    const definition = this.#language.registry.get(block.name);
    if (definition === undefined) {
      this.#diagnostics.push(unknownComponent(block, this.#language, []));
      return undefined;
    }
    return { kind: 'import', id: blockId(block), block, definition };
  }

  #foreach(block: Block): Draft<C> | undefined {
    if (!this.#labelled(block)) return undefined;
    this.#checkStability(block, 'foreach block "foreach"', 'experimental');
    const template = block.body.find((each) => each.kind === 'block' && each.name === 'template') as Block | undefined;
    if (template === undefined) {
      this.#error(block.span, 'missing required block "template"');
      return undefined;
    }
    const body = block.body.filter((statement) => statement !== template);
    return { kind: 'foreach', id: blockId(block), block, variable: foreachVariable(body), body, template: undefined };
  }

  #component(block: Block): Draft<C> | undefined {
    const { name } = block;
    const definition = this.#language.registry.get(name);
    const target = definition === undefined ? findCustom(name, this.#environment) : undefined;
    if (definition === undefined && target === undefined) {
      this.#diagnostics.push(
        unknownComponent(block, this.#language, this.#diagnostics.length < MAX_HINTS ? this.#customNames() : []),
      );
      return undefined;
    }
    if (block.label === '') {
      this.#error(block.nameSpan, `component ${JSON.stringify(name)} must have a label`);
      return undefined;
    }
    const id = blockId(block);
    if (definition === undefined) return { kind: 'custom', id, block, target: target! };
    if (!definition.sides.includes(this.#language.side)) {
      const where = definition.sides[0] === 'host' ? 'on a host (agent-lite)' : 'at the gateway';
      this.#error(block.nameSpan, `component ${JSON.stringify(name)} runs ${where} only`);
      return undefined;
    }
    if (definition.community) this.#checkCommunity(block);
    else this.#checkStability(block, `component ${JSON.stringify(name)}`, definition.stability);
    return { kind: 'component', id, block, definition };
  }

  #customNames(): string[] {
    const names: string[] = [];
    for (let at: Environment<C> | undefined = this.#environment; at !== undefined; at = at.outer) {
      appendAll(names, at.declarations.keys());
    }
    return names;
  }

  #labelled(block: Block): boolean {
    if (block.label !== '') return true;
    this.#error(block.nameSpan, `${block.name} block must have a label`);
    return false;
  }

  #checkCommunity({ name, nameSpan }: Block): void {
    if (this.#language.communityComponents) return;
    const subject = `the component ${JSON.stringify(name)} is a community component`;
    const flag = '--feature.community-components.enabled command-line flag';
    this.#error(nameSpan, `${subject}. Use the ${flag} to enable community components`);
  }

  #checkStability(block: Block, subject: string, level: Language<C>['minStability']): void {
    const message = stabilityError(subject, level, this.#language.minStability);
    if (message !== undefined) this.#error(block.nameSpan, message);
  }

  #error(span: Span, message: string): void {
    this.#diagnostics.push(diagnosticAt(span, message));
  }
}

export function isImport(name: string): boolean {
  return name.startsWith('import.');
}

/** The line that opens a block: name, label and brace. */
export function headSpan(block: Block): Span {
  return joinSpans(block.nameSpan, block.open);
}

function foreachVariable(body: Body): string {
  const attribute = body.find((statement) => statement.kind === 'attribute' && statement.name.name === 'var');
  const value = attribute?.kind === 'attribute' ? attribute.value : undefined;
  return value?.kind === 'literal' && value.type === 'STRING' ? value.text.slice(1, -1) : '';
}
