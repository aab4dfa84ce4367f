/**
 * What stands in the place of secrets where a pipeline runs to be looked at: validation for readers, explanations, dry
 * runs. No value is in what comes out, in whatever form a rule makes of it. Masking it would be worse: whoever sees parts
 * of a text of his own masked finds a secret letter by letter.
 */

import type { Secrets } from './compile.ts';

export function placeholders({ values, unreadable }: Secrets): Secrets {
  return { values: new Map([...values].map(([name, value]) => [name, placeholder(name, value)])), unreadable };
}

/** An address stays one, or a pipeline that sends there would not load. */
function placeholder(name: string, value: string): string {
  const text = `value-of-${name}`;
  return /^https?:\/\//i.test(value) ? `https://secret.invalid/${text}` : text;
}
