/** The lexer of Go's text/template, as far as stages use it: text, and tokens between `{{` and `}}`. */

export class TemplateError extends Error {}

/** Something that Alloy's templates can do and these cannot. */
export class UnsupportedTemplateError extends TemplateError {}

export type TemplateToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close' | 'pipe' | '(' | ')' }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'word'; readonly text: string }
  /** `.a.b` as its names; empty for a lone dot. */
  | { readonly kind: 'field'; readonly names: readonly string[] }
  /** `.a` right behind a closing parenthesis: a field of what the parentheses give. */
  | { readonly kind: 'field_of'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: 'assign' };

export function tokenizeTemplate(template: string): TemplateToken[] {
  const tokens: TemplateToken[] = [];
  let at = 0;
  let trimNext = false;
  while (at < template.length) {
    const open = template.indexOf('{{', at);
    let text = template.slice(at, open < 0 ? template.length : open);
    if (trimNext) text = text.trimStart();
    trimNext = false;
    if (open < 0) {
      pushText(tokens, text);
      break;
    }
    at = open + 2;
    // "{{- " trims the text before, " -}}" the text behind.
    if (/^-\s/.test(template.slice(at, at + 2))) {
      text = text.trimEnd();
      at += 1;
    }
    pushText(tokens, text);
    const comment = /\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/y;
    comment.lastIndex = at;
    const skipped = comment.exec(template);
    if (skipped !== null) {
      at = comment.lastIndex;
      trimNext = skipped[1] === '-';
      continue;
    }
    tokens.push({ kind: 'open' });
    at = readAction(template, at, tokens);
    trimNext = template[at - 3] === '-' && /\s/.test(template[at - 4] ?? '');
  }
  return tokens;
}

function pushText(tokens: TemplateToken[], text: string): void {
  if (text !== '') tokens.push({ kind: 'text', text });
}

/** Reads up to and including the closing braces. */
function readAction(template: string, start: number, tokens: TemplateToken[]): number {
  let at = start;
  for (;;) {
    const blank = /\s+/y;
    blank.lastIndex = at;
    if (blank.test(template)) at = blank.lastIndex;
    const close = /(?:-)?\}\}/y;
    close.lastIndex = at;
    if (close.test(template)) {
      tokens.push({ kind: 'close' });
      return close.lastIndex;
    }
    if (at >= template.length) throw new TemplateError('unclosed action: "}}" is missing');
    at = readToken(template, at, tokens);
  }
}

const token =
  /("(?:[^"\\\n]|\\.)*")|`([^`]*)`|(-?\d+(?:\.\d+)?)|\$([A-Za-z_]\w*)?((?:\.[A-Za-z_]\w*)*)|((?:\.[A-Za-z_]\w*)+|\.)|([A-Za-z_]\w*)|(:?=)|(\|)|([()])/y;

function readToken(template: string, at: number, tokens: TemplateToken[]): number {
  token.lastIndex = at;
  const match = token.exec(template);
  if (match === null) throw new TemplateError(`unexpected ${JSON.stringify(template[at])} in an action`);
  const [whole, quoted, raw, number, variable, variableNames, field, word, assign, pipe, paren] = match;
  if (quoted !== undefined) tokens.push({ kind: 'string', value: unquote(quoted) });
  else if (raw !== undefined) tokens.push({ kind: 'string', value: raw });
  else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
  else if (field !== undefined) {
    const kind = template[at - 1] === ')' ? 'field_of' : 'field';
    tokens.push({ kind, names: field.split('.').filter((name) => name !== '') });
  } else if (word !== undefined) tokens.push({ kind: 'word', text: word });
  else if (assign !== undefined) tokens.push({ kind: 'assign' });
  else if (pipe !== undefined) tokens.push({ kind: 'pipe' });
  else if (paren !== undefined) tokens.push({ kind: paren === '(' ? '(' : ')' });
  else {
    const names = (variableNames ?? '').split('.').filter((name) => name !== '');
    tokens.push({ kind: 'variable', name: variable ?? '', names });
  }
  return at + whole.length;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\' };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g, (whole, hex, unicode, char) => {
    if (hex !== undefined || unicode !== undefined) return String.fromCharCode(Number.parseInt(hex ?? unicode, 16));
    const plain = escapes[char];
    if (plain === undefined) throw new TemplateError(`unknown escape ${whole} in a text`);
    return plain;
  });
}
