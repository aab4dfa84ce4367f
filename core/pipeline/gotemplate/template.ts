/** Go templates for stages: compiled when a configuration is loaded, executed line by line. */
import type { RegexLimits } from '../../regex/re2.ts';
import { templateFunctions } from './functions.ts';
import type { Command, Operand, Pipeline, TemplateNode } from './parser.ts';
import { parseTemplate } from './parser.ts';
import { TemplateError } from './tokens.ts';
import type { TemplateFunction, TemplateValue } from './values.ts';
import { isTrue, toText } from './values.ts';

export { TemplateError, UnsupportedTemplateError } from './tokens.ts';
export type { TemplateValue } from './values.ts';

export interface GoTemplate {
  /** Throws TemplateError where Go's Execute would fail, for example for a division by zero. */
  execute(data: ReadonlyMap<string, TemplateValue>): string;
}

/** Throws TemplateError for a mistake in the template, a function that does not exist here included. */
export function compileGoTemplate(template: string, limits: RegexLimits = {}): GoTemplate {
  const functions = templateFunctions(limits);
  const nodes = parseTemplate(template, (name) => functions.has(name));
  return { execute: (data) => new Execution(functions, data).run(nodes, data) };
}

class Execution {
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #variables: Map<string, TemplateValue>;

  constructor(functions: ReadonlyMap<string, TemplateFunction>, data: TemplateValue) {
    this.#functions = functions;
    this.#variables = new Map([['', data]]);
  }

  run(nodes: readonly TemplateNode[], dot: TemplateValue): string {
    let out = '';
    for (const node of nodes) out += this.#node(node, dot);
    return out;
  }

  #node(node: TemplateNode, dot: TemplateValue): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'output':
        return toText(this.#pipeline(node.pipeline, dot));
      case 'assign':
        this.#variables.set(node.name, this.#pipeline(node.pipeline, dot));
        return '';
      case 'if':
        return this.run(isTrue(this.#pipeline(node.condition, dot)) ? node.then : node.otherwise, dot);
      case 'with': {
        const value = this.#pipeline(node.condition, dot);
        return isTrue(value) ? this.run(node.then, value) : this.run(node.otherwise, dot);
      }
    }
  }

  #pipeline(pipeline: Pipeline, dot: TemplateValue): TemplateValue {
    const [first, ...others] = pipeline;
    let value = this.#command(first, dot, []);
    for (const command of others) value = this.#command(command, dot, [value]);
    return value;
  }

  #command(command: Command, dot: TemplateValue, piped: readonly TemplateValue[]): TemplateValue {
    if (command.kind === 'value') return this.#operand(command.of, dot);
    const call = this.#functions.get(command.name);
    if (call === undefined) throw new TemplateError(`function "${command.name}" is not defined here`);
    return call(...command.args.map((arg) => this.#operand(arg, dot)), ...piped);
  }

  #operand(operand: Operand, dot: TemplateValue): TemplateValue {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'field':
        return fieldOf(dot, operand.names);
      case 'variable':
        if (!this.#variables.has(operand.name)) throw new TemplateError(`undefined variable "$${operand.name}"`);
        return fieldOf(this.#variables.get(operand.name), operand.names);
      case 'pipeline':
        return fieldOf(this.#pipeline(operand.pipeline, dot), operand.names);
    }
  }
}

function fieldOf(value: TemplateValue, names: readonly string[]): TemplateValue {
  let at = value;
  for (const name of names) at = at instanceof Map ? at.get(name) : undefined;
  return at;
}
