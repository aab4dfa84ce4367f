/** `NAME=VALUE` lines of a form. Pure. The gateway judges names and values. */

export type Pairs = readonly (readonly [name: string, value: string])[];

/** The pairs, or what is wrong with the first line that is none. */
export function readPairs(text: string): { readonly pairs: Pairs } | { readonly problem: string } {
  const pairs: [string, string][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const at = trimmed.indexOf('=');
    if (at <= 0) return { problem: `line ${index + 1}: write NAME=VALUE, not ${JSON.stringify(trimmed)}` };
    pairs.push([trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim()]);
  }
  return { pairs };
}

/** `metrics.ingestion_rate=1000` to `{ metrics: { ingestion_rate: 1000 } }`. */
export function limitsOf(pairs: Pairs): Record<string, Record<string, number | string>> {
  const limits: Record<string, Record<string, number | string>> = {};
  for (const [path, value] of pairs) {
    const [group = '', ...name] = path.split('.');
    limits[group] = {
      ...limits[group],
      [name.join('.')]: value !== '' && Number.isFinite(Number(value)) ? Number(value) : value,
    };
  }
  return limits;
}

/** The other way round, to be read. */
export function limitPairs(limits: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Pairs {
  return Object.entries(limits).flatMap(([group, values]) =>
    Object.entries(values).map(([name, value]) => [`${group}.${name}`, String(value)] as const),
  );
}

export function pairsText(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('\n');
}
