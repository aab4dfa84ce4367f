/** The lexical elements of Alloy. A kind's text is the name that Alloy's messages use for it. */

export type Operator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '^';
export type UnaryOperator = '!' | '-';
export type LiteralKind = 'NUMBER' | 'FLOAT' | 'STRING' | 'BOOL' | 'NULL';

export type TokenKind =
  | 'ILLEGAL'
  | 'EOF'
  | 'COMMENT'
  | 'TERMINATOR'
  | 'IDENT'
  | LiteralKind
  | Operator
  | UnaryOperator
  | '='
  | '{'
  | '}'
  | '('
  | ')'
  | '['
  | ']'
  | ','
  | '.';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** As written, with quotes; a comment without carriage returns. */
  readonly text: string;
}

const PRECEDENCE: ReadonlyMap<TokenKind, number> = new Map<TokenKind, number>([
  ['||', 1],
  ['&&', 2],
  ['==', 3],
  ['!=', 3],
  ['<', 3],
  ['<=', 3],
  ['>', 3],
  ['>=', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
]);

/** 0 for anything that is not a binary operator. */
export function binaryPrecedence(kind: TokenKind): number {
  return PRECEDENCE.get(kind) ?? 0;
}

export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text !== 'true' && text !== 'false' && text !== 'null';
}
