/** JSON as Go writes it where Alloy turns values back to text: safe to put into HTML. */
import { isList, isObject, toObject } from './evaluate.ts';
import type { Json } from './tokens.ts';

export function goJson(value: Json): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As encoding/json does it, which sorts keys; the encoder of `stage.json` itself does not. */
export function sortedGoJson(value: Json): string {
  return goJson(sorted(value));
}

function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  // Keys that look like numbers come first in an object of JavaScript, and in order: such objects are rare.
  return toObject(keys.map((key) => [key, sorted(value[key] ?? null)]));
}
