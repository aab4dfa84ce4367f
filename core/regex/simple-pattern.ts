/**
 * Patterns that need no automaton. Nearly every relabel rule is a literal, an alternation of literals, or text around
 * one `.*`; those are recognised here and matched with string comparison. Only whole-text (anchored, dot matches
 * newline) matching is covered, where the first alternative that matches and any other one give the same groups.
 * A pattern outside this small grammar yields undefined and goes to RE2, so a mistake here may only be too narrow.
 */

/** Start and end per group, the whole match first, as Go's FindStringSubmatchIndex; undefined: no match. */
export type SimpleMatcher = (text: string) => number[] | undefined;

export interface SimplePattern {
  readonly groups: number;
  readonly match: SimpleMatcher;
}

/** Text, at most one wildcard, text; or `.*text.*`. */
interface Alternative {
  readonly prefix: string;
  readonly suffix: string;
  /** Characters that the wildcard must take; undefined: there is none, `prefix` is all. */
  readonly wildcardMin?: 0 | 1;
  readonly captured: boolean;
  /** `.*text.*` */
  readonly contains?: string;
}

const META = /[\\.+*?()|[\]{}^$]/;

export function parseSimplePattern(pattern: string): SimplePattern | undefined {
  const { body, group } = unwrap(pattern);
  const alternatives = splitAlternatives(body);
  if (alternatives === undefined) return undefined;
  const parsed: Alternative[] = [];
  for (const text of alternatives) {
    const alternative = parseAlternative(text);
    if (alternative === undefined) return undefined;
    parsed.push(alternative);
  }
  const captures = parsed.filter((alternative) => alternative.captured).length;
  // Two group numbers, or a group in one of several branches, are RE2's business.
  if (captures > 0 && (group === 'capturing' || parsed.length > 1)) return undefined;
  const groups = captures + (group === 'capturing' ? 1 : 0);
  return { groups, match: buildMatcher(parsed, group === 'capturing') };
}

/** Takes off one pair of brackets around the whole pattern; the body then has none that matter. */
function unwrap(pattern: string): { body: string; group: 'none' | 'capturing' } {
  if (!pattern.startsWith('(') || !pattern.endsWith(')')) return { body: pattern, group: 'none' };
  const capturing = !pattern.startsWith('(?');
  if (!capturing && !pattern.startsWith('(?:')) return { body: pattern, group: 'none' };
  const body = pattern.slice(capturing ? 1 : 3, -1);
  // A bracket inside, or one that is escaped at the end: then these two are not a pair around all.
  if (/[()]/.test(body) || endsInEscape(body)) return { body: pattern, group: 'none' };
  return { body, group: capturing ? 'capturing' : 'none' };
}

function splitAlternatives(body: string): string[] | undefined {
  if (!body.includes('|')) return [body];
  // With brackets around, a bar need not be at the top.
  if (/[()]/.test(body)) return undefined;
  const alternatives: string[] = [];
  for (const part of body.split('|')) {
    const previous = alternatives.at(-1);
    if (previous !== undefined && endsInEscape(previous)) alternatives[alternatives.length - 1] = `${previous}|${part}`;
    else alternatives.push(part);
  }
  return alternatives;
}

function endsInEscape(text: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(text);
}

function parseAlternative(pattern: string): Alternative | undefined {
  // The whole text is matched in any case, so anchors at the ends say nothing.
  const text = pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  const contains = /^\.\*([^\\.+*?()|[\]{}^$]+)\.\*$/.exec(text);
  if (contains) return { prefix: '', suffix: '', captured: false, contains: contains[1] };
  const wildcard = /\(\.[*+]\)|(?<!\\)\.[*+]/.exec(text);
  if (wildcard === null) {
    const prefix = unescapeLiteral(text);
    return prefix === undefined ? undefined : { prefix, suffix: '', captured: false };
  }
  const token = wildcard[0];
  const prefix = unescapeLiteral(text.slice(0, wildcard.index));
  const suffix = unescapeLiteral(text.slice(wildcard.index + token.length));
  if (prefix === undefined || suffix === undefined) return undefined;
  return { prefix, suffix, wildcardMin: token.includes('+') ? 1 : 0, captured: token.startsWith('(') };
}

/** The text that a literal pattern stands for; undefined when it is not a literal. */
function unescapeLiteral(pattern: string): string | undefined {
  if (!META.test(pattern)) return pattern;
  let text = '';
  for (let i = 0; i < pattern.length; i++) {
    let char = pattern[i];
    if (char === '\\') {
      char = pattern[++i] ?? '';
      // Escaped punctuation is itself; an escaped letter or digit is a class or a control character.
      if (!/^[!-/:-@[-`{-~]$/.test(char) || char === '_') return undefined;
    } else if (META.test(char)) return undefined;
    text += char;
  }
  return text;
}

function buildMatcher(alternatives: readonly Alternative[], captureAll: boolean): SimpleMatcher {
  const whole = (text: string) => (captureAll ? [0, text.length, 0, text.length] : [0, text.length]);
  if (alternatives.every((a) => a.wildcardMin === undefined && a.contains === undefined)) {
    const [only] = alternatives;
    if (alternatives.length === 1) return (text) => (text === only.prefix ? whole(text) : undefined);
    const texts = new Set(alternatives.map((alternative) => alternative.prefix));
    return (text) => (texts.has(text) ? whole(text) : undefined);
  }
  if (alternatives.length === 1 && alternatives[0].captured) {
    const [only] = alternatives;
    return (text) =>
      matchesAlternative(only, text)
        ? [0, text.length, only.prefix.length, text.length - only.suffix.length]
        : undefined;
  }
  return (text) => (alternatives.some((a) => matchesAlternative(a, text)) ? whole(text) : undefined);
}

function matchesAlternative(alternative: Alternative, text: string): boolean {
  const { prefix, suffix, wildcardMin, contains } = alternative;
  if (contains !== undefined) return text.includes(contains);
  if (wildcardMin === undefined) return text === prefix;
  return text.length >= prefix.length + suffix.length + wildcardMin && text.startsWith(prefix) && text.endsWith(suffix);
}
