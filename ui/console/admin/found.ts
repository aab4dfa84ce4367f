/** What of a long list is shown. Pure. */

const FIRST = 100;

export interface Shown<T> {
  /** How many there are that are looked for. */
  readonly found: number;
  readonly items: readonly T[];
}

/** Every word of `wanted` is somewhere in the text of an item, in whatever case. */
export function shownOf<T>(
  all: readonly T[],
  wanted: string,
  showsAll: boolean,
  textOf: (item: T) => string,
): Shown<T> {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0
      ? all
      : all.filter((item) => {
          const text = textOf(item).toLowerCase();
          return words.every((word) => text.includes(word));
        });
  return { found: found.length, items: showsAll ? found : found.slice(0, FIRST) };
}
