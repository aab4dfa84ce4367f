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

/** Names of more than 100 characters are not compared, nor such that are longer by a third. */
const ROW_LENGTH = 160;
const ROWS = [new Uint16Array(ROW_LENGTH), new Uint16Array(ROW_LENGTH), new Uint16Array(ROW_LENGTH)] as const;

/**
 * Insertions, deletions, changes, and swaps of neighbours: `ulr` is one mistake, not two. `limit`: all from there on are
 * alike, so only cells near the diagonal are looked at.
 */
function editDistance(a: string, b: string, limit: number): number {
  let [before, above, row] = ROWS;
  let leastAbove = 0;
  for (let j = 0; j <= b.length; j++) above[j] = Math.min(j, limit);
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    row[from - 1] = from === 1 ? Math.min(i, limit) : limit;
    let least = row[from - 1]!;
    for (let j = from; j <= to; j++) {
      const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let best = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (isSame ? 0 : 1), limit);
      const isSwapped = !isSame && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) best = Math.min(best, before[j - 2]! + 1);
      row[j] = best;
      if (best < least) least = best;
    }
    if (to < b.length) row[to + 1] = limit;
    // Distances only grow; a swap reaches back over one row.
    if (least >= limit && leastAbove >= limit) return limit;
    leastAbove = least;
    [before, above, row] = [above, row, before];
  }
  return above[b.length]!;
}
