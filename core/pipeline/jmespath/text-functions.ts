/** The functions on texts that the community's JMESPath adds. Places in a text are those of its characters. */
import type { Arguments, Call } from './arguments.ts';
import type { Json } from './tokens.ts';
import { JmesPathError } from './tokens.ts';

/** An expression comes from a tenant: one line may not grow without bound. */
const maxCharacters = 1_000_000;

export const textFunctions: readonly (readonly [name: string, Call])[] = [
  ['lower', (args) => args.string(0).toLowerCase()],
  ['upper', (args) => args.string(0).toUpperCase()],
  ['find_first', (args) => find(args, (text, part) => text.indexOf(part))],
  ['find_last', (args) => find(args, (text, part) => text.lastIndexOf(part))],
  ['pad_left', (args) => padding(args) + args.string(0)],
  ['pad_right', (args) => args.string(0) + padding(args)],
  ['replace', replace],
  ['split', split],
  ['trim', (args) => trim(args, true, true)],
  ['trim_left', (args) => trim(args, true, false)],
  ['trim_right', (args) => trim(args, false, true)],
];

function find(args: Arguments, search: (text: string, part: string) => number): Json {
  const text = args.string(0);
  const part = args.string(1);
  if (text === '' || part === '') return null;
  const start = args.count > 2 ? Math.max(0, args.integer(2)) : 0;
  const letters = [...text];
  const end = args.count > 3 ? Math.min(args.integer(3), letters.length) : letters.length;
  const within = letters.slice(start, Math.max(start, end)).join('');
  const at = search(within, part);
  return at < 0 ? null : start + [...within.slice(0, at)].length;
}

function padding(args: Arguments): string {
  const pad = args.count > 2 ? args.string(2) : ' ';
  if ([...pad].length > 1) throw new JmesPathError('the third argument of a padding must be a single character');
  const missing = Math.max(0, args.natural(1) - [...args.string(0)].length);
  if (missing > maxCharacters) throw new JmesPathError(`a padding may have ${maxCharacters} characters`);
  return pad.repeat(missing);
}

function replace(args: Arguments): Json {
  const text = args.string(0);
  const from = args.string(1);
  const to = args.string(2);
  const limit = args.count > 3 ? args.natural(3) : Infinity;
  const parts = splitText(text, from, limit);
  const length = parts.reduce((sum, part) => sum + part.length, 0) + (parts.length - 1) * to.length;
  if (length > maxCharacters)
    throw new JmesPathError(`replace() makes a text of more than ${maxCharacters} characters`);
  // An empty text to be replaced stands before and behind every character.
  return from === '' ? replaceEmpty(text, to, limit) : parts.join(to);
}

function replaceEmpty(text: string, to: string, limit: number): string {
  const letters = [...text, ''];
  return letters.map((letter, at) => (at < limit ? to + letter : letter)).join('');
}

function split(args: Arguments): Json {
  const text = args.string(0);
  if (text === '') return [];
  return splitText(text, args.string(1), args.count > 2 ? args.natural(2) : Infinity);
}

/** At most `times` cuts. An empty separator cuts between all characters. */
function splitText(text: string, separator: string, times: number): string[] {
  const parts = separator === '' ? [...text] : text.split(separator);
  if (parts.length <= times + 1) return parts;
  return [...parts.slice(0, times), parts.slice(times).join(separator)];
}

/** Cuts off the characters of the second argument, or white space where there is none. */
function trim(args: Arguments, left: boolean, right: boolean): string {
  const chars = args.count > 1 ? args.string(1) : '';
  const letters = [...args.string(0)];
  const set = new Set(chars);
  const off = (letter: string | undefined) =>
    letter !== undefined && (chars === '' ? /^\p{White_Space}$/u.test(letter) : set.has(letter));
  let start = 0;
  let end = letters.length;
  while (left && start < end && off(letters[start])) start++;
  while (right && end > start && off(letters[end - 1])) end--;
  return letters.slice(start, end).join('');
}
