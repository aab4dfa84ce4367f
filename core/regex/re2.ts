/**
 * Regular expressions of tenants and of Alloy files: RE2 syntax, linear time. A backtracking engine would let one
 * pattern stop a gateway (`(.*)(.*)(.*)(.*)(.*)x` takes V8's own engine 21 s on 200 characters), so RegExp never sees a
 * pattern that came from outside.
 */
import { RE2JS, RE2JSException } from 're2js';
import { estimatedProgramSize } from './program-size.ts';
import { parseSimplePattern, type SimplePattern } from './simple-pattern.ts';
import { spendWork } from './work.ts';

export interface RegexLimits {
  /** In UTF-16 units. */
  readonly maxPatternLength?: number;
  /** Instructions of the compiled program. */
  readonly maxProgramSize?: number;
  /** Units (work.ts) that the rules may spend on the series and streams of one batch that were not seen before. */
  readonly maxWorkPerBatch?: number;
}

export interface RegexOptions extends RegexLimits {
  /** The whole text must match and dot takes newlines, as in Prometheus; otherwise Go's plain `regexp`. */
  readonly anchored: boolean;
}

/**
 * What the gateway allows in a tenant's pipeline (abuse case A7). The work is about one second: 10,000 series that nobody
 * has seen before, under ten expressions of 50 instructions that each read 40 characters.
 */
export const EDGE_REGEX_LIMITS = {
  maxPatternLength: 1024,
  maxProgramSize: 2000,
  maxWorkPerBatch: 200_000_000,
} as const satisfies RegexLimits;

/** The pattern cannot be used; the message is Go's where the pattern is wrong. */
export class RegexError extends Error {}

export class RegexMatch {
  readonly text: string;
  /** Start and end of each group, -1 where it took no part; the whole match first. */
  readonly bounds: readonly number[];

  constructor(text: string, bounds: readonly number[]) {
    this.text = text;
    this.bounds = bounds;
  }

  get start(): number {
    return this.bounds[0];
  }

  get end(): number {
    return this.bounds[1];
  }

  /** Undefined where the group took no part in the match or does not exist. */
  group(index: number): string | undefined {
    const start = this.bounds[2 * index];
    return start === undefined || start < 0 ? undefined : this.text.slice(start, this.bounds[2 * index + 1]);
  }
}

export interface Regex {
  readonly pattern: string;
  readonly anchored: boolean;
  /** Groups without the whole match. */
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  test(text: string): boolean;
  /** The whole text if anchored, else the leftmost match. */
  match(text: string): RegexMatch | undefined;
  /** Every match from left to right, as Go's FindAll: none overlap, and an empty one does not touch the one before. */
  matchAll(text: string): RegexMatch[];
}

export function compileRegex(pattern: string, options: RegexOptions): Regex {
  const { anchored, maxPatternLength = Number.POSITIVE_INFINITY } = options;
  if (pattern.length > maxPatternLength) {
    throw new RegexError(`regular expression is ${pattern.length} characters long, the limit is ${maxPatternLength}`);
  }
  const simple = anchored ? parseSimplePattern(pattern) : undefined;
  if (simple !== undefined) return new SimpleRegex(pattern, simple);
  const program = compileProgram(pattern, options);
  return anchored ? new AnchoredRegex(pattern, program) : new SearchRegex(pattern, program);
}

/** The estimate is less than twice too high (regex.test.ts). */
const FAR_BEYOND = 4;
/** RE2's bound of repetitions in repetitions. What is beyond it has a mistake, which the compiler tells at once. */
const MAX_REPETITION = 1000;

function compileProgram(pattern: string, options: RegexOptions): RE2JS {
  const { anchored, maxProgramSize = Number.POSITIVE_INFINITY } = options;
  let program: RE2JS;
  const estimated = Number.isFinite(maxProgramSize) ? estimatedProgramSize(pattern) : 0;
  if (estimated > FAR_BEYOND * maxProgramSize && estimated <= MAX_REPETITION * pattern.length) {
    throw new RegexError(
      `regular expression is too complex: it compiles to about ${estimated} instructions, the limit is ${maxProgramSize}`,
    );
  }
  try {
    program = RE2JS.compile(pattern, anchored ? RE2JS.DOTALL : 0);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    // re2js puts the flag for "dot takes newlines" into the text it quotes.
    throw new RegexError(error.message.replace('`(?s)', '`'));
  }
  if (program.programSize() > maxProgramSize) {
    throw new RegexError(
      `regular expression is too complex: it compiles to ${program.programSize()} instructions, the limit is ${maxProgramSize}`,
    );
  }
  return program;
}

class SimpleRegex implements Regex {
  readonly pattern: string;
  readonly anchored = true;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number> = new Map();
  readonly #simple: SimplePattern;

  constructor(pattern: string, simple: SimplePattern) {
    this.pattern = pattern;
    this.groupCount = simple.groups;
    this.#simple = simple;
  }

  test(text: string): boolean {
    return this.#simple.match(text) !== undefined;
  }

  match(text: string): RegexMatch | undefined {
    const bounds = this.#simple.match(text);
    return bounds && new RegexMatch(text, bounds);
  }

  matchAll(text: string): RegexMatch[] {
    const match = this.match(text);
    return match ? [match] : [];
  }
}

/** Label values repeat from series to series, so results are remembered, within these bounds. */
const MEMO_ENTRIES = 1000;
const MEMO_TEXT_LENGTH = 256;

class AnchoredRegex implements Regex {
  readonly pattern: string;
  readonly anchored = true;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly #program: RE2JS;
  readonly #programSize: number;
  readonly #memo = new Map<string, RegexMatch | null>();

  constructor(pattern: string, program: RE2JS) {
    this.pattern = pattern;
    this.#program = program;
    this.#programSize = program.programSize();
    this.groupCount = program.groupCount();
    this.groupNames = new Map(Object.entries(program.namedGroups()));
  }

  test(text: string): boolean {
    return this.match(text) !== undefined;
  }

  match(text: string): RegexMatch | undefined {
    const known = this.#memo.get(text);
    if (known !== undefined) return known ?? undefined;
    spendWork((text.length + 1) * this.#programSize);
    const matcher = this.#program.matcher(text);
    const match = matcher.matches() ? readMatch(text, matcher, this.groupCount) : undefined;
    if (text.length <= MEMO_TEXT_LENGTH) {
      if (this.#memo.size >= MEMO_ENTRIES) this.#memo.clear();
      this.#memo.set(text, match ?? null);
    }
    return match;
  }

  matchAll(text: string): RegexMatch[] {
    const match = this.match(text);
    return match ? [match] : [];
  }
}

/** Texts here are log lines, which rarely repeat: nothing is remembered. */
class SearchRegex implements Regex {
  readonly pattern: string;
  readonly anchored = false;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly #program: RE2JS;
  readonly #programSize: number;

  constructor(pattern: string, program: RE2JS) {
    this.pattern = pattern;
    this.#program = program;
    this.#programSize = program.programSize();
    this.groupCount = program.groupCount();
    this.groupNames = new Map(Object.entries(program.namedGroups()));
  }

  test(text: string): boolean {
    this.#spend(text.length);
    return this.#program.test(text);
  }

  match(text: string): RegexMatch | undefined {
    this.#spend(text.length);
    const matcher = this.#program.matcher(text);
    return matcher.find() ? readMatch(text, matcher, this.groupCount) : undefined;
  }

  matchAll(text: string): RegexMatch[] {
    const matches: RegexMatch[] = [];
    const matcher = this.#program.matcher(text);
    let previousEnd = -1;
    this.#spend(text.length);
    while (matcher.find()) {
      const match = readMatch(text, matcher, this.groupCount);
      // Java's search, which re2js follows, also reports an empty match right behind another one.
      if (match.end > match.start || match.start !== previousEnd) matches.push(match);
      previousEnd = match.end;
      // `.*x|a` looks at all the rest of the text for each match.
      this.#spend(text.length - previousEnd);
    }
    return matches;
  }

  #spend(characters: number): void {
    spendWork((characters + 1) * this.#programSize);
  }
}

function readMatch(text: string, matcher: ReturnType<RE2JS['matcher']>, groupCount: number): RegexMatch {
  const bounds: number[] = [];
  for (let group = 0; group <= groupCount; group++) bounds.push(matcher.start(group), matcher.end(group));
  return new RegexMatch(text, bounds);
}
