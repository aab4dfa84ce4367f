/** A value to the type that an attribute or a function parameter declares. Throws ValueError with the path to the fault. */
import { parseDuration } from './duration.ts';
import { numberText, parseNumberText } from './numbers.ts';
import type { AttributeType, TypeKind } from './schema.ts';
import { Unknown } from './scope.ts';
import { parseSize } from './size.ts';
import { inside, shouldBe, ValueError } from './value-error.ts';
import { describeType, isArray, isNumber, isObject, typeName } from './value-kind.ts';
import type { NumberValue, Value } from './value-types.ts';
import { Capsule, Secret } from './values.ts';

export function decodeValue(type: AttributeType<unknown>, value: Value): unknown {
  if (value instanceof Unknown) return decodeUnknown(type, value);
  if (value === null) return zero(type);
  switch (type.kind) {
    case 'any':
      return value;
    case 'string':
      return oneOf(type, text(value));
    case 'bool':
      if (typeof value !== 'boolean') throw shouldBe('bool', value);
      return value;
    case 'int':
      return Math.trunc(Number(number(value).value));
    case 'uint':
      return unsigned(number(value));
    case 'float':
    case 'number':
      return Number(number(value).value);
    case 'duration':
      return parseDuration(text(value));
    case 'size':
      return isNumber(value) ? unsigned(value) : parseSize(text(value));
    case 'secret':
      return secret(value);
    case 'optional_secret':
      return value instanceof Secret ? value : text(value);
    case 'list':
      if (!isArray(value)) throw shouldBe('array', value);
      return value.map((item, i) => inside(i, () => decodeValue(type.of!, item)));
    case 'map':
      return map(type.of!, value);
    case 'capsule':
      return capsule(type, value);
  }
}

/** What `null` means for a type: Go's zero value, not the attribute's default. */
function zero(type: AttributeType<unknown>): unknown {
  switch (type.kind) {
    case 'any':
      return null;
    case 'string':
      return oneOf(type, '');
    case 'optional_secret':
      return '';
    case 'secret':
      return new Secret('');
    case 'bool':
      return false;
    case 'list':
      return [];
    case 'map':
      return Object.create(null);
    case 'capsule':
      throw shouldBe('capsule', null);
    default:
      return 0;
  }
}

function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (isNumber(value)) return numberText(value);
  if (value instanceof Secret) throw new ValueError('secrets may not be converted into strings');
  throw shouldBe('string', value);
}

function oneOf(type: AttributeType<unknown>, given: string): string {
  const text = type.anyCase ? given.toLowerCase() : given;
  if (type.oneOf === undefined || type.oneOf.includes(text)) return text;
  const allowed = type.oneOf.map((allowedText) => JSON.stringify(allowedText)).join(', ');
  throw new ValueError(`should be one of ${allowed}`);
}

function number(value: Value): NumberValue {
  if (isNumber(value)) return value;
  const parsed = typeof value === 'string' ? parseNumberText(value) : undefined;
  if (parsed === undefined) throw shouldBe('number', value);
  return parsed;
}

function unsigned(value: NumberValue): number {
  if (value.value < 0) throw new ValueError('must not be negative');
  return Math.trunc(Number(value.value));
}

function secret(value: Value): Secret {
  if (value instanceof Secret) return value;
  if (typeof value === 'string') return new Secret(value);
  throw shouldBe('capsule', value);
}

/** Without a prototype, so that a key such as `__proto__` is a key. */
function map(of: AttributeType<unknown>, value: Value): Record<string, unknown> {
  if (!isObject(value)) throw shouldBe('object', value);
  const decoded: Record<string, unknown> = Object.create(null);
  for (const [key, item] of value) decoded[key] = inside(key, () => decodeValue(of, item));
  return decoded;
}

function capsule(type: AttributeType<unknown>, value: Value): Capsule {
  if (typeName(value) !== 'capsule') throw shouldBe('capsule', value);
  if (!(value instanceof Capsule) || !isOneOf(type, value.typeName)) {
    throw new ValueError(`expected ${capsuleNames(type)}, got ${describeType(value)}`);
  }
  return value;
}

function isOneOf({ capsule, orCapsules = [] }: AttributeType<unknown>, typeName: string | undefined): boolean {
  return typeName !== undefined && (typeName === capsule || orCapsules.includes(typeName));
}

function capsuleNames({ capsule, orCapsules = [] }: AttributeType<unknown>): string {
  return [capsule, ...orCapsules].map((name) => `capsule(${JSON.stringify(name)})`).join(' or ');
}

/** Unknown values fit everywhere, except that what is known to be a capsule is nothing else, and no other capsule. */
function decodeUnknown(type: AttributeType<unknown>, value: Unknown): Unknown {
  if (value.typeName === '' || type.kind === 'any') return value;
  if (type.kind !== 'capsule') throw shouldBe(ALLOY_TYPES[type.kind] ?? 'string', value);
  if (!isOneOf(type, value.typeName)) {
    throw new ValueError(`expected ${capsuleNames(type)}, got ${describeType(value)}`);
  }
  return value;
}

/** Where the name is not that of a text: sizes and durations are texts in the language. */
const ALLOY_TYPES: Partial<Record<TypeKind, string>> = {
  bool: 'bool',
  int: 'number',
  uint: 'number',
  float: 'number',
  number: 'number',
  secret: 'capsule',
  list: 'array',
  map: 'object',
};
