/** What an attribute of the converted configuration can hold. Made from YAML by the converters, written by render.ts. */

export type AlloyValue =
  | null
  | boolean
  | number
  | string
  | Duration
  | Size
  | Expression
  | Concat
  | readonly AlloyValue[]
  | AlloyMap;

/** A Map, so that no key of a config can meet a prototype. Written in the order of its keys' names. */
export type AlloyMap = ReadonlyMap<string, AlloyValue>;

/** Written as Go prints durations: `1m0s`. */
export class Duration {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** Written in units of 1024: `1MiB`. */
export class Size {
  readonly bytes: number;
  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/** A reference or another expression that is the converter's own; nothing of the user's may be put into one. */
export class Expression {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Lists joined: `array.concat(a, b)`, each on a line of its own. */
export class Concat {
  readonly parts: readonly AlloyValue[];
  constructor(parts: readonly AlloyValue[]) {
    this.parts = parts;
  }
}

/** Several lists as one value: alone as it is, otherwise joined. */
export function joined(lists: readonly AlloyValue[]): AlloyValue {
  if (lists.length === 0) return [];
  return lists.length === 1 ? lists[0]! : new Concat(lists);
}

export function isMap(value: AlloyValue): value is AlloyMap {
  return value instanceof Map;
}

const SIZE_UNITS = ['PiB', 'TiB', 'GiB', 'MiB', 'KiB', 'B'] as const;

/** From the greatest unit to the least: `1MiB`, `63KiB488B`. */
export function formatSize(bytes: number): string {
  let rest = bytes;
  let text = '';
  SIZE_UNITS.forEach((unit, i) => {
    const unitBytes = 1024 ** (SIZE_UNITS.length - 1 - i);
    const count = Math.floor(rest / unitBytes);
    rest -= count * unitBytes;
    if (count > 0) text += `${count}${unit}`;
  });
  return text === '' ? '0B' : text;
}
