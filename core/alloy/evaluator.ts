/** Expressions to values. The first mistake of an expression becomes its diagnostic; texts as in Alloy's vm. */
import type {
  AccessExpression,
  BinaryExpression,
  CallExpression,
  Expression,
  IdentifierExpression,
  IndexExpression,
  LiteralExpression,
} from './ast.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { excerpt, locate } from './locate.ts';
import { didYouMean } from './nearest.ts';
import { float, parseNumberLiteral } from './numbers.ts';
import { binary, OperandError, unary } from './operators.ts';
import { unquote } from './quote.ts';
import { type Scope, Unknown } from './scope.ts';
import type { Span } from './source.ts';
import { CallError, type PathStep } from './value-error.ts';
import { isArray, isFunction, isNumber, isObject, typeName } from './value-kind.ts';
import type { FunctionValue, ObjectValue, Value } from './value-types.ts';
import { excess, holdsUnknown } from './weight.ts';

export type Evaluated =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

export function evaluate(expression: Expression, scope: Scope): Evaluated {
  try {
    return { ok: true, value: new Evaluation(scope).value(expression) };
  } catch (error) {
    if (error instanceof EvaluationError) return { ok: false, diagnostic: error.diagnostic };
    throw error;
  }
}

/** How an error about (a part of) the value of `expression` reads: the part's text, then what is wrong with it. */
export function valueDiagnostic(expression: Expression, path: readonly PathStep[], message: string): Diagnostic {
  const place = locate(expression, path);
  return diagnosticAt(place.expression.span, `${excerpt(place.expression)}${place.rest} ${message}`);
}

class EvaluationError extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

class Evaluation {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  value(expression: Expression): Value {
    switch (expression.kind) {
      case 'literal':
        return literal(expression);
      case 'array':
        return this.#checked(
          expression,
          expression.elements.map((element) => this.value(element)),
        );
      case 'object':
        return this.#checked(
          expression,
          new Map(expression.fields.map((field) => [field.name, this.value(field.value)] as const)),
        );
      case 'paren':
        return this.value(expression.inner);
      case 'identifier':
      case 'access':
        return this.#chain(expression);
      case 'index':
        return this.#index(expression);
      case 'call':
        return this.#call(expression);
      case 'unary':
        return this.#operand(expression.value, expression.value, (value) =>
          value instanceof Unknown ? new Unknown() : unary(expression.operator, value),
        );
      case 'binary':
        return this.#binary(expression);
    }
  }

  #operand(left: Expression, right: Expression, apply: (value: Value) => Value): Value {
    const value = this.value(left);
    try {
      return apply(value);
    } catch (error) {
      if (!(error instanceof OperandError)) throw error;
      throw fault(error.side === 'left' ? left : right, [], error.message);
    }
  }

  #binary({ left, operator, right, ...whole }: BinaryExpression): Value {
    return this.#operand(left, right, (leftValue) => {
      const rightValue = this.value(right);
      if (leftValue instanceof Unknown || rightValue instanceof Unknown) return new Unknown();
      return this.#checked({ left, operator, right, ...whole }, binary(leftValue, operator, rightValue));
    });
  }

  /** `a.b.c`: the longest beginning that names a component or a library name, the rest are fields. */
  #chain(expression: IdentifierExpression | AccessExpression): Value {
    const names: { readonly name: string; readonly span: Span }[] = [];
    const steps: Expression[] = [];
    let base: Expression = expression;
    while (base.kind === 'access') {
      names.push(base.name);
      steps.push(base.value);
      base = base.value;
    }
    names.reverse();
    steps.reverse();
    if (base.kind !== 'identifier') return this.#fields(this.value(base), names, steps, 0);
    const path = [base.name, ...names.map((step) => step.name)];
    const found = this.#scope.lookup(path);
    if (found === undefined) {
      throw new EvaluationError(diagnosticAt(base.span, `identifier ${JSON.stringify(base.name)} does not exist`));
    }
    return this.#fields(found.value, names, steps, found.length - 1);
  }

  #fields(
    start: Value,
    names: readonly { readonly name: string; readonly span: Span }[],
    owners: readonly Expression[],
    from: number,
  ): Value {
    let value = start;
    for (let i = from; i < names.length; i++) {
      const { name, span } = names[i]!;
      if (value instanceof Unknown) return new Unknown();
      if (isObject(value)) {
        if (!value.has(name)) throw missingField(span, name, value);
        value = value.get(name)!;
      } else if (typeName(value) === 'capsule') {
        throw fault(owners[i]!, [], 'expected object or array or a capsule convertible to an object, got capsule');
      } else {
        throw fault(owners[i]!, [], `cannot access field ${JSON.stringify(name)} on value of type ${typeName(value)}`);
      }
    }
    return value;
  }

  #index(expression: IndexExpression): Value {
    const value = this.value(expression.value);
    const index = this.value(expression.index);
    if (value instanceof Unknown || index instanceof Unknown) return new Unknown();
    if (isArray(value)) {
      if (!isNumber(index)) throw fault(expression.index, [], `should be number, got ${typeName(index)}`);
      const at = Math.trunc(Number(index.value));
      const element = value[at];
      if (element === undefined) {
        throw fault(expression.index, [], `index ${at} is out of range of array with length ${value.length}`);
      }
      return element;
    }
    if (isObject(value)) {
      if (typeof index !== 'string') throw fault(expression.index, [], `should be string, got ${typeName(index)}`);
      return value.get(index) ?? null;
    }
    const wanted =
      typeName(value) === 'capsule' ? 'object or array or a capsule convertible to an object' : 'object or array';
    throw fault(expression.value, [], `expected ${wanted}, got ${typeName(value)}`);
  }

  #call(expression: CallExpression): Value {
    const target = this.value(expression.value);
    if (target instanceof Unknown) return new Unknown();
    if (!isFunction(target)) throw fault(expression.value, [], `should be function, got ${typeName(target)}`);
    const args = expression.args.map((argument) => this.value(argument));
    if (args.some(holdsUnknown)) return new Unknown();
    return this.#checked(expression, this.#apply(target, args, expression));
  }

  #apply(target: FunctionValue, args: readonly Value[], expression: CallExpression): Value {
    try {
      return target.call(args);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      const argument = error.argument === undefined ? undefined : expression.args[error.argument];
      throw fault(argument ?? expression.value, argument === undefined ? [] : error.path, error.message);
    }
  }

  #checked(expression: Expression, value: Value): Value {
    const problem = excess(value);
    if (problem === undefined) return value;
    throw fault(expression, [], problem);
  }
}

function missingField(span: Span, name: string, owner: ObjectValue): EvaluationError {
  const message = `field ${JSON.stringify(name)} does not exist`;
  return new EvaluationError(diagnosticAt(span, message, didYouMean(name, owner.keys())));
}

function fault(expression: Expression, path: readonly PathStep[], message: string): EvaluationError {
  return new EvaluationError(valueDiagnostic(expression, path, message));
}

function literal(expression: LiteralExpression): Value {
  switch (expression.type) {
    case 'NULL':
      return null;
    case 'BOOL':
      return expression.text === 'true';
    case 'STRING':
      return unquote(expression.text);
    case 'NUMBER':
      return parseNumberLiteral(expression.text);
    case 'FLOAT':
      return float(Number(expression.text));
  }
}
