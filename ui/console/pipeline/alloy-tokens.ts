/** The words of a pipeline's text, to colour them. It judges nothing: the gateway does. Pure, and linear in the text. */

export type TokenKind = 'comment' | 'string' | 'number' | 'literal' | 'name' | 'block' | 'call' | 'plain';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const WORD =
  /(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|("(?:\\[^\n]|[^"\\\n])*"?|`[^`]*`?)|([A-Za-z_][\w.]*)|(\d[\w.]*)|([^A-Za-z_\d"`/]+|\/)/g;
const LITERALS = new Set(['true', 'false', 'null']);
const IS_NAME = /\s*=(?!=)/y;
const IS_BLOCK = /[ \t]+"|[ \t]*\{/y;
const IS_CALL = /[ \t]*\(/y;

export function alloyTokens(text: string): Token[] {
  return [...text.matchAll(WORD)].map(({ 0: word, 1: comment, 2: string, 3: identifier, 4: number, index }) => {
    if (comment !== undefined) return { kind: 'comment', text: word };
    if (string !== undefined) return { kind: 'string', text: word };
    if (number !== undefined) return { kind: 'number', text: word };
    return { kind: identifier === undefined ? 'plain' : kindOf(word, text, index + word.length), text: word };
  });
}

/** By what follows it. */
function kindOf(identifier: string, text: string, end: number): TokenKind {
  const follows = (pattern: RegExp) => {
    pattern.lastIndex = end;
    return pattern.test(text);
  };
  if (LITERALS.has(identifier)) return 'literal';
  if (follows(IS_NAME)) return 'name';
  if (follows(IS_BLOCK)) return 'block';
  return follows(IS_CALL) ? 'call' : 'plain';
}

/** The tokens of each line. */
export function tokenLines(text: string): Token[][] {
  const lines: Token[][] = [[]];
  for (const { kind, text: whole } of alloyTokens(text)) {
    for (const [index, piece] of whole.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (piece !== '') lines.at(-1)!.push({ kind, text: piece });
    }
  }
  return lines;
}

/** The names that stand in `secret("name")`. */
export function secretsRead(text: string): ReadonlySet<string> {
  const tokens = alloyTokens(text).filter(({ kind, text: word }) => kind !== 'comment' && word.trim() !== '');
  const names = new Set<string>();
  for (const [index, { kind, text: word }] of tokens.entries()) {
    if (kind !== 'call' || word !== 'secret') continue;
    const name = tokens[index + 2];
    if (name?.kind === 'string') names.add(name.text.replaceAll(/^["`]|["`]$/g, ''));
  }
  return names;
}
