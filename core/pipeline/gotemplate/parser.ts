/** Parses Go templates to a tree: actions, pipelines, if / else if / else, with, variables. range and define are refused. */
import { isAbsentFunction } from './absent-functions.ts';
import type { TemplateToken } from './tokens.ts';
import { TemplateError, tokenizeTemplate, UnsupportedTemplateError } from './tokens.ts';

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipeline: Pipeline }
  | { readonly kind: 'assign'; readonly name: string; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with';
      readonly condition: Pipeline;
      readonly then: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** Each command gets the value of the one before as its last argument. */
export type Pipeline = readonly Command[];

export type Command =
  | { readonly kind: 'value'; readonly of: Operand }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Operand[] };

export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'field'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly names: readonly string[] };

const unsupportedWords = new Set(['range', 'define', 'template', 'block', 'break', 'continue']);
const maxDepth = 64;

export function parseTemplate(template: string, hasFunction: (name: string) => boolean): readonly TemplateNode[] {
  const parser = new Parser(tokenizeTemplate(template), hasFunction);
  return parser.parse();
}

class Parser {
  readonly #tokens: readonly TemplateToken[];
  readonly #hasFunction: (name: string) => boolean;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly TemplateToken[], hasFunction: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#hasFunction = hasFunction;
  }

  parse(): readonly TemplateNode[] {
    const nodes = this.#nodes();
    if (this.#at < this.#tokens.length) throw new TemplateError(`unexpected {{${this.#word()}}}`);
    return nodes;
  }

  /** Up to the end, or up to `{{end}}` or `{{else …}}`, which are left for the caller. */
  #nodes(): TemplateNode[] {
    const nodes: TemplateNode[] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      if (token.kind === 'text') {
        this.#at++;
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.#word();
      if (word === 'end' || word === 'else') return nodes;
      nodes.push(this.#action(word));
    }
    return nodes;
  }

  /** The keyword of the action that begins here. */
  #word(): string {
    const next = this.#tokens[this.#at + 1];
    return next?.kind === 'word' ? next.text : '';
  }

  #action(word: string): TemplateNode {
    if (unsupportedWords.has(word)) throw new UnsupportedTemplateError(`{{${word}}} is not yet supported here`);
    this.#at++;
    if (word === 'if' || word === 'with') {
      this.#at++;
      return this.#branch(word);
    }
    const first = this.#tokens[this.#at];
    if (first?.kind === 'variable' && this.#tokens[this.#at + 1]?.kind === 'assign') {
      this.#at += 2;
      const pipeline = this.#pipeline();
      this.#expect('close');
      return { kind: 'assign', name: first.name, pipeline };
    }
    const pipeline = this.#pipeline();
    this.#expect('close');
    return { kind: 'output', pipeline };
  }

  #branch(kind: 'if' | 'with'): TemplateNode {
    if (++this.#depth > maxDepth) throw new TemplateError(`a template may nest ${maxDepth} levels deep`);
    const condition = this.#pipeline();
    this.#expect('close');
    const then = this.#nodes();
    const otherwise = this.#otherwise(kind);
    this.#depth--;
    return { kind, condition, then, otherwise };
  }

  #otherwise(kind: 'if' | 'with'): readonly TemplateNode[] {
    const word = this.#word();
    if (this.#tokens[this.#at]?.kind !== 'open' || word === '') throw new TemplateError(`{{${kind}}} has no {{end}}`);
    this.#at += 2;
    if (word === 'end') {
      this.#expect('close');
      return [];
    }
    const next = this.#tokens[this.#at];
    if (next?.kind === 'word' && next.text === kind) {
      // "else if" shares the end of the "if" before it.
      this.#at++;
      return [this.#branch(kind)];
    }
    this.#expect('close');
    const nodes = this.#nodes();
    if (this.#word() !== 'end') throw new TemplateError(`{{${kind}}} has no {{end}}`);
    this.#at += 2;
    this.#expect('close');
    return nodes;
  }

  #pipeline(): Pipeline {
    const commands = [this.#command()];
    while (this.#tokens[this.#at]?.kind === 'pipe') {
      this.#at++;
      commands.push(this.#command());
    }
    const notCalled = commands.slice(1).some((command) => command.kind === 'value');
    if (notCalled) throw new TemplateError('what follows a "|" must be a function');
    return commands;
  }

  #command(): Command {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' || token.text === 'true' || token.text === 'false' || token.text === 'nil') {
      return { kind: 'value', of: this.#operand() };
    }
    this.#at++;
    this.#checkFunction(token.text);
    const args: Operand[] = [];
    while (this.#startsOperand()) args.push(this.#operand());
    return { kind: 'call', name: token.text, args };
  }

  #startsOperand(): boolean {
    const kind = this.#tokens[this.#at]?.kind;
    return kind !== undefined && kind !== 'close' && kind !== 'pipe' && kind !== ')';
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at++];
    switch (token?.kind) {
      case 'string':
      case 'number':
        return { kind: 'literal', value: token.value };
      case 'field':
        return { kind: 'field', names: token.names };
      case 'variable':
        return { kind: 'variable', name: token.name, names: token.names };
      case '(': {
        if (++this.#depth > maxDepth) throw new TemplateError(`a template may nest ${maxDepth} levels deep`);
        const pipeline = this.#pipeline();
        this.#expect(')');
        this.#depth--;
        const next = this.#tokens[this.#at];
        if (next?.kind === 'field_of') this.#at++;
        return { kind: 'pipeline', pipeline, names: next?.kind === 'field_of' ? next.names : [] };
      }
      case 'word':
        if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' };
        if (token.text === 'nil') return { kind: 'literal', value: null };
        this.#checkFunction(token.text);
        return { kind: 'pipeline', pipeline: [{ kind: 'call', name: token.text, args: [] }], names: [] };
      default:
        throw new TemplateError('an action is incomplete');
    }
  }

  #checkFunction(name: string): void {
    if (this.#hasFunction(name)) return;
    if (isAbsentFunction(name)) throw new UnsupportedTemplateError(`function "${name}" is not yet supported here`);
    throw new TemplateError(`function "${name}" is not defined`);
  }

  #expect(kind: TemplateToken['kind']): void {
    if (this.#tokens[this.#at]?.kind !== kind) {
      throw new TemplateError(kind === 'close' ? 'unexpected word in an action' : `expected "${kind}"`);
    }
    this.#at++;
  }
}
