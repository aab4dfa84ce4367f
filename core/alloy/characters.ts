/** Character codes and classes that the scanner asks about, as Go's unicode package answers. */

export const BYTE_ORDER_MARK = 0xfeff;
export const NEWLINE = 0x0a;
export const DOUBLE_QUOTE = 0x22;
export const SINGLE_QUOTE = 0x27;
export const BACKTICK = 0x60;
export const BACKSLASH = 0x5c;
export const SLASH = 0x2f;
export const STAR = 0x2a;
export const DOT = 0x2e;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const LOWER_E = 0x65;
export const UPPER_E = 0x45;
export const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(
  Array.from('abfnrtv\\"', (character) => character.charCodeAt(0)),
);

export interface EscapeForm {
  readonly digits: number;
  readonly base: 8 | 16;
  readonly max: number;
}

export function escapeForm(code: number): EscapeForm | undefined {
  if (code >= 0x30 && code <= 0x37) return { digits: 3, base: 8, max: 255 };
  if (code === 0x78) return { digits: 2, base: 16, max: 255 };
  if (code === 0x75) return { digits: 4, base: 16, max: 0x10ffff };
  if (code === 0x55) return { digits: 8, base: 16, max: 0x10ffff };
  return undefined;
}

export function digitValue(code: number): number {
  if (isDecimal(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : 16;
}

export function commentEnd(text: string, start: number): number | undefined {
  if (text.charCodeAt(start + 1) === SLASH) {
    const newline = text.indexOf('\n', start);
    return newline < 0 ? text.length : newline;
  }
  const end = text.indexOf('*/', start + 2);
  return end < 0 ? undefined : end + 2;
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}

export function isDecimal(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetterAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
  return /^\p{L}$/u.test(String.fromCodePoint(text.codePointAt(at)!));
}

export function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 0x80 ? isDecimal(code) : /^\p{Nd}$/u.test(String.fromCodePoint(text.codePointAt(at)!));
}

export function isLoneSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0xd800 || code > 0xdfff) return false;
  if (code < 0xdc00) return (text.charCodeAt(at + 1) & 0xfc00) !== 0xdc00;
  return (text.charCodeAt(at - 1) & 0xfc00) !== 0xd800;
}

export function illegalCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code === 0) return 'illegal character NUL';
  if (code === BYTE_ORDER_MARK) return 'illegal byte order mark';
  if (code >= 0xd800 && code <= 0xdfff) return 'illegal UTF-8 encoding';
  const printed = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character) ? ` '${character}'` : '';
  return `illegal character U+${code.toString(16).toUpperCase().padStart(4, '0')}${printed}`;
}
