/** Results for people (aligned columns) and for programs (one JSON object a line). */
import type { Row, Table } from './table.ts';

/** Four significant digits: more is noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

export function formatJson(table: Table, row: Row): string {
  const { name, ours, peer, unit } = row;
  return JSON.stringify({
    table: table.name,
    name,
    ours: round(ours),
    peer: round(peer),
    unit,
    ratio: round(ours / peer),
  });
}

export function formatTable(table: Table, rows: readonly Row[]): string {
  const cells = [
    ['', 'ours', 'peer', 'ours/peer', 'unit', 'what (ours | peer)'],
    ...rows.map((row) => [
      row.name,
      String(round(row.ours)),
      String(round(row.peer)),
      (row.ours / row.peer).toFixed(2),
      row.unit,
      row.what,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const isNumber = (column: number) => column >= 1 && column <= 3;
  const lines = cells.map((line) =>
    line
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [`${table.title} (${table.name})`, ...lines.map((line) => `  ${line}`)].join('\n');
}
