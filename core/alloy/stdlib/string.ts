/** `string.*`, with the meaning of Go's strings package. */
import { t } from '../schema.ts';
import { ValueError } from '../value-error.ts';
import type { FunctionValue } from '../value-types.ts';
import { MAX_CHARACTERS } from '../weight.ts';
import { fn, variadic } from './function.ts';
import { sprintf } from './sprintf.ts';

export const stringFunctions: readonly FunctionValue[] = [
  variadic('string.format', [t.string], t.any, ([format], args) => sprintf(format, args)),
  fn('string.join', [t.list(t.string), t.string], (list, separator) => {
    checkLength(list.reduce((sum, item) => sum + item.length + separator.length, 0));
    return list.join(separator);
  }),
  fn('string.replace', [t.string, t.string, t.string], replaceAll),
  fn('string.split', [t.string, t.string], (text, separator) =>
    separator === '' ? Array.from(text) : text.split(separator),
  ),
  fn('string.to_lower', [t.string], (text) => mapCharacters(text, (character) => character.toLowerCase())),
  fn('string.to_upper', [t.string], (text) => mapCharacters(text, (character) => character.toUpperCase())),
  fn('string.trim', [t.string, t.string], trim),
  fn('string.trim_prefix', [t.string, t.string], (text, prefix) =>
    text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  fn('string.trim_suffix', [t.string, t.string], (text, suffix) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  fn('string.trim_space', [t.string], trimSpace),
];

function replaceAll(text: string, old: string, replacement: string): string {
  const places = old === '' ? Array.from(text).length + 1 : text.split(old).length - 1;
  checkLength(text.length + places * Math.max(0, replacement.length - old.length));
  if (old !== '') return text.split(old).join(replacement);
  return replacement + Array.from(text, (character) => character + replacement).join('');
}

function trim(text: string, cutset: string): string {
  const characters = Array.from(text);
  const cut = new Set(cutset);
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start]!)) start++;
  while (end > start && cut.has(characters[end - 1]!)) end--;
  return characters.slice(start, end).join('');
}

/** Without a regular expression: `\s+$` takes quadratic time on blanks that do not end the text. */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start++;
  while (end > start && isSpace(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** JavaScript's blanks and U+0085, without the byte order mark, which Go does not count. */
function isSpace(character: string): boolean {
  return /[\s\u0085]/.test(character) && character !== '\ufeff';
}

/** Go maps one character to one: `ß` stays, though JavaScript would make it `SS`. */
function mapCharacters(text: string, map: (character: string) => string): string {
  let out = '';
  for (const character of text) {
    const mapped = map(character);
    out += Array.from(mapped).length === 1 ? mapped : character;
  }
  return out;
}

/** Before it is built: a result that long could not be kept anyway. */
function checkLength(length: number): void {
  if (length > MAX_CHARACTERS) throw new ValueError(`result would be longer than ${MAX_CHARACTERS} characters`);
}
