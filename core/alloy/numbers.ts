/**
 * Go's numbers: 64-bit uint and int that wrap around, and float64. A result takes the larger kind of its operands,
 * uint < int < float. Wrapping also bounds the work: `9 ^ 999999999` must not build a number of that many digits.
 */

import { ValueError } from './value-error.ts';
import type { NumberValue } from './value-types.ts';

export function int(value: bigint | number): NumberValue {
  return { kind: 'int', value: BigInt.asIntN(64, BigInt(value)) };
}

export function uint(value: bigint | number): NumberValue {
  return { kind: 'uint', value: BigInt.asUintN(64, BigInt(value)) };
}

export function float(value: number): NumberValue {
  return { kind: 'float', value };
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';

export function arithmetic(a: NumberValue, operator: ArithmeticOperator, b: NumberValue): NumberValue {
  if ((operator === '/' || operator === '%') && Number(b.value) === 0) throw new ValueError('divide by zero error');
  const kind = largerKind(a, b);
  if (kind === 'float') return float(onFloats(Number(a.value), operator, Number(b.value)));
  const make = kind === 'int' ? int : uint;
  // A huge uint beside an int is reinterpreted, as Go converts it.
  return make(onIntegers(make(a.value).value as bigint, operator, make(b.value).value as bigint));
}

export function compareNumbers(a: NumberValue, b: NumberValue): number {
  const kind = largerKind(a, b);
  if (kind === 'float') return Number(a.value) - Number(b.value);
  const make = kind === 'int' ? int : uint;
  const left = make(a.value).value;
  const right = make(b.value).value;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function negate(a: NumberValue): NumberValue {
  return a.kind === 'float' ? float(-Number(a.value)) : int(-BigInt(a.value));
}

/** A literal as Go's ParseInt with base 0 reads it: `010` is octal. Too large for uint64: a float. */
export function parseNumberLiteral(text: string): NumberValue {
  if (!/^[0-9]+$/.test(text)) return float(Number(text));
  if (text.length > 1 && text.startsWith('0')) {
    if (!/^0[0-7]+$/.test(text)) return float(Number(text));
    return fitInteger(BigInt(`0o${text.slice(1)}`), text);
  }
  // The longest uint64 has 20 digits; longer texts are floats anyway and must not be built as integers first.
  return text.length > 20 ? float(Number(text)) : fitInteger(BigInt(text), text);
}

/** A text where a number is wanted. Undefined: it is none. */
export function parseNumberText(text: string): NumberValue | undefined {
  if (text.startsWith('-')) return /^-[0-9]{1,19}$/.test(text) ? fitSigned(BigInt(text)) : undefined;
  if (/[.eE]/.test(text)) return /^[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$/.test(text) ? finite(Number(text)) : undefined;
  return /^[0-9]{1,20}$/.test(text) && BigInt(text) < 1n << 64n ? uint(BigInt(text)) : undefined;
}

/** Go's FormatFloat(x, 'f', -1): the shortest text that reads back the same, never with an exponent. */
export function numberText(number: NumberValue): string {
  if (number.kind !== 'float') return String(number.value);
  return floatText(Number(number.value));
}

export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  const digits = first + rest;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, '0')}`;
}

function largerKind(a: NumberValue, b: NumberValue): NumberValue['kind'] {
  if (a.kind === 'float' || b.kind === 'float') return 'float';
  return a.kind === 'int' || b.kind === 'int' ? 'int' : 'uint';
}

function onFloats(a: number, operator: ArithmeticOperator, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return a ** b;
  }
}

function onIntegers(a: bigint, operator: ArithmeticOperator, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return power(a, b);
  }
}

/** Modulo 2^64. A negative exponent leaves the base as it is: what Alloy's loop does, kept because configs may rely on it. */
function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base;
  let result = 1n;
  let square = BigInt.asUintN(64, base);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asUintN(64, result * square);
    square = BigInt.asUintN(64, square * square);
  }
  return result;
}

function fitInteger(value: bigint, text: string): NumberValue {
  if (value < 1n << 63n) return int(value);
  return value < 1n << 64n ? uint(value) : float(Number(text));
}

function fitSigned(value: bigint): NumberValue | undefined {
  return value >= -(1n << 63n) ? int(value) : undefined;
}

function finite(value: number): NumberValue | undefined {
  return Number.isFinite(value) ? float(value) : undefined;
}
