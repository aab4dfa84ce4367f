/** Lines of an expectation against lines of a result: what is missing and what is there instead. */

export interface DiffLine {
  readonly kind: 'same' | 'expected' | 'actual';
  readonly text: string;
}

/** Beyond this many cells the longest common part is not looked for: everything in the middle then differs. */
const MAX_CELLS = 4_000_000;

export function diffLines(expected: readonly string[], actual: readonly string[]): DiffLine[] {
  let head = 0;
  while (head < expected.length && head < actual.length && expected[head] === actual[head]) head++;
  let tail = 0;
  const most = Math.min(expected.length, actual.length) - head;
  while (tail < most && expected[expected.length - 1 - tail] === actual[actual.length - 1 - tail]) tail++;
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  return [
    ...expected.slice(0, head).map(same),
    ...middle(expected.slice(head, expected.length - tail), actual.slice(head, actual.length - tail)),
    ...expected.slice(expected.length - tail).map(same),
  ];
}

function middle(expected: readonly string[], actual: readonly string[]): DiffLine[] {
  const columns = actual.length + 1;
  const common = expected.length * actual.length > MAX_CELLS ? undefined : commonLengths(expected, actual, columns);
  const out: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < expected.length || j < actual.length) {
    if (common !== undefined && i < expected.length && j < actual.length && expected[i] === actual[j]) {
      out.push({ kind: 'same', text: expected[i++] });
      j++;
    } else if (i < expected.length && (j >= actual.length || common === undefined || below(common, i, j, columns))) {
      out.push({ kind: 'expected', text: expected[i++] });
    } else out.push({ kind: 'actual', text: actual[j++] });
  }
  return out;
}

function below(common: Uint32Array, i: number, j: number, columns: number): boolean {
  return common[(i + 1) * columns + j] >= common[i * columns + j + 1];
}

/** Length of the longest common part of what follows each pair of places. */
function commonLengths(expected: readonly string[], actual: readonly string[], columns: number): Uint32Array {
  const lengths = new Uint32Array((expected.length + 1) * columns);
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let j = actual.length - 1; j >= 0; j--) {
      lengths[i * columns + j] =
        expected[i] === actual[j]
          ? lengths[(i + 1) * columns + j + 1] + 1
          : Math.max(lengths[(i + 1) * columns + j], lengths[i * columns + j + 1]);
    }
  }
  return lengths;
}

/** Differences with two lines around each. */
export function formatDiff(lines: readonly DiffLine[]): DiffLine[] {
  const near = (i: number) => lines.slice(Math.max(0, i - 2), i + 3).some(({ kind }) => kind !== 'same');
  return lines.filter((line, i) => line.kind !== 'same' || near(i));
}
