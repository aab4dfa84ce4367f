/** `NAME=VALUE` lines of a form. Pure. The gateway judges names and values. */
import type { LimitOverrides } from '../../../core/limits/tenant-limits.ts';

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

/** Limits, to be read: `metrics.ingestion_rate` and `1000`. */
export function limitPairs(limits: LimitOverrides): Pairs {
  return Object.entries(limits).flatMap(([group, values]) =>
    Object.entries(values).map(([name, value]) => [`${group}.${name}`, String(value)] as const),
  );
}
