import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

/** The whole table, as the textbook has it. */
function distanceByTable(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : i)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(table[i - 1]![j]! + 1, table[i]![j - 1]! + 1, table[i - 1]![j - 1]! + change);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) best = Math.min(best, table[i - 2]![j - 2]! + 1);
      table[i]![j] = best;
    }
  }
  return table[a.length]![b.length]!;
}

function nearestByTable(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: distanceByTable(name, candidate) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(name.length / 3)) && distance < name.length);
  return near.sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

describe('the nearest name', () => {
  it('is the one with the fewest mistakes, a swap being one', () => {
    expect(nearest('ulr', ['user', 'url'])).toBe('url');
    expect(nearest('prommtheus.remotrelabel', ['prometheus.scrape', 'prometheus.relabel'])).toBe('prometheus.relabel');
    expect(nearest('forward', ['metrics', 'logs'])).toBeUndefined();
  });

  it('is the one that the whole table of distances says', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), maxLength: 30 });
    const names = fc.array(word, { maxLength: 10 });
    fc.assert(
      fc.property(word, names, (name, known) => nearest(name, known) === nearestByTable(name, known)),
      { numRuns: 2000 },
    );
  });

  it('is looked for among the first 500: a text may have thousands of names that are not known', () => {
    const known = Array.from({ length: 500 }, (_, i) => `xxxxxxxx${i}`);
    expect(nearest('prometheus', [...known.slice(1), 'prometheuz'])).toBe('prometheuz');
    expect(nearest('prometheus', [...known, 'prometheuz'])).toBeUndefined();
  });
});
