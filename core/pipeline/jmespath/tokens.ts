/**
 * The lexer of JMESPath in the community's dialect (jmespath.site), which Alloy uses: arithmetic, `$` and `let` beside
 * jmespath.org's grammar. Throws JmesPathError with the position of what it cannot read.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export class JmesPathError extends Error {}

export type TokenKind =
  | 'eof'
  | 'identifier'
  | 'quoted'
  | 'literal'
  | 'number'
  | 'variable'
  | 'flatten'
  | 'filter'
  | '.'
  | '*'
  | '+'
  | '-'
  | '×'
  | '/'
  | '//'
  | '%'
  | '='
  | '$'
  | '@'
  | '&'
  | '!'
  | '|'
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | ':';

export interface Token {
  readonly kind: TokenKind;
  readonly position: number;
  /** Text of an identifier, name of a variable with its `$`, value of a literal or number. */
  readonly value: Json;
}

/** Longest first, so that `[?` is not read as `[`. */
const symbols: readonly (readonly [text: string, kind: TokenKind])[] = [
  ['[?', 'filter'],
  ['[]', 'flatten'],
  ['||', '||'],
  ['&&', '&&'],
  ['==', '=='],
  ['!=', '!='],
  ['<=', '<='],
  ['>=', '>='],
  ['//', '//'],
  // U+2212, U+00D7 and U+00F7, other ways to write - * and /. The × is no `*`, which also stands for all values.
  ['−', '-'],
  ['÷', '/'],
  ...(
    [
      '.',
      '*',
      '+',
      '-',
      '×',
      '/',
      '%',
      '=',
      '@',
      '&',
      '!',
      '|',
      '<',
      '>',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
    ] as const
  ).map((text) => [text, text] as const),
];

export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < expression.length) {
    const blank = /[ \t\r\n]+/y;
    blank.lastIndex = position;
    if (blank.test(expression)) {
      position = blank.lastIndex;
      continue;
    }
    const { token, end } = readToken(expression, position);
    tokens.push(token);
    position = end;
  }
  tokens.push({ kind: 'eof', position, value: null });
  return tokens;
}

function readToken(expression: string, position: number): { token: Token; end: number } {
  const at = (kind: TokenKind, value: Json, end: number) => ({ token: { kind, position, value }, end });
  // A minus before a digit belongs to the number: `a-1` is two terms side by side, and an error.
  const plain = /[A-Za-z_][A-Za-z0-9_]*|\$[A-Za-z0-9_]*|-?[0-9]+/y;
  plain.lastIndex = position;
  const text = plain.exec(expression)?.[0];
  if (text === '$') return at('$', null, plain.lastIndex);
  if (text !== undefined) {
    const isNumber = /^-?[0-9]/.test(text);
    const kind = isNumber ? 'number' : text.startsWith('$') ? 'variable' : 'identifier';
    return at(kind, isNumber ? Number(text) : text, plain.lastIndex);
  }
  const first = expression[position];
  if (first === '"') {
    const end = closing(expression, position, '"');
    return at('quoted', parseJson(expression.slice(position, end), position), end);
  }
  if (first === "'") {
    const end = closing(expression, position, "'");
    return at('literal', expression.slice(position + 1, end - 1).replaceAll(/\\([\\'])/g, '$1'), end);
  }
  if (first === '`') {
    const end = closing(expression, position, '`');
    return at(
      'literal',
      parseJson(
        expression
          .slice(position + 1, end - 1)
          .replaceAll('\\`', '`')
          .trim(),
        position,
      ),
      end,
    );
  }
  const symbol = symbols.find(([candidate]) => expression.startsWith(candidate, position));
  if (symbol === undefined) throw new JmesPathError(`unexpected character ${JSON.stringify(first)} at ${position}`);
  return at(symbol[1], null, position + symbol[0].length);
}

/** The position behind the closing quote; a backslash takes the next character with it. */
function closing(expression: string, start: number, quote: string): number {
  for (let i = start + 1; i < expression.length; i++) {
    if (expression[i] === '\\') i++;
    else if (expression[i] === quote) return i + 1;
  }
  throw new JmesPathError(`unclosed ${quote} at ${start}`);
}

function parseJson(text: string, position: number): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new JmesPathError(`invalid JSON literal at ${position}`);
  }
}
