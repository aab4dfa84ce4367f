/**
 * Elastic tab stops, as Go's text/tabwriter lays them out: a cell ends at a mark, and cells of one column in consecutive
 * lines are padded to the widest. The formatter aligns `=` and trailing comments with it.
 */

export interface Cell {
  readonly text: string;
  /** How the cell ended: before a tab that always takes room, or one that disappears where its whole column is empty. */
  readonly mark: 'tab' | 'soft';
}

export interface Row {
  /** Cells that take part in columns. */
  readonly cells: readonly Cell[];
  /** The rest of the line, which has no influence on columns. */
  readonly tail: string;
  /** Columns do not go on below this row. */
  readonly last: boolean;
}

const TAB_WIDTH = 8;
const PADDING = 1;

export function alignRows(rows: readonly Row[]): string[] {
  const lines: string[] = [];
  let start = 0;
  rows.forEach((row, i) => {
    if (!row.last && i + 1 < rows.length) return;
    const run = rows.slice(start, i + 1);
    const widths = measure(run);
    run.forEach((each, at) => {
      lines.push(render(each, widths[at]!));
    });
    start = i + 1;
  });
  return lines;
}

/**
 * Widths of the cells of rows between two breaks. A column is a run of consecutive rows that have a cell there, within a
 * column before it. With its own stack, because an object of ten thousand fields in one line has as many columns.
 */
function measure(rows: readonly Row[]): number[][] {
  const widths: number[][] = rows.map(() => []);
  const open = [{ from: 0, to: rows.length, column: 0 }];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const { to, column } = part;
    for (let from = part.from; from < to; from++) {
      let end = from;
      let widest = 0;
      let soft = true;
      for (; end < to && rows[end]!.cells.length > column; end++) {
        const { text, mark } = rows[end]!.cells[column]!;
        widest = Math.max(widest, length(text));
        soft &&= mark === 'soft';
      }
      if (end === from) continue;
      for (let row = from; row < end; row++) widths[row]![column] = widest === 0 && soft ? 0 : widest + PADDING;
      open.push({ from, to: end, column: column + 1 });
      from = end;
    }
  }
  return widths;
}

/** Leading empty cells are indentation and become tabs. */
function render(row: Row, widths: readonly number[]): string {
  let line = '';
  let indenting = true;
  const used = row.tail === '' ? row.cells.findLastIndex((cell) => cell.text !== '') + 1 : row.cells.length;
  row.cells.slice(0, used).forEach((cell, i) => {
    const width = widths[i]!;
    if (cell.text !== '') indenting = false;
    if (indenting) line += '\t'.repeat(Math.ceil(width / TAB_WIDTH));
    else
      line += cell.text + (i + 1 === used && row.tail === '' ? '' : ' '.repeat(Math.max(0, width - length(cell.text))));
  });
  return line + row.tail;
}

function length(text: string): number {
  return Array.from(text).length;
}
