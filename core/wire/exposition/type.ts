/** The words of TYPE lines, compared as bytes: half the lines of an exposition are metadata, and none becomes a string. */
import type { MetricType } from './exposition.ts';

interface TypeWord {
  readonly bytes: Uint8Array;
  readonly type: MetricType;
}

export function typeWords(words: readonly (readonly [word: string, type: MetricType])[]): readonly TypeWord[] {
  return words.map(([word, type]) => ({ bytes: new TextEncoder().encode(word), type }));
}

export function findType(
  words: readonly TypeWord[],
  bytes: Uint8Array,
  start: number,
  end: number,
): MetricType | undefined {
  for (const word of words) if (isWord(word.bytes, bytes, start, end)) return word.type;
  return undefined;
}

function isWord(word: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}
