/**
 * Go's `Regexp.Expand` templates: `$1`, `${1}`, `$name`, `${name}`, `$$`. A name is the longest run of letters, digits
 * and underscores, so `$1x` is the group named "1x", not group 1 and an x. Unknown groups are empty. JavaScript's own
 * replacement syntax differs in all of this and must not be used.
 */
import type { Regex, RegexMatch } from './re2.ts';

/** Literal text and group references: a number, or a name to be looked up. */
export type Template = readonly (string | { readonly group: number })[];

export function compileTemplate(template: string, regex: Pick<Regex, 'groupNames'>): Template {
  const parts: (string | { group: number })[] = [];
  let literal = '';
  let at = 0;
  while (at < template.length) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) break;
    literal += template.slice(at, dollar);
    at = dollar + 1;
    if (template[at] === '$') {
      literal += '$';
      at++;
      continue;
    }
    const reference = readReference(template, at);
    if (reference === undefined) {
      // Malformed: the dollar is itself.
      literal += '$';
      continue;
    }
    at = reference.end;
    const group = groupNumber(reference.name, regex);
    if (group === undefined) continue;
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push({ group });
  }
  literal += template.slice(at);
  if (literal !== '') parts.push(literal);
  return parts;
}

/** Stops where the text has become longer than `maxLength`: a template may name one group a hundred thousand times. */
export function expandTemplate(template: Template, match: RegexMatch, maxLength = Number.POSITIVE_INFINITY): string {
  let text = '';
  for (const part of template) {
    text += typeof part === 'string' ? part : (match.group(part.group) ?? '');
    if (text.length > maxLength) break;
  }
  return text;
}

/** Go's `Regexp.ReplaceAllString`. `checkLength` is told how long the text has become, and throws where that is too long. */
export function replaceAll(
  regex: Regex,
  text: string,
  template: Template,
  checkLength: (length: number) => void = () => {},
): string {
  let out = '';
  let at = 0;
  for (const match of regex.matchAll(text)) {
    out += text.slice(at, match.start) + expandTemplate(template, match);
    checkLength(out.length);
    at = match.end;
  }
  return out + text.slice(at);
}

const WORD_CHAR = /[\p{L}\p{Nd}_]/u;

/** The name behind a dollar, in braces or not; undefined where there is none. */
function readReference(template: string, start: number): { name: string; end: number } | undefined {
  const brace = template[start] === '{';
  const nameStart = brace ? start + 1 : start;
  let end = nameStart;
  while (end < template.length) {
    const char = String.fromCodePoint(template.codePointAt(end) as number);
    if (!WORD_CHAR.test(char)) break;
    end += char.length;
  }
  if (end === nameStart) return undefined;
  const name = template.slice(nameStart, end);
  if (!brace) return { name, end };
  return template[end] === '}' ? { name, end: end + 1 } : undefined;
}

/** A name of digits alone is a number, unless it has a leading zero or is very large, as in Go. */
function groupNumber(name: string, regex: Pick<Regex, 'groupNames'>): number | undefined {
  if (/^[0-9]+$/.test(name) && (name.length === 1 || name[0] !== '0') && name.length <= 9) return Number(name);
  return regex.groupNames.get(name);
}
