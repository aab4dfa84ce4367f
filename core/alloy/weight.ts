/**
 * How large a value may become. Values share parts, so `array.concat(x, x)` through forty modules costs nothing to build
 * and 2^40 steps to walk; texts and nesting can grow the same way. Limits on everything that an expression gives stop
 * all three, and whatever walks values may then recurse.
 */
import { Unknown } from './scope.ts';
import { isArray, isObject } from './value-kind.ts';
import type { Value } from './value-types.ts';
import { Secret } from './values.ts';

/** Elements and fields, counted as often as a walk would meet them. */
export const MAX_ELEMENTS = 250_000;
/** UTF-16 units of all texts, counted likewise. */
export const MAX_CHARACTERS = 8 * 1024 * 1024;
export const MAX_DEPTH = 1000;

export interface Weight {
  readonly elements: number;
  readonly characters: number;
  readonly depth: number;
  /** Some part is not known before components run. */
  readonly unknown: boolean;
}

const known = new WeakMap<object, Weight>();

/** Parts that were weighed before are not walked again. */
export function weigh(value: Value): Weight {
  if (!isArray(value) && !isObject(value)) return weighScalar(value);
  const remembered = known.get(value);
  if (remembered !== undefined) return remembered;
  let elements = 0;
  let characters = 0;
  let depth = 0;
  let unknown = false;
  const add = (part: Value): void => {
    const weight = weigh(part);
    elements += 1 + weight.elements;
    characters += weight.characters;
    depth = Math.max(depth, weight.depth);
    unknown ||= weight.unknown;
  };
  if (isArray(value)) for (const item of value) add(item);
  else
    for (const [key, item] of value) {
      characters += key.length;
      add(item);
    }
  const weight = { elements, characters, depth: depth + 1, unknown };
  known.set(value, weight);
  return weight;
}

/** What is too much about a value, or undefined. */
export function excess(value: Value): string | undefined {
  const { elements, characters, depth } = weigh(value);
  if (elements > MAX_ELEMENTS) return `has more than ${MAX_ELEMENTS} elements`;
  if (characters > MAX_CHARACTERS) return `holds more than ${MAX_CHARACTERS} characters`;
  return depth > MAX_DEPTH ? `is nested more than ${MAX_DEPTH} levels deep` : undefined;
}

/** True where a value has a part that is not known yet, so that nothing can be computed from it. */
export function holdsUnknown(value: Value): boolean {
  return weigh(value).unknown;
}

function weighScalar(value: Value): Weight {
  const characters = typeof value === 'string' ? value.length : value instanceof Secret ? value.reveal().length : 0;
  return { elements: 0, characters, depth: 0, unknown: value instanceof Unknown };
}
