/** What is different between two texts, line by line (Myers' greedy algorithm). Pure, and bounded. */

export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
  /** Line numbers in the old and in the new text. */
  readonly before?: number;
  readonly after?: number;
}

/** Lines that differ, with the lines around them. */
export type Hunk = readonly DiffLine[];

const CONTEXT = 3;
/** Beyond this many differences the texts have little in common: all of the one goes, all of the other comes. */
const MAX_DIFFERENCES = 2_000;

export function diffHunks(before: string, after: string): Hunk[] {
  const lines = diffLines(before.split('\n'), after.split('\n'));
  const ranges: { start: number; end: number }[] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    const start = Math.max(0, index - CONTEXT);
    const end = index + CONTEXT + 1;
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges.map(({ start, end }) => lines.slice(start, end));
}

export function countChanges(hunks: readonly Hunk[]): { readonly added: number; readonly removed: number } {
  const all = hunks.flat();
  const count = (wanted: DiffLine['kind']) => all.filter(({ kind }) => kind === wanted).length;
  return { added: count('added'), removed: count('removed') };
}

function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const kinds = [
    ...Array<DiffLine['kind']>(head).fill('same'),
    ...editScript(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...Array<DiffLine['kind']>(tail).fill('same'),
  ];
  let a = 0;
  let b = 0;
  return kinds.map((kind) => {
    if (kind === 'removed') return { kind, text: before[a]!, before: ++a };
    if (kind === 'added') return { kind, text: after[b]!, after: ++b };
    return { kind, text: before[a]!, before: ++a, after: ++b };
  });
}

/** The shortest way from the one to the other, or all removed and all added where there is no short one. */
function editScript(a: readonly string[], b: readonly string[]): DiffLine['kind'][] {
  const trace: Int32Array[] = [];
  const most = Math.min(a.length + b.length, MAX_DIFFERENCES);
  const furthest = new Int32Array(2 * most + 3);
  for (let d = 0; d <= most; d++) {
    trace.push(furthest.slice());
    for (let k = -d; k <= d; k += 2) {
      let x = stepsDown(furthest, k, d, most) ? furthest[k + 1 + most + 1]! : furthest[k - 1 + most + 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[k + most + 1] = x;
      if (x >= a.length && x - k >= b.length) return wayBack(trace, a.length, b.length, most);
    }
  }
  return [...Array<DiffLine['kind']>(a.length).fill('removed'), ...Array<DiffLine['kind']>(b.length).fill('added')];
}

function stepsDown(furthest: Int32Array, k: number, d: number, most: number): boolean {
  return k === -d || (k !== d && furthest[k - 1 + most + 1]! < furthest[k + 1 + most + 1]!);
}

function wayBack(trace: readonly Int32Array[], endA: number, endB: number, most: number): DiffLine['kind'][] {
  const way: DiffLine['kind'][] = [];
  let x = endA;
  let y = endB;
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d]!;
    const k = x - y;
    const down = stepsDown(furthest, k, d, most);
    const fromK = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : furthest[fromK + most + 1]!;
    const fromY = d === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      way.push('same');
      x--;
      y--;
    }
    if (d > 0) way.push(down ? 'added' : 'removed');
    x = fromX;
    y = fromY;
  }
  return way.reverse();
}
