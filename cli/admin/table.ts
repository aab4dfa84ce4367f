/**
 * Tables for people: columns as wide as their texts, no borders, so that they copy well. What a terminal is too narrow for
 * is not left to it to break: the last column goes on below itself, or else each row is told in lines of its own. Where
 * nobody looks, a row is a line.
 */
export function formatTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const lines = [headers, ...rows].map((row) => row.map(printable));
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => lengthOf(line[column] ?? ''))));
  const gap = [3, 2].find((each) => totalOf(widths, each) <= width);
  if (gap !== undefined) return lines.map((line) => joined(line, widths, gap)).join('\n');
  const room = width - totalOf(widths.slice(0, -1), 2) - 2;
  if (room >= MIN_LAST_WIDTH) return lines.flatMap((line) => withLastBelow(line, widths, room)).join('\n');
  return lines
    .slice(1)
    .flatMap((line) => stacked(headers, line, width))
    .join('\n');
}

/** A narrower column is not read with pleasure. */
const MIN_LAST_WIDTH = 20;
const INDENT = '  ';

function totalOf(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, each) => sum + each, 0) + gap * Math.max(0, widths.length - 1);
}

function joined(line: readonly string[], widths: readonly number[], gap: number): string {
  const cells = line.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell))));
  return cells.join(' '.repeat(gap)).trimEnd();
}

function withLastBelow(line: readonly string[], widths: readonly number[], room: number): string[] {
  const [first = '', ...more] = wrapped((line.at(-1) ?? '').split(' '), room);
  const empty = line.slice(0, -1).map(() => '');
  return [[...line.slice(0, -1), first], ...more.map((text) => [...empty, text])].map((each) =>
    joined(each, widths, 2),
  );
}

/** The first cell, and below it the others that are not empty, each behind its header. */
function stacked(headers: readonly string[], [first = '', ...others]: readonly string[], width: number): string[] {
  const told = others.flatMap((cell, i) => (cell === '' ? [] : [`${headers[i + 1] ?? ''} ${cell}`.trim()]));
  const texts = wrapped(told, width - INDENT.length, '   ').flatMap((line) =>
    wrapped(line.split(' '), width - INDENT.length),
  );
  return [...(first === '' ? [] : [first]), ...texts.map((text) => INDENT + text)];
}

/** One that is too long by itself stays whole: it is an id or a URL, which somebody will copy. */
function wrapped(parts: readonly string[], width: number, between = ' '): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last === undefined || lengthOf(last) + between.length + lengthOf(part) > width) lines.push(part);
    else lines[lines.length - 1] = last + between + part;
  }
  return lines;
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** Texts come from destinations and senders: nothing of them may move the cursor. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}

export function formatTime(atMs: number | null): string {
  return atMs === null ? '-' : new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function formatAge(atMs: number | null, nowMs: number): string {
  if (atMs === null) return '-';
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? `${hours}h${Math.floor((seconds % 3600) / 60)}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
