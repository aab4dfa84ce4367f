/**
 * YAML texts of a configuration as plain values. Tenants write them, and they are read when a pipeline is saved: aliases
 * are bounded ("billion laughs" files name one list inside another over and over), and time is linear.
 */
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';

const MAX_ALIASES = 100;

/** Throws an Error for a mistake. */
export function parseYaml(text: string): unknown {
  // The library compares each key with all before it, which takes seconds for 256 KiB of keys.
  // And it copies the whole line for each mistake, to quote it: 20 s for 256 KiB of brackets.
  const quick = { uniqueKeys: false, prettyErrors: false } as const;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { intAsBigInt: true, logLevel: 'silent', lineCounter, ...quick });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const { line, col } = lineCounter.linePos(mistake.pos[0]);
    throw new Error(`${mistake.message} at line ${line}, column ${col}`);
  }
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name) && name !== '<<') throw new Error(`Map keys must be unique: ${String(name).slice(0, 100)}`);
        keys.add(name);
      }
    },
  });
  return document.toJS({ maxAliasCount: MAX_ALIASES });
}
