/** Labels of components, made from names that people gave in YAML as Alloy's converter makes them. */

const RESERVED = new Set(['true', 'false', 'null']);

export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !RESERVED.has(text);
}

/** `node-exporter` to `node_exporter`, `9lives` to `_9lives`. Undefined for the empty name, which has no identifier. */
export function toIdentifier(name: string): string | undefined {
  if (name === '') return undefined;
  if (isIdentifier(name)) return name;
  const replaced = Array.from(name, (character) => (/[A-Za-z0-9]/.test(character) ? character : '_')).join('');
  return /^[0-9]/.test(replaced) || RESERVED.has(replaced) ? `_${replaced}` : replaced;
}

/** `a_b`, `a_b_2`, `a_b_3`. Parts that are empty are left out. */
export function labelWithIndex(index: number, ...parts: readonly string[]): string {
  const label = parts.filter((part) => part !== '').join('_');
  return index === 0 ? label : `${label}_${index + 1}`;
}
