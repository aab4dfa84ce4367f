/** Text literals: reading them as Go's strconv.Unquote does, and writing them. */

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** The text that a literal, with its quotes, stands for. The scanner has checked its escapes. */
export function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner.replaceAll('\r', '');
  if (!inner.includes('\\')) return inner;
  return decodeByteEscapes(inner);
}

/** `\xNN` and `\NNN` are bytes of UTF-8, so runs of them are decoded together. */
function decodeByteEscapes(inner: string): string {
  return inner.replace(
    /(?:\\(?:x[0-9a-fA-F]{2}|[0-7]{3}))+|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([abfnrtv\\"])/g,
    (matched, short: string | undefined, long: string | undefined, simple: string | undefined) => {
      if (simple !== undefined) return SIMPLE[simple]!;
      const code = short ?? long;
      return code === undefined ? bytesText(matched) : String.fromCodePoint(Number.parseInt(code, 16));
    },
  );
}

function bytesText(escapes: string): string {
  const bytes = escapes
    .split('\\')
    .slice(1)
    .map((digits) => (digits.startsWith('x') ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 8)));
  return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** Go's %q: a literal that reads back as the text. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) out += quoteCharacter(character);
  return `${out}"`;
}

function quoteCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  for (const [letter, meaning] of Object.entries(SIMPLE)) if (meaning === character) return `\\${letter}`;
  const code = character.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
