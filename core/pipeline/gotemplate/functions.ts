/**
 * The functions that templates of stages may call: Go's own, those that Loki's stages add, and the string functions of
 * sprig that people use in log pipelines. Whatever is not here is refused when a template is compiled.
 */

import { sha256Hex } from '../../bytes/sha256.ts';
import { quoteLabelValue } from '../../labels/labels.ts';
import { compileTemplate, replaceAll } from '../../regex/expand.ts';
import type { Regex, RegexLimits } from '../../regex/re2.ts';
import { compileRegex, RegexError } from '../../regex/re2.ts';
import { toLowerCase, toUpperCase } from '../../relabel/letter-case.ts';
import { collectionFunctions } from './collections.ts';
import { sha3Hex } from './digest.ts';
import { sprintf } from './sprintf.ts';
import { TemplateError } from './tokens.ts';
import {
  checkLength,
  equal,
  integer,
  isList,
  isTrue,
  number,
  order,
  type TemplateFunction,
  type TemplateValue,
  text,
  toText,
} from './values.ts';

/** Sprig's functions of any number of values pass over those that are missing. */
function present(values: readonly TemplateValue[]): string[] {
  return values.filter((value) => value !== undefined).map(text);
}

function cutset(chars: TemplateValue, left: boolean, right: boolean, value: TemplateValue): string {
  const set = new Set(text(chars));
  const letters = [...text(value)];
  let start = 0;
  let end = letters.length;
  while (left && start < end && set.has(letters[start])) start++;
  while (right && end > start && set.has(letters[end - 1])) end--;
  return letters.slice(start, end).join('');
}

/** At most `limit` replacements; negative means all. */
function replaceText(value: string, from: string, to: string, limit: number): string {
  checkLength(value.length + occurrences(value, from) * Math.max(0, to.length - from.length));
  if (limit < 0) return value.replaceAll(from, () => to);
  let rest = value;
  let done = '';
  for (let i = 0; i < limit; i++) {
    const at = rest.indexOf(from);
    if (at < 0) break;
    done += rest.slice(0, at) + to;
    rest = rest.slice(at + from.length);
    if (from === '') break;
  }
  return done + rest;
}

function occurrences(value: string, part: string): number {
  if (part === '') return value.length + 1;
  let count = 0;
  for (let at = value.indexOf(part); at >= 0; at = value.indexOf(part, at + part.length)) count++;
  return count;
}

function title(value: string): string {
  return value.replace(/(^|[^\p{L}\p{N}_'])(\p{Ll})/gu, (_, before, letter) => before + letter.toUpperCase());
}

function truncated(length: number, value: string): string {
  const letters = [...value];
  return length < 0 ? letters.slice(length).join('') : letters.slice(0, length).join('');
}

/** Compiled once per pattern and template: a pattern may come out of a line, so their number is bounded. */
class RegexCache {
  readonly #limits: RegexLimits;
  readonly #known = new Map<string, Regex>();

  constructor(limits: RegexLimits) {
    this.#limits = limits;
  }

  get(pattern: TemplateValue): Regex {
    const key = text(pattern);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= 100) this.#known.clear();
    try {
      const regex = compileRegex(key, { ...this.#limits, anchored: false });
      this.#known.set(key, regex);
      return regex;
    } catch (error) {
      throw error instanceof RegexError ? new TemplateError(error.message) : error;
    }
  }
}

export function templateFunctions(limits: RegexLimits): ReadonlyMap<string, TemplateFunction> {
  const regexes = new RegexCache(limits);
  const sprig: Readonly<Record<string, TemplateFunction>> = {
    ...collectionFunctions,
    ...sprigFunctions,
    ...regexFunctions(regexes),
  };
  // The ones with `must` fail where those without give nothing; here all fail, and the line passes unchanged.
  const strict = mustNames.map((name) => [`must${name[0]!.toUpperCase()}${name.slice(1)}`, sprig[name]!] as const);
  return new Map<string, TemplateFunction>([
    ...strict,
    ...Object.entries(goFunctions),
    ...Object.entries(lokiFunctions),
    ...Object.entries(sprig),
  ]);
}

const mustNames = (
  'append compact first has initial last merge mergeOverwrite prepend push regexFind regexMatch regexReplaceAll ' +
  'regexReplaceAllLiteral rest reverse slice uniq without'
).split(' ');

const goFunctions: Readonly<Record<string, TemplateFunction>> = {
  eq: (first, ...others) => others.some((other) => equal(first, other)),
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => order(a, b) < 0,
  le: (a, b) => order(a, b) <= 0,
  gt: (a, b) => order(a, b) > 0,
  ge: (a, b) => order(a, b) >= 0,
  not: (value) => !isTrue(value),
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  len: (value) => (isList(value) ? value.length : value instanceof Map ? value.size : byteLength(text(value))),
  index: (value, ...keys) => keys.reduce(itemOf, value),
  print: (...values) => values.map(toText).join(''),
  printf: (format, ...values) => sprintf(text(format), values),
};

function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}

function itemOf(value: TemplateValue, key: TemplateValue): TemplateValue {
  if (value instanceof Map) return value.get(text(key));
  if (!isList(value)) return undefined;
  const at = integer(key);
  if (at < 0 || at >= value.length) throw new TemplateError(`index out of range: ${at}`);
  return value[at];
}

const lokiFunctions: Readonly<Record<string, TemplateFunction>> = {
  ToLower: (value) => toLowerCase(text(value)),
  ToUpper: (value) => toUpperCase(text(value)),
  Replace: (value, from, to, limit) => replaceText(text(value), text(from), text(to), integer(limit)),
  Trim: (value, chars) => cutset(chars, true, true, value),
  TrimLeft: (value, chars) => cutset(chars, true, false, value),
  TrimRight: (value, chars) => cutset(chars, false, true, value),
  TrimPrefix: (value, prefix) => withoutPrefix(text(value), text(prefix)),
  TrimSuffix: (value, suffix) => withoutSuffix(text(value), text(suffix)),
  TrimSpace: (value) => text(value).trim(),
  Hash: (salt, value) => sha3Hex(text(salt) + text(value)),
  Sha2Hash: (salt, value) => sha256Hex(text(salt) + text(value)),
};

/** sprig puts the subject last, so that it can come through a pipe. */
const sprigFunctions: Readonly<Record<string, TemplateFunction>> = {
  default: (otherwise, value) => (isTrue(value) ? value : otherwise),
  empty: (value) => !isTrue(value),
  coalesce: (...values) => values.find(isTrue),
  ternary: (yes, no, condition) => (isTrue(condition) ? yes : no),
  lower: (value) => toLowerCase(text(value)),
  upper: (value) => toUpperCase(text(value)),
  title: (value) => title(text(value)),
  trim: (value) => text(value).trim(),
  trimAll: (chars, value) => cutset(chars, true, true, value),
  trimall: (chars, value) => cutset(chars, true, true, value),
  trimPrefix: (prefix, value) => withoutPrefix(text(value), text(prefix)),
  trimSuffix: (suffix, value) => withoutSuffix(text(value), text(suffix)),
  nospace: (value) => text(value).replace(/\s+/g, ''),
  replace: (from, to, value) => replaceText(text(value), text(from), text(to), -1),
  contains: (part, value) => text(value).includes(text(part)),
  hasPrefix: (prefix, value) => text(value).startsWith(text(prefix)),
  hasSuffix: (suffix, value) => text(value).endsWith(text(suffix)),
  trunc: (length, value) => truncated(integer(length), text(value)),
  substr: (start, end, value) =>
    text(value).slice(Math.max(0, integer(start)), integer(end) < 0 ? undefined : integer(end)),
  repeat: (count, value) => repeated(integer(count), text(value)),
  quote: (...values) => present(values).map(quoteLabelValue).join(' '),
  squote: (...values) =>
    present(values)
      .map((value) => `'${value}'`)
      .join(' '),
  cat: (...values) => present(values).join(' '),
  toString: (value: TemplateValue) => (value === undefined ? '<nil>' : text(value)),
  int: (value) => integer(value),
  int64: (value) => integer(value),
  float64: (value) => number(value),
  atoi: (value) => (/^[+-]?\d+$/.test(text(value)) ? Number(text(value)) : 0),
  add1: (value) => integer(value) + 1,
  max: (...values) => Math.max(...values.map(integer)),
  biggest: (...values) => Math.max(...values.map(integer)),
  min: (...values) => Math.min(...values.map(integer)),
  floor: (value) => Math.floor(number(value)),
  ceil: (value) => Math.ceil(number(value)),
  round: (value, digits) => rounded(number(value), integer(digits)),
  add: (...values) => values.reduce<number>((sum, value) => sum + integer(value), 0),
  sub: (a, b) => integer(a) - integer(b),
  mul: (...values) => values.reduce<number>((product, value) => product * integer(value), 1),
  div: (a, b) => divided(a, b),
  mod: (a, b) => integer(a) - integer(b) * integer(divided(a, b)),
  sha256sum: (value) => sha256Hex(text(value)),
  b64enc: (value) => encodeBase64(text(value)),
  b64dec: (value) => decodeBase64(text(value)),
};

function regexFunctions(regexes: RegexCache): Readonly<Record<string, TemplateFunction>> {
  return {
    regexMatch: (pattern, value) => regexes.get(pattern).test(text(value)),
    regexFind: (pattern, value) => regexes.get(pattern).match(text(value))?.group(0) ?? '',
    regexReplaceAll: (pattern, value, replacement) => {
      const regex = regexes.get(pattern);
      return replaceAll(regex, text(value), compileTemplate(text(replacement), regex), checkLength);
    },
    regexReplaceAllLiteral: (pattern, value, replacement) =>
      replaceAll(regexes.get(pattern), text(value), [text(replacement)], checkLength),
  };
}

function withoutPrefix(value: string, prefix: string): string {
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
}

function withoutSuffix(value: string, suffix: string): string {
  return suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value;
}

/** Half away from zero, as sprig does. */
function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale;
}

function divided(a: TemplateValue, b: TemplateValue): number {
  if (integer(b) === 0) throw new TemplateError('division by zero');
  return Math.trunc(integer(a) / integer(b));
}

function repeated(count: number, value: string): string {
  checkLength(count * value.length);
  return value.repeat(Math.max(0, count));
}

function encodeBase64(value: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(value)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function decodeBase64(value: string): string {
  try {
    const bytes = Uint8Array.from(atob(value), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TemplateError('not base64 of a text');
  }
}
