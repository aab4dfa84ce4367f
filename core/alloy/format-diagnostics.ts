/**
 * Diagnostics for people: message, then the lines of the source with what is meant underlined, as Alloy draws them.
 *
 *   Error: config.alloy:2:3: unrecognized attribute name "ur"
 *
 *   1 | loki.write "x" {
 *   2 |   ur = "…"
 *     |   ^^^^^^^^
 *   3 | }
 *     = hint: did you mean url?
 *
 * Texts that are assigned to something named like a secret are masked: these lines end up in logs.
 */
import type { Diagnostic } from './diagnostics.ts';
import { diagnosticLine } from './diagnostics.ts';
import { withoutUrlPasswords } from './url-password.ts';

const CONTEXT_LINES = 1;
const TAB = '    ';
const MAX_LINE = 240;
/** Of a place that is longer, beginning and end are shown. */
const MAX_EXCERPT_LINES = 40;

/** `sources`: the texts by file name; a diagnostic of another file is shown without its lines. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: readonly { readonly filename: string; readonly text: string }[] = [],
): string {
  const texts = new Map(sources.map(({ filename, text }) => [filename, text.split('\n')] as const));
  return diagnostics.map((diagnostic) => formatOne(diagnostic, texts.get(diagnostic.filename))).join('\n');
}

function formatOne(diagnostic: Diagnostic, lines: readonly string[] | undefined): string {
  const severity = diagnostic.severity === 'error' ? 'Error' : 'Warning';
  const out = [`${severity}: ${diagnosticLine(diagnostic)}`];
  let width = 1;
  if (lines !== undefined) {
    width = String(lastShownLine(diagnostic, lines)).length;
    out.push('', ...excerptLines(diagnostic, lines, width));
  }
  if (diagnostic.hint !== undefined) out.push(`${' '.repeat(width)} = hint: ${diagnostic.hint}`);
  if (diagnostic.rule !== undefined) out.push(`${' '.repeat(width)} = lint: ${diagnostic.rule}`);
  return `${out.map(printable).join('\n')}\n`;
}

/** A configuration of somebody else must not paint the terminal of whoever checks it; each character stays one column. */
function printable(line: string): string {
  return line.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}

function excerptLines(diagnostic: Diagnostic, lines: readonly string[], width: number): string[] {
  const { start, end } = diagnostic;
  const multiline = end.line > start.line;
  const from = Math.max(0, start.column - 1 - MAX_LINE / 3);
  const out: string[] = [];
  for (let number = Math.max(start.line - CONTEXT_LINES, 1); number <= lastShownLine(diagnostic, lines); number++) {
    if (number === start.line + MAX_EXCERPT_LINES / 2 && end.line - start.line > MAX_EXCERPT_LINES) {
      out.push(`${' '.repeat(width)} | | …`);
      number = end.line - MAX_EXCERPT_LINES / 2;
    }
    const text = (lines[number - 1] ?? '').replaceAll('\r', '');
    const shown = diagnostic.secret === true ? maskPlace(text, number, diagnostic) : text;
    const { line, cut } = window(withoutUrlPasswords(maskSecret(shown), stars), from);
    const bar = multiline ? (number > start.line && number <= end.line ? '| ' : '  ') : '';
    out.push(`${String(number).padStart(width)} | ${bar}${line.replace(/[\t\v]/g, TAB)}`);
    const margin = `${' '.repeat(width)} |`;
    const first = start.column - cut;
    const last = Math.min(end.column - cut, line.length + 1);
    if (!multiline && number === start.line) out.push(`${margin} ${underline(line, first, last, ' ')}`);
    // A line of "_" leads from the first line's underline to the margin and back to the last line's.
    if (multiline && number === start.line) out.push(`${margin}  _${underline(line, first, line.length, '_')}`);
    if (multiline && number === end.line) out.push(`${margin} |_${underline(line, last, last, '_')}`);
  }
  return out;
}

/** The part of a very long line that is worth showing; `cut` is how far its columns have moved. */
function window(line: string, from: number): { readonly line: string; readonly cut: number } {
  if (line.length <= MAX_LINE) return { line, cut: 0 };
  const start = Math.min(from, line.length - MAX_LINE);
  const head = start > 0 ? '…' : '';
  const tail = start + MAX_LINE < line.length ? '…' : '';
  return { line: head + line.slice(start, start + MAX_LINE) + tail, cut: start - head.length };
}

function lastShownLine({ end }: Diagnostic, lines: readonly string[]): number {
  return Math.min(end.line + CONTEXT_LINES, lines.length);
}

/** Tabs are as wide as they are printed above, so that the marks stand under what they mean. */
function underline(line: string, from: number, to: number, blank: string): string {
  let out = '';
  for (let column = 1; column <= Math.max(to, from); column++) {
    const character = line[column - 1];
    const marked = column >= from;
    if (character === '\t' || character === '\v') out += (marked ? '^' : blank).repeat(TAB.length);
    else out += marked ? '^' : blank;
  }
  return out;
}

const SECRET_NAME = /(pass|secret|token|credential|api_key|private_key|key_pem|auth_key)/i;

/** The part of a line that the diagnostic is about, all but its quotes, as stars. */
function maskPlace(line: string, number: number, { start, end }: Diagnostic): string {
  if (number < start.line || number > end.line) return line;
  const from = number === start.line ? start.column : 0;
  const to = number === end.line ? end.column - 1 : line.length;
  return line.slice(0, from) + '*'.repeat(Math.max(0, to - from)) + line.slice(to);
}

function stars({ length }: string): string {
  return '*'.repeat(length);
}

function maskSecret(line: string): string {
  const match = /^(\s*"?([A-Za-z0-9_-]+)"?\s*=\s*)(.*)$/s.exec(line);
  if (match === null || !SECRET_NAME.test(match[2]!)) return line;
  // The mask is as long as the text, so that columns stay right.
  return (
    match[1] +
    match[3]!.replace(/(?:env|secret)\("[^"]*"|"(?:[^"\\]|\\.)*"?|`[^`]*`?/g, (text) =>
      /^(env|secret)\(/.test(text) ? text : `"${'*'.repeat(Math.max(0, text.length - 2))}"`,
    )
  );
}
