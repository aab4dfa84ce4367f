/**
 * YAML texts of a configuration as plain values. Tenants write them, and they are read when a pipeline is saved: aliases
 * are bounded ("billion laughs" files name one list inside another over and over), and time is linear.
 */
import { isScalar, parseDocument, visit } from 'yaml';

const MAX_ALIASES = 100;

/** Throws an Error for a mistake. */
export function parseYaml(text: string): unknown {
  // The library compares each key with all before it, which takes seconds for 256 KiB of keys.
  const document = parseDocument(text, { intAsBigInt: true, logLevel: 'silent', uniqueKeys: false });
  const [mistake] = document.errors;
  if (mistake !== undefined) throw mistake;
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
