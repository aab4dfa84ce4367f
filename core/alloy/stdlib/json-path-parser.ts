/** JSONPath texts to steps, and what a filter such as `?(@.price < 10 && @.name)` means. */
import { compileRegex, EDGE_REGEX_LIMITS, RegexError } from '../../regex/re2.ts';
import { compareNumbers, float, parseNumberLiteral } from '../numbers.ts';
import { ValueError } from '../value-error.ts';
import { compareText, isNumber, valuesEqual } from '../value-kind.ts';
import type { Value } from '../value-types.ts';

export type Step =
  | { readonly kind: 'union'; readonly selectors: readonly (string | number)[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step?: number }
  | { readonly kind: 'wildcard' | 'descend' }
  | { readonly kind: 'filter'; readonly filter: Filter };

export interface PathOperand {
  readonly fromRoot: boolean;
  readonly steps: readonly Step[];
}

type Operand = { readonly path: PathOperand } | { readonly value: Value };

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'exists'; readonly path: PathOperand }
  | { readonly kind: 'compare'; readonly left: Operand; readonly operator: string; readonly right: Operand };

export function holds(filter: Filter, select: (path: PathOperand) => readonly Value[]): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => holds(part, select));
    case 'or':
      return filter.parts.some((part) => holds(part, select));
    case 'not':
      return !holds(filter.part, select);
    case 'exists':
      return select(filter.path).length > 0;
    case 'compare': {
      const [left, right] = [filter.left, filter.right].map((operand) =>
        'path' in operand ? select(operand.path)[0] : operand.value,
      );
      return compare(left, filter.operator, right);
    }
  }
}

/** What a path does not find equals nothing. */
function compare(left: Value | undefined, operator: string, right: Value | undefined): boolean {
  if (left === undefined || right === undefined) return operator === '!=' && left !== right;
  if (operator === '==') return valuesEqual(left, right);
  if (operator === '!=') return !valuesEqual(left, right);
  if (operator === '=~') return typeof left === 'string' && typeof right === 'string' && searches(right, left);
  const order =
    isNumber(left) && isNumber(right)
      ? compareNumbers(left, right)
      : typeof left === 'string' && typeof right === 'string'
        ? compareText(left, right)
        : Number.NaN;
  if (operator === '<') return order < 0;
  if (operator === '>') return order > 0;
  return operator === '<=' ? order <= 0 : order >= 0;
}

function searches(pattern: string, text: string): boolean {
  try {
    return compileRegex(pattern, { anchored: false, ...EDGE_REGEX_LIMITS }).test(text);
  } catch (error) {
    throw error instanceof RegexError ? new ValueError(error.message) : error;
  }
}

const MAX_NESTING = 32;

export class JsonPathParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): readonly Step[] {
    if (!this.#take('$') && !this.#take('@') && /^[^.[]/.test(this.#text)) {
      return [{ kind: 'union', selectors: [this.#name()] }, ...this.#steps(true)];
    }
    return this.#steps(true);
  }

  /** `toEnd`: anything that is no step is a mistake, rather than the end of a path within a filter. */
  #steps(toEnd: boolean): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) {
      if (this.#take('..')) {
        steps.push({ kind: 'descend' });
        if (this.#peek() !== '[' && this.#at < this.#text.length) steps.push(this.#dotted());
      } else if (this.#take('.')) {
        if (this.#at < this.#text.length) steps.push(this.#dotted());
      } else if (this.#take('[')) steps.push(this.#bracket());
      else if (toEnd) throw this.#mistake();
      else break;
    }
    return steps;
  }

  #dotted(): Step {
    return this.#take('*') ? { kind: 'wildcard' } : { kind: 'union', selectors: [this.#name()] };
  }

  #name(): string {
    const name = /^[^.[\]()\s=!<>&|,'"*?@$]+/.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) throw this.#mistake();
    this.#at += name.length;
    return name;
  }

  #bracket(): Step {
    this.#blanks();
    if (this.#take('*')) return this.#closed({ kind: 'wildcard' });
    if (this.#take('?')) return this.#closed({ kind: 'filter', filter: this.#or() });
    const slice = /^(-?\d+)?\s*:\s*(-?\d+)?(?:\s*:\s*(-?\d+)?)?/.exec(this.#text.slice(this.#at));
    if (slice !== null) {
      this.#at += slice[0].length;
      const [from, to, step] = slice.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)));
      return this.#closed({ kind: 'slice', ...defined({ from, to, step }) });
    }
    const selectors = [this.#selector()];
    while (this.#spaced(',')) selectors.push(this.#selector());
    return this.#closed({ kind: 'union', selectors });
  }

  #closed(step: Step): Step {
    if (!this.#spaced(']')) throw this.#mistake();
    return step;
  }

  #selector(): string | number {
    this.#blanks();
    const digits = /^-?\d+/.exec(this.#text.slice(this.#at))?.[0];
    if (digits === undefined) return this.#quoted();
    this.#at += digits.length;
    return Number(digits);
  }

  #quoted(): string {
    const match = /^'((?:[^'\\]|\\.)*)'|^"((?:[^"\\]|\\.)*)"/s.exec(this.#text.slice(this.#at));
    if (match === null) throw this.#mistake();
    this.#at += match[0].length;
    return (match[1] ?? match[2]!).replace(/\\(.)/gs, '$1');
  }

  /** `/…/`, the right side of `=~`. */
  #pattern(): string {
    const match = /^\/((?:[^/\\]|\\.)*)\//s.exec(this.#text.slice(this.#at));
    if (match === null) throw this.#mistake();
    this.#at += match[0].length;
    return match[1]!.replaceAll('\\/', '/');
  }

  #or(): Filter {
    const parts = [this.#and()];
    while (this.#spaced('||')) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  #and(): Filter {
    const parts = [this.#term()];
    while (this.#spaced('&&')) parts.push(this.#term());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  #term(): Filter {
    if (++this.#depth > MAX_NESTING) throw new ValueError(`path is nested more than ${MAX_NESTING} levels deep`);
    try {
      if (this.#spaced('!')) return { kind: 'not', part: this.#term() };
      if (this.#spaced('(')) {
        const inner = this.#or();
        if (!this.#spaced(')')) throw this.#mistake();
        return inner;
      }
      return this.#comparison();
    } finally {
      this.#depth--;
    }
  }

  #comparison(): Filter {
    const left = this.#operand();
    const operator = ['==', '!=', '=~', '<=', '>=', '<', '>'].find((each) => this.#spaced(each));
    if (operator !== undefined) return { kind: 'compare', left, operator, right: this.#operand() };
    if (!('path' in left)) throw this.#mistake();
    return { kind: 'exists', path: left.path };
  }

  #operand(): Operand {
    this.#blanks();
    const root = this.#peek();
    if (root === '@' || root === '$') {
      this.#at++;
      return { path: { fromRoot: root === '$', steps: this.#steps(false) } };
    }
    if (root === "'" || root === '"') return { value: this.#quoted() };
    if (root === '/') return { value: this.#pattern() };
    const word = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) throw this.#mistake();
    this.#at += word.length;
    if (word === 'null') return { value: null };
    if (word === 'true' || word === 'false') return { value: word === 'true' };
    return { value: /^\d+$/.test(word) ? parseNumberLiteral(word) : float(Number(word)) };
  }

  #blanks(): void {
    while (/\s/.test(this.#peek())) this.#at++;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #spaced(token: string): boolean {
    this.#blanks();
    return this.#take(token);
  }

  #mistake(): ValueError {
    return new ValueError(`invalid JSONPath ${JSON.stringify(this.#text)}: unexpected text at ${this.#at + 1}`);
  }
}

function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
