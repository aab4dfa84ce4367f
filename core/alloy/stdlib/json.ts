/** JSON to values and back as Go's encoding/json does it: numbers are floats, keys are sorted, `<` `>` `&` are escaped. */
import { float, int } from '../numbers.ts';
import { ValueError } from '../value-error.ts';
import { isArray, isNumber, isObject, sortedKeys, typeName } from '../value-kind.ts';
import type { Value } from '../value-types.ts';
import { MAX_CHARACTERS, MAX_DEPTH } from '../weight.ts';
import { formatFloat } from './format-float.ts';

/** As Go decodes into `any`: every number is a float. */
export function parseJson(text: string): Value {
  return valueOfParsed(readJson(() => JSON.parse(text)));
}

/** As json_path's library reads it: whole numbers are ints. */
export function parseJsonWithIntegers(text: string): Value {
  return valueOfParsed(readJson(() => (JSON.parse as ParseWithSource)(text, wholeNumber)));
}

/** The reviver's third parameter (the number as written) is newer than the compiler's library. */
type ParseWithSource = (text: string, revive: typeof wholeNumber) => unknown;

function wholeNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || !/^-?[0-9]{1,18}$/.test(context?.source ?? '')) return value;
  return BigInt(context!.source!);
}

function readJson(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw new ValueError(`invalid JSON: ${withoutExcerpt((error as Error).message)}`);
  }
}

/** V8 quotes the text in its messages, which may hold a secret. */
function withoutExcerpt(message: string): string {
  return message.replace(/,? ?(\.\.\.)?"[\s\S]*" is not valid JSON/, '').replace(/ in JSON/, '');
}

/** Bigint is an int (YAML tells them apart), number a float. Deep texts stop here rather than at the end of the stack. */
export function valueOfParsed(parsed: unknown, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new ValueError(`nested more than ${MAX_DEPTH} levels deep`);
  if (parsed === null || parsed === undefined) return null;
  if (typeof parsed === 'string' || typeof parsed === 'boolean') return parsed;
  if (typeof parsed === 'number') return float(parsed);
  if (typeof parsed === 'bigint') return int(parsed);
  if (Array.isArray(parsed)) return parsed.map((item) => valueOfParsed(item, depth + 1));
  if (parsed instanceof Date) return parsed.toISOString();
  const entries = Object.entries(parsed as object);
  return new Map(entries.map(([key, item]) => [key, valueOfParsed(item, depth + 1)] as const));
}

export function jsonText(value: Value): string {
  const out: string[] = [];
  let length = 0;
  const write = (text: string): void => {
    length += text.length;
    if (length > MAX_CHARACTERS) throw new ValueError(`result would be longer than ${MAX_CHARACTERS} characters`);
    out.push(text);
  };
  writeJson(value, write);
  return out.join('');
}

function writeJson(value: Value, write: (text: string) => void): void {
  if (isArray(value)) {
    write('[');
    value.forEach((item, i) => {
      if (i > 0) write(',');
      writeJson(item, write);
    });
    write(']');
  } else if (isObject(value)) {
    write('{');
    sortedKeys(value).forEach((key, i) => {
      write(`${i > 0 ? ',' : ''}${jsonString(key)}:`);
      writeJson(value.get(key)!, write);
    });
    write('}');
  } else write(jsonScalar(value));
}

function jsonScalar(value: Value): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return jsonString(value);
  if (!isNumber(value)) throw new ValueError(`json: unsupported type: ${typeName(value)}`);
  if (value.kind !== 'float') return String(value.value);
  const number = Number(value.value);
  if (!Number.isFinite(number)) throw new ValueError(`json: unsupported value: ${number}`);
  return jsonNumber(number);
}

/** Go writes an exponent below 1e-6 and from 1e21 on, with one leading zero of a negative one removed. */
function jsonNumber(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const form = size !== 0 && (size < 1e-6 || size >= 1e21) ? 'e' : 'f';
  return sign + formatFloat(size, form, undefined).replace(/e-0(\d)$/, 'e-$1');
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
