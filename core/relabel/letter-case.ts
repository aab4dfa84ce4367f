/**
 * Go's strings.ToLower and ToUpper, which map one code point to one. JavaScript's methods apply Unicode's full mapping:
 * they turn ß into SS and a final Σ into ς, and a label that two implementations disagree on is two series.
 */

export function toLowerCase(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapCodePoints(text, (char) => char.toLowerCase());
}

export function toUpperCase(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapCodePoints(text, (char) => char.toUpperCase());
}

function mapCodePoints(text: string, convert: (char: string) => string): string {
  let out = '';
  for (const char of text) out += simpleMapping(char, convert(char));
  return out;
}

/** Where the full mapping is longer, the simple one keeps the character, but for the dotted capital I. */
function simpleMapping(char: string, mapped: string): string {
  if (char === '\u0130') return mapped === '\u0130' ? char : 'i';
  return String.fromCodePoint(mapped.codePointAt(0) as number).length === mapped.length ? mapped : char;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) return false;
  }
  return true;
}
