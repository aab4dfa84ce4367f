/**
 * Parser of `{name="value", other="…"}`, the label text of Loki's push API. Values are Go strings: double or single
 * quotes with escapes, or backticks. One pass, linear time; anything else is refused as invalid_labels.
 */
import { decodeUtf8 } from '../bytes/utf8.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { type Labels, LabelsBuilder } from '../labels/labels.ts';
import { OutcomeError } from '../outcome.ts';

/** Sorted labels; one of empty value does not exist. */
export function parseLabelsText(text: string): Labels {
  return new LabelsTextParser(text).parse();
}

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const SPACE = /[ \t\r\n]*/y;
const EXCERPT_LENGTH = 80;

class LabelsTextParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Labels {
    const labels = new LabelsBuilder();
    const seen = new Set<string>();
    this.#skipSpace();
    this.#take('{');
    this.#skipSpace();
    while (!this.#takeIf('}')) {
      const name = this.#name();
      if (seen.has(name)) throw this.#error(`label "${name}" occurs twice`);
      seen.add(name);
      this.#skipSpace();
      this.#take('=');
      this.#skipSpace();
      labels.set(name, this.#value());
      this.#skipSpace();
      if (this.#takeIf('}')) break;
      this.#take(',');
      this.#skipSpace();
    }
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#error('text follows the closing brace');
    return labels.labels();
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw this.#error('expected a label name');
    this.#at += name.length;
    return name;
  }

  #value(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'" && quote !== '`') throw this.#error('expected a quoted value');
    const start = this.#at + 1;
    if (quote === '`') return this.#rawValue(start);
    let escaped = false;
    for (let i = start; i < this.#text.length; i++) {
      const char = this.#text[i];
      if (char === '\\') {
        escaped = true;
        i++;
      } else if (char === quote) {
        this.#at = i + 1;
        const body = this.#text.slice(start, i);
        return escaped ? this.#unescape(body, quote) : body;
      } else if (char === '\n') break;
    }
    throw this.#error('a quoted value does not end');
  }

  #rawValue(start: number): string {
    const end = this.#text.indexOf('`', start);
    if (end < 0) throw this.#error('a quoted value does not end');
    this.#at = end + 1;
    return this.#text.slice(start, end);
  }

  #unescape(body: string, quote: string): string {
    const value = unescapeGo(body, quote);
    if (value === undefined) throw this.#error('a value holds an invalid escape');
    return value;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #takeIf(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #take(char: string): void {
    if (!this.#takeIf(char)) throw this.#error(`expected "${char}"`);
  }

  #error(problem: string): OutcomeError {
    const excerpt = this.#text.length > EXCERPT_LENGTH ? `${this.#text.slice(0, EXCERPT_LENGTH)}…` : this.#text;
    return new OutcomeError('invalid_labels', `labels ${excerpt}: ${problem} at character ${this.#at + 1}`);
  }
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const NUMBER_ESCAPE = /x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}/y;

/** Go's strconv.Unquote without the quotes; undefined where Go refuses. `\xff` and `\377` are bytes, `\u` a code point. */
export function unescapeGo(body: string, quote: string): string | undefined {
  const bytes = new ByteWriter(body.length + 16);
  for (let at = 0; at < body.length; ) {
    const backslash = body.indexOf('\\', at);
    if (backslash < 0) {
      bytes.text(body.slice(at));
      break;
    }
    bytes.text(body.slice(at, backslash));
    const next = writeEscape(body, backslash + 1, quote, bytes);
    if (next === undefined) return undefined;
    at = next;
  }
  try {
    return decodeUtf8(bytes.view());
  } catch {
    return undefined;
  }
}

/** Returns where the escape ends. */
function writeEscape(body: string, at: number, quote: string, bytes: ByteWriter): number | undefined {
  const char = body[at];
  const simple = char === quote ? quote.charCodeAt(0) : SIMPLE_ESCAPES[char];
  if (simple !== undefined) {
    bytes.byte(simple);
    return at + 1;
  }
  NUMBER_ESCAPE.lastIndex = at;
  const digits = NUMBER_ESCAPE.exec(body)?.[0];
  if (digits === undefined) return undefined;
  const octal = char >= '0' && char <= '7';
  const code = octal ? Number.parseInt(digits, 8) : Number.parseInt(digits.slice(1), 16);
  if (octal || char === 'x') {
    if (code > 0xff) return undefined;
    bytes.byte(code);
  } else {
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    bytes.text(String.fromCodePoint(code));
  }
  return at + digits.length;
}
