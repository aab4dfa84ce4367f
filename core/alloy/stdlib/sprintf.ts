/**
 * Go's fmt.Sprintf on values of the language: flags, width, precision, `*`, argument indexes and Go's own notes on
 * mistakes, such as `%!d(string=x)` and `%!(EXTRA int=1)`. Verbs are in format-verb.ts.
 */
import { ValueError } from '../value-error.ts';
import { isArray, isNumber, isObject } from '../value-kind.ts';
import type { Value } from '../value-types.ts';
import { Secret } from '../values.ts';
import { formatVerb, type Spec, typedValue } from './format-verb.ts';

/** As in Go: a width or precision beyond this is a mistake, not a request for that many spaces. */
const MAX_WIDTH = 1_000_000;
const FLAGS = '+-# 0';

export function sprintf(format: string, args: readonly Value[]): string {
  if (args.some(holdsSecret)) throw new ValueError('secrets may not be converted into strings');
  return new Sprintf(format, args).run();
}

class Sprintf {
  readonly #format: string;
  readonly #args: readonly Value[];
  #at = 0;
  #argument = 0;
  #reordered = false;
  #badIndex = false;

  constructor(format: string, args: readonly Value[]) {
    this.#format = format;
    this.#args = args;
  }

  run(): string {
    let out = '';
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      if (percent < 0) {
        out += this.#format.slice(this.#at);
        break;
      }
      out += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      out += this.#directive();
    }
    return out + this.#extra();
  }

  #directive(): string {
    this.#badIndex = false;
    const flags = this.#flags();
    this.#index();
    const notes: string[] = [];
    let width = this.#count(notes, 'BADWIDTH');
    if (width !== undefined && width < 0) {
      flags.add('-');
      width = -width;
    }
    if (flags.has('-')) flags.delete('0');
    let precision: number | undefined;
    if (this.#format[this.#at] === '.') {
      this.#at++;
      this.#index();
      precision = this.#count(notes, 'BADPREC') ?? 0;
      if (precision < 0) {
        notes.push('%!(BADPREC)');
        precision = undefined;
      }
    }
    this.#index();
    return notes.join('') + this.#verb({ flags, width, precision });
  }

  #verb(spec: Spec): string {
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) return '%!(NOVERB)';
    const verb = String.fromCodePoint(code);
    this.#at += verb.length;
    if (verb === '%') return '%';
    if (this.#badIndex) return `%!${verb}(BADINDEX)`;
    if (this.#argument >= this.#args.length) return `%!${verb}(MISSING)`;
    return formatVerb(verb, this.#args[this.#argument++]!, spec);
  }

  #flags(): Set<string> {
    const flags = new Set<string>();
    for (; FLAGS.includes(this.#format[this.#at] ?? 'x'); this.#at++) flags.add(this.#format[this.#at]!);
    return flags;
  }

  /** `[n]`: the next argument is number n. */
  #index(): void {
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const match = /^\[([0-9]{1,9})\]/.exec(this.#format.slice(this.#at, this.#at + 12));
    const number = match === null ? 0 : Number(match[1]);
    if (match === null || number < 1 || number > this.#args.length) this.#badIndex = true;
    else this.#argument = number - 1;
    const close = this.#format.indexOf(']', this.#at);
    this.#at = close < 0 ? this.#at + 1 : close + 1;
  }

  #count(notes: string[], mistake: string): number | undefined {
    if (this.#format[this.#at] === '*') {
      this.#at++;
      const value = this.#args[this.#argument++];
      const number =
        value !== undefined && isNumber(value) && value.kind !== 'float' ? Number(value.value) : Number.NaN;
      if (Math.abs(number) <= MAX_WIDTH) return number;
      notes.push(`%!(${mistake})`);
      return undefined;
    }
    const start = this.#at;
    while (/[0-9]/.test(this.#format[this.#at] ?? '')) this.#at++;
    if (this.#at === start) return undefined;
    const number = Number(this.#format.slice(start, this.#at));
    if (number <= MAX_WIDTH) return number;
    notes.push(`%!(${mistake})`);
    return undefined;
  }

  #extra(): string {
    if (this.#reordered || this.#argument >= this.#args.length) return '';
    return `%!(EXTRA ${this.#args.slice(this.#argument).map(typedValue).join(', ')})`;
  }
}

/** Go would print what a secret says; here it has to be taken out with convert.nonsensitive first. */
function holdsSecret(value: Value): boolean {
  if (value instanceof Secret) return true;
  if (isArray(value)) return value.some(holdsSecret);
  return isObject(value) && [...value.values()].some(holdsSecret);
}
