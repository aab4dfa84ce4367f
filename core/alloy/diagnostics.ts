/** What is wrong with a configuration and where. Diagnostics are collected, never thrown, so that one look shows all. */
import { type Position, Source, type Span } from './source.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  readonly severity: Severity;
  readonly filename: string;
  readonly start: Position;
  /** The last character meant, not the one after it. */
  readonly end: Position;
  readonly message: string;
  /** What to do about it, when that is known. */
  readonly hint?: string;
  /** Name of the lint rule that speaks, where it is one: `label_never_exists`. */
  readonly rule?: string;
  /** The place holds a secret, which no excerpt may show. */
  readonly secret?: true;
  /** The change that puts it right, where it is mechanical. */
  readonly fix?: Fix;
}

/** Text to put in place of `start..end` (exclusive) of the file, in UTF-16 units. */
export interface Fix {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function diagnosticAt(
  span: Span,
  message: string,
  options: { hint?: string; severity?: Severity } = {},
): Diagnostic {
  const start = span.source.position(span.start);
  const end = span.source.position(Math.max(span.start, span.end - 1));
  const base = { severity: options.severity ?? 'error', filename: span.source.filename, start, end, message } as const;
  return options.hint === undefined ? base : { ...base, hint: options.hint };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** One by one: a call such as `push(...items)` takes no more than fit on the stack. */
export function appendAll<T>(target: T[], items: Iterable<T>): void {
  for (const item of items) target.push(item);
}

/** `FILE:LINE:COLUMN: MESSAGE`, for a log line. */
export function diagnosticLine(diagnostic: Diagnostic): string {
  const { line, column } = diagnostic.start;
  const file = diagnostic.filename === '' ? '' : `${diagnostic.filename}:`;
  return `${file}${line}:${column}: ${diagnostic.message}`;
}

/** For a mistake that has no place in a text, such as a limit of the whole configuration. */
export function diagnosticWithoutPlace(filename: string, message: string): Diagnostic {
  const start = new Source(filename, '').position(0);
  return { severity: 'error', filename, start, end: start, message };
}
