/** One verb of Go's Sprintf on one value. */
import { quote } from '../quote.ts';
import { isArray, isNumber, isObject, sortedKeys } from '../value-kind.ts';
import type { NumberValue, ObjectValue, Value } from '../value-types.ts';
import { Capsule } from '../values.ts';
import { formatFloat } from './format-float.ts';

export interface Spec {
  readonly flags: ReadonlySet<string>;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

export function formatVerb(verb: string, value: Value, spec: Spec): string {
  if (verb === 'T') return pad(goType(value), spec);
  if (isArray(value)) return list(verb, value, spec);
  if (isObject(value)) return object(verb, value, spec);
  if (value === null) return verb === 'v' ? pad('<nil>', spec) : `%!${verb}(<nil>)`;
  if (typeof value === 'string') return text(verb, value, spec);
  if (typeof value === 'boolean') return verb === 'v' || verb === 't' ? pad(String(value), spec) : mistake(verb, value);
  if (isNumber(value)) return value.kind === 'float' ? float(verb, value, spec) : integer(verb, value, spec);
  return pad(value instanceof Capsule ? `capsule(${value.typeName})` : 'function', spec);
}

/** `int=5`, as Go shows a value it could not use. */
export function typedValue(value: Value): string {
  return value === null ? '<nil>' : `${goType(value)}=${formatVerb('v', value, PLAIN)}`;
}

const PLAIN: Spec = { flags: new Set(), width: undefined, precision: undefined };

function goType(value: Value): string {
  if (value === null) return '<nil>';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (!isNumber(value)) return value instanceof Capsule ? value.typeName : 'func';
  if (value.kind === 'float') return 'float64';
  return value.kind === 'uint' && (value.value as bigint) >= 1n << 63n ? 'uint64' : 'int';
}

function mistake(verb: string, value: Value): string {
  return `%!${verb}(${typedValue(value)})`;
}

function list(verb: string, value: readonly Value[], spec: Spec): string {
  const items = value.map((item) => formatVerb(verb, item, spec));
  if (verb === 'v' && spec.flags.has('#')) return `[]interface {}{${items.join(', ')}}`;
  return `[${items.join(' ')}]`;
}

function object(verb: string, value: ObjectValue, spec: Spec): string {
  const items = sortedKeys(value).map((key) => `${text(verb, key, spec)}:${formatVerb(verb, value.get(key)!, spec)}`);
  if (verb === 'v' && spec.flags.has('#')) return `map[string]interface {}{${items.join(', ')}}`;
  return `map[${items.join(' ')}]`;
}

function text(verb: string, value: string, spec: Spec): string {
  const { precision, flags } = spec;
  const cut = precision === undefined ? value : Array.from(value).slice(0, precision).join('');
  switch (verb) {
    case 'v':
      return pad(flags.has('#') ? quoted(cut, flags) : cut, spec);
    case 's':
      return pad(cut, spec);
    case 'q':
      return pad(quoted(cut, flags), spec);
    case 'x':
    case 'X':
      return pad(hex(value, verb, spec), spec);
    default:
      return mistake(verb, value);
  }
}

function quoted(value: string, flags: ReadonlySet<string>): string {
  return flags.has('#') && !value.includes('`') && !/[\x00-\x08\x0a-\x1f\x7f]/.test(value)
    ? `\`${value}\``
    : quote(value);
}

function hex(value: string, verb: string, { flags, precision }: Spec): string {
  const bytes = new TextEncoder().encode(value).slice(0, precision);
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const prefix = flags.has('#') ? '0x' : '';
  const joined = flags.has(' ') ? digits.map((pair) => prefix + pair).join(' ') : prefix + digits.join('');
  return verb === 'X' ? joined.toUpperCase() : joined;
}

const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function integer(verb: string, number: NumberValue, spec: Spec): string {
  const value = number.value as bigint;
  const base = BASES[verb];
  if (base !== undefined) return padNumber(sign(value < 0n, spec), integerDigits(verb, value, base, spec), spec);
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === 'c') return pad(String.fromCodePoint(code), spec);
  if (verb === 'q') return pad(`'${quote(String.fromCodePoint(code)).slice(1, -1)}'`, spec);
  if (verb === 'U') return pad(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, spec);
  return mistake(verb, number);
}

function integerDigits(verb: string, value: bigint, base: number, { flags, precision }: Spec): string {
  if (precision === 0 && value === 0n) return '';
  let digits = (value < 0n ? -value : value).toString(base).padStart(precision ?? 0, '0');
  if (verb === 'X') digits = digits.toUpperCase();
  if (verb === 'O') return `0o${digits}`;
  if (!flags.has('#')) return digits;
  if (base === 16) return `0${verb}${digits}`;
  if (base === 2) return `0b${digits}`;
  return base === 8 && !digits.startsWith('0') ? `0${digits}` : digits;
}

function float(verb: string, number: NumberValue, spec: Spec): string {
  const value = Number(number.value);
  const form = verb === 'v' ? 'g' : verb === 'F' ? 'f' : verb;
  if (!'eEfgG'.includes(form)) return mistake(verb, number);
  const negative = value < 0 || Object.is(value, -0);
  if (Number.isNaN(value)) return pad(spec.flags.has('+') ? '+NaN' : 'NaN', spec);
  if (!Number.isFinite(value)) return pad(negative ? '-Inf' : '+Inf', spec);
  const precision = spec.precision ?? (form === 'g' || form === 'G' ? undefined : 6);
  return padNumber(sign(negative, spec), formatFloat(Math.abs(value), form, precision), {
    ...spec,
    precision: undefined,
  });
}

function sign(negative: boolean, { flags }: Spec): string {
  if (negative) return '-';
  if (flags.has('+')) return '+';
  return flags.has(' ') ? ' ' : '';
}

/** Zeros go between the sign and the digits, and a precision of an integer turns them off. */
function padNumber(sign: string, digits: string, spec: Spec): string {
  const { flags, width, precision } = spec;
  if (!flags.has('0') || precision !== undefined) return pad(sign + digits, { ...spec, flags: withoutZero(flags) });
  return sign + digits.padStart((width ?? 0) - sign.length, '0');
}

function withoutZero(flags: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...flags].filter((flag) => flag !== '0'));
}

function pad(value: string, { flags, width }: Spec): string {
  const missing = (width ?? 0) - Array.from(value).length;
  if (missing <= 0) return value;
  if (flags.has('-')) return value + ' '.repeat(missing);
  return (flags.has('0') ? '0' : ' ').repeat(missing) + value;
}
