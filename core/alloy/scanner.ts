/**
 * Text to tokens, comments included. Mistakes go to a callback; scanning always goes on and always ends with EOF.
 *
 *   letter        = any Unicode letter | "_"          digit = "0" … "9" | any Unicode decimal digit
 *   COMMENT       = "//" { any but newline } | "/*" { any } "*" "/"
 *   IDENT         = letter { letter | digit }         BOOL = "true" | "false"      NULL = "null"
 *   NUMBER        = decimal { decimal }               decimal = "0" … "9"
 *   FLOAT         = NUMBER "." [ NUMBER ] [ exponent ] | "." NUMBER [ exponent ] | NUMBER exponent
 *   exponent      = ( "e" | "E" ) [ "+" | "-" ] NUMBER
 *   STRING        = '"' { any but newline or '"' | escape } '"' | "`" { any but "`" } "`"
 *   escape        = "\" ( "a" | "b" | "f" | "n" | "r" | "t" | "v" | "\" | '"' | octal octal octal
 *                 | "x" hex hex | "u" 4 * hex | "U" 8 * hex )
 *   operators     = || && ! == != < <= > >= + - * / % ^ = { } ( ) [ ] , .
 *   TERMINATOR    = a newline, or the end, after IDENT, a literal, "]", ")" or "}", as Go inserts semicolons
 */
import {
  BACKSLASH,
  BACKTICK,
  BYTE_ORDER_MARK,
  commentEnd,
  DOT,
  DOUBLE_QUOTE,
  digitValue,
  escapeForm,
  illegalCharacter,
  isBlank,
  isDecimal,
  isDigitAt,
  isLetterAt,
  isLoneSurrogate,
  LOWER_E,
  MINUS,
  NEWLINE,
  PLUS,
  SIMPLE_ESCAPES,
  SINGLE_QUOTE,
  SLASH,
  STAR,
  UPPER_E,
} from './characters.ts';
import type { Token, TokenKind } from './token.ts';

export type ScanErrorHandler = (offset: number, message: string) => void;

const END = -1;
const TERMINATED: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'IDENT',
  'NUMBER',
  'FLOAT',
  'STRING',
  'BOOL',
  'NULL',
  ']',
  ')',
  '}',
]);
const DOUBLE: ReadonlySet<string> = new Set(['||', '&&', '==', '!=', '<=', '>=']);
const SINGLE: ReadonlySet<string> = new Set('!<>=+-*/%^{}()[],.');

export class Scanner {
  readonly #text: string;
  readonly #onError: ScanErrorHandler;
  #offset = 0;
  #terminate = false;

  constructor(text: string, onError: ScanErrorHandler) {
    this.#text = text;
    this.#onError = onError;
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) this.#offset = 1;
  }

  next(): Token {
    this.#skipBlanks();
    const start = this.#offset;
    const code = this.#peek();
    if (this.#terminate && (code === END || code === NEWLINE || this.#commentEndsLine())) {
      this.#terminate = false;
      if (code === NEWLINE) this.#offset++;
      return { kind: 'TERMINATOR', start, end: start, text: '\n' };
    }
    const token = this.#scan(start, code);
    // An illegal character keeps the state before it; everything else decides for itself.
    if (token.kind !== 'ILLEGAL' || token.text.startsWith("'")) {
      this.#terminate = TERMINATED.has(token.kind) || token.kind === 'ILLEGAL';
    }
    return token;
  }

  #scan(start: number, code: number): Token {
    if (code === END) return this.#token('EOF', start);
    if (isLetterAt(this.#text, start)) return this.#identifier(start);
    if (isDecimal(code) || (code === DOT && isDecimal(this.#peek(1)))) return this.#number(start);
    if (code === DOUBLE_QUOTE) return this.#string('STRING', start, code);
    if (code === BACKTICK) return this.#string('STRING', start, code);
    if (code === SINGLE_QUOTE) {
      this.#onError(start, 'illegal single-quoted string; use double quotes');
      return this.#string('ILLEGAL', start, code);
    }
    if (code === SLASH && (this.#peek(1) === SLASH || this.#peek(1) === STAR)) return this.#comment(start);
    return this.#operator(start);
  }

  #operator(start: number): Token {
    const two = this.#text.slice(start, start + 2);
    const one = two.slice(0, 1);
    if (DOUBLE.has(two)) {
      this.#offset += 2;
      return this.#token(two as TokenKind, start);
    }
    if (one === '|' || one === '&') {
      this.#offset += 1;
      this.#onError(this.#offset, `missing second ${one} in ${one}${one}`);
      return this.#token(`${one}${one}` as TokenKind, start);
    }
    if (SINGLE.has(one)) {
      this.#offset += 1;
      return this.#token(one as TokenKind, start);
    }
    const character = String.fromCodePoint(this.#text.codePointAt(start)!);
    this.#offset += character.length;
    this.#onError(start, illegalCharacter(character));
    return this.#token('ILLEGAL', start);
  }

  #identifier(start: number): Token {
    let at = start;
    while (at < this.#text.length && (isLetterAt(this.#text, at) || isDigitAt(this.#text, at))) {
      at += this.#text.codePointAt(at)! > 0xffff ? 2 : 1;
    }
    this.#offset = at;
    const text = this.#text.slice(start, at);
    if (text === 'true' || text === 'false') return this.#token('BOOL', start);
    return this.#token(text === 'null' ? 'NULL' : 'IDENT', start);
  }

  #number(start: number): Token {
    let kind: TokenKind = 'NUMBER';
    this.#decimals();
    if (this.#peek() === DOT) {
      kind = 'FLOAT';
      this.#offset++;
      this.#decimals();
    }
    if (this.#peek() === LOWER_E || this.#peek() === UPPER_E) {
      kind = 'FLOAT';
      this.#offset++;
      if (this.#peek() === PLUS || this.#peek() === MINUS) this.#offset++;
      if (this.#decimals() === 0) this.#onError(start, 'exponent has no digits');
    }
    return this.#token(kind, start);
  }

  #decimals(): number {
    const start = this.#offset;
    while (isDecimal(this.#peek())) this.#offset++;
    return this.#offset - start;
  }

  #string(kind: 'STRING' | 'ILLEGAL', start: number, quote: number): Token {
    const raw = quote === BACKTICK;
    this.#offset++;
    for (;;) {
      const code = this.#peek();
      if (code === END || (code === NEWLINE && !raw)) {
        this.#onError(start, 'string literal not terminated');
        break;
      }
      if (isLoneSurrogate(this.#text, this.#offset)) this.#onError(this.#offset, 'illegal UTF-8 encoding');
      else if (code === 0) this.#onError(this.#offset, 'illegal character NUL');
      else if (code === BYTE_ORDER_MARK) this.#onError(this.#offset, 'illegal byte order mark');
      this.#offset++;
      if (code === quote) break;
      if (code === BACKSLASH && !raw) this.#escape();
    }
    return this.#token(kind, start);
  }

  /** Stops at the offending character without consuming it. */
  #escape(): void {
    const start = this.#offset;
    const code = this.#peek();
    if (SIMPLE_ESCAPES.has(code)) {
      this.#offset++;
      return;
    }
    const form = escapeForm(code);
    if (form === undefined) {
      this.#onError(start, code === END ? 'escape sequence not terminated' : 'unknown escape sequence');
      return;
    }
    if (form.base === 16) this.#offset++;
    let value = 0;
    for (let left = form.digits; left > 0; left--) {
      const digit = digitValue(this.#peek());
      if (digit >= form.base) {
        this.#onError(start, this.#badEscapeDigit());
        return;
      }
      value = value * form.base + digit;
      this.#offset++;
    }
    if (value > form.max || (value >= 0xd800 && value < 0xe000)) {
      this.#onError(start, 'escape sequence is invalid Unicode code point');
    }
  }

  #badEscapeDigit(): string {
    if (this.#peek() === END) return 'escape sequence not terminated';
    const character = String.fromCodePoint(this.#text.codePointAt(this.#offset)!);
    return `${illegalCharacter(character)} in escape sequence`;
  }

  #comment(start: number): Token {
    const end = commentEnd(this.#text, start);
    if (end === undefined) this.#onError(start, 'block comment not terminated');
    this.#offset = end ?? this.#text.length;
    const text = this.#text.slice(start, this.#offset).replaceAll('\r', '');
    return { kind: 'COMMENT', start, end: this.#offset, text };
  }

  /** True when what is here is comments up to the end of the line: the line's terminator then comes before them. */
  #commentEndsLine(): boolean {
    let at = this.#offset;
    while (this.#text.charCodeAt(at) === SLASH) {
      if (this.#text.charCodeAt(at + 1) === SLASH) return true;
      if (this.#text.charCodeAt(at + 1) !== STAR) return false;
      const end = commentEnd(this.#text, at) ?? this.#text.length;
      const newline = this.#text.indexOf('\n', at);
      if (newline >= 0 && newline < end) return true;
      at = end;
      while (isBlank(this.#text.charCodeAt(at))) at++;
      if (at >= this.#text.length || this.#text.charCodeAt(at) === NEWLINE) return true;
    }
    return false;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#peek();
      if (!isBlank(code) && (code !== NEWLINE || this.#terminate)) return;
      this.#offset++;
    }
  }

  #peek(ahead = 0): number {
    const at = this.#offset + ahead;
    return at < this.#text.length ? this.#text.charCodeAt(at) : END;
  }

  #token(kind: TokenKind, start: number): Token {
    return { kind, start, end: this.#offset, text: this.#text.slice(start, this.#offset) };
  }
}
