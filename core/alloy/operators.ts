/** Unary and binary operators on values. `side` of an error tells the evaluator which operand to point at. */
import { type ArithmeticOperator, arithmetic, compareNumbers, negate } from './numbers.ts';
import type { Operator, UnaryOperator } from './token.ts';
import { ValueError } from './value-error.ts';
import { compareText, isNumber, typeName, valuesEqual } from './value-kind.ts';
import type { Value } from './value-types.ts';
import { Secret } from './values.ts';

export class OperandError extends Error {
  readonly side: 'left' | 'right';
  constructor(side: 'left' | 'right', message: string) {
    super(message);
    this.side = side;
  }
}

const ALLOWED: Readonly<Record<Exclude<Operator, '==' | '!='>, readonly string[]>> = {
  '||': ['bool'],
  '&&': ['bool'],
  '+': ['number', 'string', 'capsule'],
  '-': ['number'],
  '*': ['number'],
  '/': ['number'],
  '%': ['number'],
  '^': ['number'],
  '<': ['number', 'string'],
  '>': ['number', 'string'],
  '<=': ['number', 'string'],
  '>=': ['number', 'string'],
};

export function unary(operator: UnaryOperator, value: Value): Value {
  if (operator === '!') {
    if (typeof value !== 'boolean') throw new OperandError('right', `should be bool, got ${typeName(value)}`);
    return !value;
  }
  if (!isNumber(value)) throw new OperandError('right', `should be number, got ${typeName(value)}`);
  return negate(value);
}

export function binary(left: Value, operator: Operator, right: Value): Value {
  if (operator === '==' || operator === '!=') return equal(left, right) === (operator === '==');
  const allowed = ALLOWED[operator];
  checkOperand('left', left, operator, allowed);
  checkOperand('right', right, operator, allowed);
  if (operator === '+' && (left instanceof Secret || right instanceof Secret)) return joinSecrets(left, right);
  if (typeName(left) !== typeName(right)) {
    throw new OperandError('right', `should be ${typeName(left)}, got ${typeName(right)}`);
  }
  if (typeof left === 'boolean') return operator === '||' ? left || right === true : left && right === true;
  if (typeof left === 'string') return onTexts(left, operator, right as string);
  if (isNumber(left) && isNumber(right)) {
    const order = ORDER[operator];
    if (order !== undefined) return order(compareNumbers(left, right));
    try {
      return arithmetic(left, operator as ArithmeticOperator, right);
    } catch (error) {
      throw error instanceof ValueError ? new OperandError('right', error.message) : error;
    }
  }
  throw new OperandError('left', `could not perform binop ${operator} for unknown types lhs capsule rhs capsule`);
}

/** A comparison with NaN is false, whatever it is: its "order" is NaN. */
const ORDER: Readonly<Partial<Record<Operator, (order: number) => boolean>>> = {
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

function checkOperand(side: 'left' | 'right', value: Value, operator: Operator, allowed: readonly string[]): void {
  const type = typeName(value);
  if (allowed.includes(type)) return;
  throw new OperandError(side, `should be one of [${allowed.join(' ')}] for binop ${operator}, got ${type}`);
}

/** A secret compares with a text by what it says, as Alloy unwraps it. */
function equal(left: Value, right: Value): boolean {
  return valuesEqual(wrapBeside(right, left), wrapBeside(left, right));
}

function wrapBeside(other: Value, value: Value): Value {
  return other instanceof Secret && typeof value === 'string' ? new Secret(value) : value;
}

function joinSecrets(left: Value, right: Value): Value {
  return new Secret(revealed('left', left) + revealed('right', right));
}

function revealed(side: 'left' | 'right', value: Value): string {
  if (value instanceof Secret) return value.reveal();
  if (typeof value === 'string') return value;
  throw new OperandError(side, `should be capsule, got ${typeName(value)}`);
}

function onTexts(left: string, operator: Operator, right: string): Value {
  const order = ORDER[operator];
  return order === undefined ? left + right : order(compareText(left, right));
}
