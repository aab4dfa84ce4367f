/** The gate that keeps features below `--stability.level` out of a configuration. */
import type { Stability } from './component.ts';

const RANK: Readonly<Record<Stability, number>> = {
  experimental: 0,
  'public-preview': 1,
  'generally-available': 2,
};

/** `subject` is quoted by the caller: `component "x"`, `block "x"`. Undefined: allowed. */
export function stabilityError(subject: string, level: Stability, minimum: Stability): string | undefined {
  if (RANK[level] >= RANK[minimum]) return undefined;
  return (
    `${subject} is at stability level "${level}", which is below the minimum allowed stability level "${minimum}". ` +
    `Use --stability.level command-line flag to enable "${level}" features`
  );
}
