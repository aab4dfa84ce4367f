/** `encoding.*`: JSON, YAML, base64 and URL texts to values and back. */
import { t } from '../schema.ts';
import { ValueError } from '../value-error.ts';
import type { FunctionValue } from '../value-types.ts';
import { fn } from './function.ts';
import { jsonText, parseJson, valueOfParsed } from './json.ts';
import { parseYaml } from './yaml.ts';

export const encodingFunctions: readonly FunctionValue[] = [
  fn('encoding.from_json', [t.string], parseJson),
  fn('encoding.from_yaml', [t.string], fromYaml),
  fn('encoding.from_base64', [t.string], (text) => fromBase64(text, /^[A-Za-z0-9+/]*={0,2}$/)),
  fn('encoding.from_URLbase64', [t.string], (text) =>
    fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'), /^[A-Za-z0-9+/]*={0,2}$/, text),
  ),
  fn('encoding.to_json', [t.any], (value) => {
    if (!(value instanceof Map)) throw new ValueError('jsonEncode only supports map');
    return jsonText(value);
  }),
  fn('encoding.to_base64', [t.string], toBase64),
  fn('encoding.to_URLbase64', [t.string], (text) => toBase64(text).replaceAll('+', '-').replaceAll('/', '_')),
  fn('encoding.url_encode', [t.string], queryEscape),
  fn('encoding.url_decode', [t.string], queryUnescape),
];

function fromYaml(text: string) {
  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch (error) {
    throw new ValueError(`yaml: ${(error as Error).message.split('\n')[0]}`);
  }
  return valueOfParsed(parsed);
}

function fromBase64(text: string, alphabet: RegExp, written = text): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (!alphabet.test(compact) || compact.length % 4 !== 0 || (text !== written && /[+/]/.test(written))) {
    const bad = [...written].findIndex((character) => !/[A-Za-z0-9+/_\-=\r\n]/.test(character));
    throw new ValueError(`illegal base64 data at input byte ${bad < 0 ? written.length : bad}`);
  }
  const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ValueError('the decoded bytes are not UTF-8 text');
  }
}

function toBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Go's url.QueryEscape: a space is `+`, and only letters, digits and `-_.~` stay. */
function queryEscape(text: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) out += character;
    else out += character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function queryUnescape(text: string): string {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text);
  if (bad !== null) throw new ValueError(`invalid URL escape ${JSON.stringify(bad[0])}`);
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ValueError('the decoded bytes are not UTF-8 text');
  }
}
