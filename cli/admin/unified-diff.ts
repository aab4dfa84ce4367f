/** The difference of two texts in the unified format of diff(1), which patch(1) and people read. */
import { styleText } from 'node:util';
import { type DiffLine, diffLines } from '../../core/simulate/diff.ts';

const CONTEXT = 3;

interface Numbered extends DiffLine {
  readonly oldLine: number;
  readonly newLine: number;
}

/** '' where they are the same. */
export function unifiedDiff(before: NamedText, after: NamedText, color = false): string {
  const lines = numbered(diffLines(linesOf(before.text), linesOf(after.text)));
  const hunks = hunksOf(lines);
  if (hunks.length === 0) return '';
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const out = [paint('bold', `--- ${before.name}`), paint('bold', `+++ ${after.name}`)];
  for (const hunk of hunks) {
    out.push(paint('cyan', header(hunk)));
    for (const { kind, text } of hunk) {
      if (kind === 'same') out.push(` ${text}`);
      else if (kind === 'expected') out.push(paint('red', `-${text}`));
      else out.push(paint('green', `+${text}`));
    }
  }
  return out.join('\n');
}

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** A text without a line break at its end differs from one with it, as for diff(1). */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() as string;
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

function numbered(lines: readonly DiffLine[]): Numbered[] {
  let oldLine = 1;
  let newLine = 1;
  return lines.map((line) => {
    const at = { ...line, oldLine, newLine };
    if (line.kind !== 'actual') oldLine++;
    if (line.kind !== 'expected') newLine++;
    return at;
  });
}

/** Changes with the lines around them; what is nearer than that is one hunk. */
function hunksOf(lines: readonly Numbered[]): Numbered[][] {
  const hunks: Numbered[][] = [];
  let lastShown = -1;
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    const from = Math.max(lastShown + 1, index - CONTEXT);
    if (hunks.length === 0 || from > lastShown + 1) hunks.push([]);
    const end = Math.min(lines.length - 1, index + CONTEXT);
    hunks.at(-1)?.push(...lines.slice(from, end + 1));
    lastShown = end;
  }
  return hunks;
}

function header(hunk: readonly Numbered[]): string {
  const olds = hunk.filter(({ kind }) => kind !== 'actual').length;
  const news = hunk.filter(({ kind }) => kind !== 'expected').length;
  const first = hunk[0] as Numbered;
  return `@@ -${range(first.oldLine, olds)} +${range(first.newLine, news)} @@`;
}

/** Of no lines the number is that of the line before. */
function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;
}
