/**
 * Reads blocks for the lint rules: attributes with their values as far as they are known without running anything. A
 * value that depends on a component, the environment or an argument is undefined here, and rules then stay silent.
 */
import type { Attribute, Block, Expression } from '../alloy/ast.ts';
import { evaluate } from '../alloy/evaluator.ts';
import { numberText } from '../alloy/numbers.ts';
import { namesScope, type Scope, Unknown } from '../alloy/scope.ts';
import { isArray, isNumber, isObject } from '../alloy/value-kind.ts';
import type { Value } from '../alloy/value-types.ts';

export class Reader {
  readonly #scope: Scope;

  constructor(library: ReadonlyMap<string, Value>) {
    const known = namesScope(library);
    const anything: Scope = { lookup: (path) => ({ value: new Unknown(), length: path.length }) };
    this.#scope = { lookup: (path) => known.lookup(path) ?? anything.lookup(path) };
  }

  /** Undefined where it is not known, also in part. */
  value(expression: Expression): Value | undefined {
    const evaluated = evaluate(expression, this.#scope);
    return evaluated.ok && !isUnknown(evaluated.value) ? evaluated.value : undefined;
  }

  text(expression: Expression): string | undefined {
    const value = this.value(expression);
    if (value !== undefined && isNumber(value)) return numberText(value);
    return typeof value === 'string' ? value : undefined;
  }

  texts(expression: Expression): readonly string[] | undefined {
    const value = this.value(expression);
    if (value === undefined || value === null || !isArray(value)) return undefined;
    return value.every((item) => typeof item === 'string') ? (value as readonly string[]) : undefined;
  }

  /** Keys of an object, also where its values are not known. */
  keys(expression: Expression): readonly string[] | undefined {
    if (expression.kind === 'paren') return this.keys(expression.inner);
    if (expression.kind === 'object') return expression.fields.map((field) => field.name);
    const value = this.value(expression);
    return value !== undefined && isObject(value) ? [...value.keys()] : undefined;
  }

  /** An attribute of a block as text; the fallback where it is not given. */
  attributeText(block: Block, name: string, fallback: string): string | undefined {
    const found = attribute(block, name);
    return found === undefined ? fallback : this.text(found.value);
  }
}

function isUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  if (isArray(value)) return value.some(isUnknown);
  return isObject(value) && [...value.values()].some(isUnknown);
}

export function attribute(block: Block, name: string): Attribute | undefined {
  for (const statement of block.body) {
    if (statement.kind === 'attribute' && statement.name.name === name) return statement;
  }
  return undefined;
}

export function blocksIn(block: Block): Block[] {
  return block.body.filter((statement) => statement.kind === 'block');
}

export function blocksNamed(block: Block, name: string): Block[] {
  return blocksIn(block).filter((each) => each.name === name);
}

export interface PlacedAttribute {
  /** With the names of the blocks around it: `endpoint.url`. */
  readonly path: string;
  readonly attribute: Attribute;
}

export function* attributesOf(block: Block, prefix = ''): Generator<PlacedAttribute> {
  for (const statement of block.body) {
    if (statement.kind === 'attribute') yield { path: prefix + statement.name.name, attribute: statement };
    else yield* attributesOf(statement, `${prefix}${statement.name}.`);
  }
}

export function unwrapped(expression: Expression): Expression {
  return expression.kind === 'paren' ? unwrapped(expression.inner) : expression;
}
