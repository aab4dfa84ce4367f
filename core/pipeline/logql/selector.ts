/**
 * The part of LogQL that `stage.match` takes: a stream selector, then line filters. Expressions on labels match the
 * whole value, those on lines match anywhere, as in Loki.
 */
import type { Regex, RegexLimits } from '../../regex/re2.ts';
import { compileRegex, RegexError } from '../../regex/re2.ts';
import { unescapeGo } from '../../wire/labels-text.ts';

export interface LogSelector {
  matches(label: (name: string) => string, line: string): boolean;
}

/** What is wrong with the text and where (counted from 0). */
export class SelectorError extends Error {
  constructor(message: string, position: number) {
    super(`${message} at position ${position}`);
  }
}

type LabelTest = { readonly name: string; readonly test: (value: string) => boolean };
type LineTest = (line: string) => boolean;

export function parseSelector(text: string, limits: RegexLimits = {}): LogSelector {
  const parser = new SelectorParser(text, limits);
  const { labels, lines } = parser.parse();
  return {
    matches: (label, line) => labels.every(({ name, test }) => test(label(name))) && lines.every((test) => test(line)),
  };
}

class SelectorParser {
  readonly #text: string;
  readonly #limits: RegexLimits;
  #at = 0;

  constructor(text: string, limits: RegexLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  parse(): { labels: LabelTest[]; lines: LineTest[] } {
    this.#expect('{');
    const labels: LabelTest[] = [];
    while (!this.#take('}')) {
      if (labels.length > 0) {
        this.#expect(',');
        if (this.#take('}')) break;
      }
      labels.push(this.#labelMatcher());
    }
    if (labels.length === 0) throw new SelectorError('a stream selector needs at least one label matcher', this.#at);
    const lines: LineTest[] = [];
    while (this.#skipBlanks() < this.#text.length) lines.push(this.#lineFilter());
    return { labels, lines };
  }

  #labelMatcher(): LabelTest {
    const name = this.#match(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name === undefined) throw new SelectorError('expected a label name', this.#at);
    const operator = this.#match(/=~|!~|!=|=/y);
    if (operator === undefined) throw new SelectorError('expected =, !=, =~ or !~', this.#at);
    const value = this.#string();
    if (operator === '=') return { name, test: (actual) => actual === value };
    if (operator === '!=') return { name, test: (actual) => actual !== value };
    const regex = this.#regex(value, true);
    return { name, test: (actual) => regex.test(actual) === (operator === '=~') };
  }

  #lineFilter(): LineTest {
    const operator = this.#match(/\|=|\|~|!=|!~/y);
    if (operator === undefined) {
      const message =
        this.#text[this.#at] === '|' ? 'only line filters (|= != |~ !~) are possible here' : 'expected a line filter';
      throw new SelectorError(message, this.#at);
    }
    const value = this.#string();
    if (operator === '|=') return (line) => line.includes(value);
    if (operator === '!=') return (line) => !line.includes(value);
    const regex = this.#regex(value, false);
    return (line) => regex.test(line) === (operator === '|~');
  }

  #regex(pattern: string, anchored: boolean): Regex {
    try {
      return compileRegex(pattern, { ...this.#limits, anchored });
    } catch (error) {
      if (error instanceof RegexError) throw new SelectorError(error.message, this.#at);
      throw error;
    }
  }

  #string(): string {
    const raw = this.#match(/`[^`]*`/y);
    if (raw !== undefined) return raw.slice(1, -1);
    const start = this.#at;
    const quoted = this.#match(/"(?:[^"\\\n]|\\.)*"/y);
    const value = quoted === undefined ? undefined : unescapeGo(quoted.slice(1, -1), '"');
    if (value === undefined) throw new SelectorError('expected a quoted text', start);
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#skipBlanks();
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(char: string): boolean {
    if (this.#text[this.#skipBlanks()] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw new SelectorError(`expected ${JSON.stringify(char)}`, this.#at);
  }

  #skipBlanks(): number {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at;
  }
}
