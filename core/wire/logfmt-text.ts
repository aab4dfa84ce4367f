/** Logfmt as go-logfmt writes and strictly reads it. (The stage that parses lines leniently is in core/pipeline/stages.) */

/** A pair whose key has nothing that logfmt can write is left out. */
export function formatLogfmt(pairs: readonly (readonly [key: string, value: string])[]): string {
  const written: string[] = [];
  for (const [key, value] of pairs) {
    const name = key.replace(/[\u0000-\u0020="\ufffd]/g, '');
    if (name !== '') written.push(`${name}=${quoteWhereNeeded(value)}`);
  }
  return written.join(' ');
}

function quoteWhereNeeded(value: string): string {
  // The word null without quotes is no value.
  return value === 'null' || /[\u0000-\u0020="\ufffd]/.test(value) ? quote(value) : value;
}

function quote(value: string): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${value.replace(/["\\]|\n|\r|\t|[\u0000-\u001f\u2028\u2029]/g, (char) => ESCAPES[char] ?? escaped(char))}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The pairs of one line, or undefined where it is not logfmt. A key without a value has the empty one. */
export function parseStrictLogfmt(line: string): [key: string, value: string][] | undefined {
  const pairs: [string, string][] = [];
  const pair =
    /[\u0000-\u0020]*(?:([^\u0000-\u0020="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\u0000-\u0020="]*(?![="]))))?)?/gy;
  while (pair.lastIndex < line.length) {
    const start = pair.lastIndex;
    const [text, key, quoted, plain] = pair.exec(line) as RegExpExecArray;
    if (key === undefined) return text === '' || start + text.length < line.length ? undefined : pairs;
    // Whatever follows a key without "=" must be a space.
    if (quoted === undefined && /["=]/.test(line[start + text.length] ?? '')) return undefined;
    const value = quoted === undefined ? (plain ?? '') : unquote(quoted);
    if (value === undefined) return undefined;
    pairs.push([key, value]);
  }
  return pairs;
}

function unquote(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return undefined;
  }
}
