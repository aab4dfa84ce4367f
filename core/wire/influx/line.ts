/**
 * One point of Influx line protocol: `measurement,tag=v field=1,other=2i 1700000000000000000`. Reads at a position of the
 * body, because a newline inside a quoted field does not end the line. Escapes as InfluxDB reads them; each character is
 * looked at once.
 */

export type FieldValue = number | boolean | string;

export interface InfluxPoint {
  readonly measurement: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly fields: readonly (readonly [key: string, value: FieldValue])[];
  /** In the precision of the request; '' where the time of arrival counts. */
  readonly timestamp: string;
}

/** What is wrong with a line; the caller knows its number. Not an Error: a stack for each of a million lines takes seconds. */
export class LineProblem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const COMMA = 44;
const SPACE = 32;
const EQUAL = 61;
const BACKSLASH = 92;
const QUOTE = 34;
const LF = 10;
const CR = 13;
const TAB = 9;

export class InfluxScanner {
  readonly #text: string;
  pos = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Moves to the next line that has a point; false at the end of the body. */
  nextPoint(): boolean {
    for (;;) {
      while (isBlank(this.#code()) || this.#code() === LF) this.pos++;
      if (this.pos >= this.#text.length) return false;
      if (this.#text[this.pos] !== '#') return true;
      this.skipLine();
    }
  }

  /** Behind the end of the current line, whatever is on it. */
  skipLine(): void {
    const end = this.#text.indexOf('\n', this.pos);
    this.pos = end < 0 ? this.#text.length : end + 1;
  }

  /** Throws LineProblem and stays where the problem is. */
  readPoint(): InfluxPoint {
    const measurement = this.#name(COMMA, SPACE);
    if (measurement === '') throw new LineProblem('the measurement is missing');
    const tags: [string, string][] = [];
    while (this.#code() === COMMA) {
      this.pos++;
      tags.push(this.#tag());
    }
    if (this.#code() !== SPACE) throw new LineProblem('it has no fields');
    this.#skipSpaces();
    const fields = this.#fields();
    this.#skipSpaces();
    return { measurement, tags, fields, timestamp: this.#timestamp() };
  }

  #tag(): [string, string] {
    const key = this.#name(EQUAL, COMMA, SPACE);
    if (key === '') throw new LineProblem('a tag has no name');
    if (this.#code() !== EQUAL) throw new LineProblem(`tag ${shown(key)} has no value`);
    this.pos++;
    const value = this.#name(COMMA, SPACE, EQUAL);
    if (this.#code() === EQUAL) throw new LineProblem(`the value of tag ${shown(key)} has an "=" without a backslash`);
    if (value === '') throw new LineProblem(`tag ${shown(key)} has no value`);
    return [key, value];
  }

  #fields(): [string, FieldValue][] {
    const fields: [string, FieldValue][] = [];
    for (;;) {
      const key = this.#name(EQUAL, COMMA, SPACE);
      if (key === '') throw new LineProblem(fields.length === 0 ? 'it has no fields' : 'a field has no name');
      if (this.#code() !== EQUAL) throw new LineProblem(`field ${shown(key)} has no value`);
      this.pos++;
      fields.push([key, this.#fieldValue(key)]);
      if (this.#code() !== COMMA) return fields;
      this.pos++;
    }
  }

  #fieldValue(key: string): FieldValue {
    if (this.#code() === QUOTE) return this.#quoted(key);
    const start = this.pos;
    while (!this.#atLineEnd() && this.#code() !== COMMA && this.#code() !== SPACE) this.pos++;
    const text = this.#text.slice(start, this.pos);
    const value = parseFieldValue(text);
    if (value === undefined) throw new LineProblem(`field ${shown(key)} has the value ${shown(text)}`);
    return value;
  }

  /** Its text does not matter to metrics, its end does. */
  #quoted(key: string): string {
    const start = this.pos + 1;
    for (let at = start; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === BACKSLASH) {
        const next = this.#text.charCodeAt(at + 1);
        if (next === QUOTE || next === BACKSLASH) at++;
      } else if (code === QUOTE) {
        this.pos = at + 1;
        return this.#text.slice(start, at);
      }
    }
    throw new LineProblem(`the quotes of field ${shown(key)} are not closed`);
  }

  #timestamp(): string {
    const start = this.pos;
    while (!this.#atLineEnd() && this.#code() !== SPACE) this.pos++;
    const text = this.#text.slice(start, this.pos);
    if (text !== '' && !/^-?[0-9]{1,19}$/.test(text)) throw new LineProblem(`the timestamp is ${shown(text)}`);
    this.#skipSpaces();
    if (!this.#atLineEnd()) throw new LineProblem('something follows the timestamp');
    return text;
  }

  /** Up to one of the ends, or the line's; a backslash before `,`, `=` or a space takes its meaning away. */
  #name(...ends: number[]): string {
    const start = this.pos;
    let escaped = false;
    for (; !this.#atLineEnd(); this.pos++) {
      const code = this.#code();
      if (ends.includes(code)) break;
      if (code === BACKSLASH && isEscapable(this.#text.charCodeAt(this.pos + 1))) {
        escaped = true;
        this.pos++;
      }
    }
    const text = this.#text.slice(start, this.pos);
    return escaped ? text.replace(/\\([,= ])/g, '$1') : text;
  }

  #skipSpaces(): void {
    while (this.#code() === SPACE) this.pos++;
  }

  #atLineEnd(): boolean {
    const code = this.#code();
    return Number.isNaN(code) || code === LF || (code === CR && this.#text.charCodeAt(this.pos + 1) === LF);
  }

  /** NaN behind the end. */
  #code(): number {
    return this.#text.charCodeAt(this.pos);
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === CR;
}

function isEscapable(code: number): boolean {
  return code === COMMA || code === EQUAL || code === SPACE;
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
const TRUE = ['t', 'T', 'true', 'True', 'TRUE'];
const FALSE = ['f', 'F', 'false', 'False', 'FALSE'];

function parseFieldValue(text: string): number | boolean | undefined {
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  if (/^-?[0-9]{1,19}i$/.test(text)) return inRange(text, MIN_INT64, MAX_INT64);
  if (/^[0-9]{1,20}u$/.test(text)) return inRange(text, 0n, MAX_UINT64);
  if (!/^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function inRange(text: string, min: bigint, max: bigint): number | undefined {
  const value = BigInt(text.slice(0, -1));
  return value < min || value > max ? undefined : Number(value);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
