/** Go templates for stages: compiled when a configuration is loaded, executed line by line. */
import type { RegexLimits } from '../../regex/re2.ts';
import { spendWork } from '../../regex/work.ts';
import { templateFunctions } from './functions.ts';
import type { Command, Operand, Pipeline, TemplateNode } from './parser.ts';
import { parseTemplate } from './parser.ts';
import { TemplateError } from './tokens.ts';
import type { TemplateFunction, TemplateValue } from './values.ts';
import { checkLength, isTrue, toText, weightOf } from './values.ts';

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

/** Of what functions are given while one line is made: a value that doubles with each step must end before the memory. */
const MAX_WEIGHT = 8_000_000;

class Execution {
  #weightLeft = MAX_WEIGHT;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #variables: Map<string, TemplateValue>;

  constructor(functions: ReadonlyMap<string, TemplateFunction>, data: TemplateValue) {
    this.#functions = functions;
    this.#variables = new Map([['', data]]);
  }

  run(nodes: readonly TemplateNode[], dot: TemplateValue): string {
    let out = '';
    for (const node of nodes) {
      out += this.#node(node, dot);
      checkLength(out.length);
    }
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
    return this.#call(call, [...command.args.map((arg) => this.#operand(arg, dot)), ...piped]);
  }

  #call(call: TemplateFunction, args: readonly TemplateValue[]): TemplateValue {
    const weight = weightOf(args, this.#weightLeft);
    spendWork(weight);
    this.#weightLeft -= weight;
    if (this.#weightLeft < 0) throw new TemplateError('the template takes too much work');
    return call(...args);
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
