/** The known name that someone most likely meant, for hints. */

/** A text may have thousands of names that are not known, each with thousands of others to compare it with. */
const MAX_CANDIDATES = 500;

export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > 100) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  let candidates = 0;
  for (const candidate of known) {
    if (++candidates > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance && distance < name.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

export function didYouMean(name: string, known: Iterable<string>): { hint?: string } {
  const best = nearest(name, known);
  return best === undefined || best === name ? {} : { hint: `did you mean ${best}?` };
}

/** Insertions, deletions, changes, and swaps of neighbours: `ulr` is one mistake, not two. `limit`: from there on it is far. */
function editDistance(a: string, b: string, limit: number): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(swapped ? Math.min(best, rows[i - 2]![j - 2]! + 1) : best);
    }
    rows.push(row);
    // Distances only grow; a swap reaches back over one row.
    if (Math.min(...row) >= limit && Math.min(...rows[i - 1]!) >= limit) return limit;
  }
  return rows[a.length]![b.length]!;
}
