/** What a lint rule is: a name that stays, and a function that looks at the model and reports. */
import type { Fix } from '../alloy/diagnostics.ts';
import type { Span } from '../alloy/source.ts';
import type { Flows } from './flows.ts';
import type { LintModel } from './model.ts';
import type { Reader } from './syntax.ts';

export interface LintInput {
  readonly model: LintModel;
  readonly read: Reader;
  readonly flows: Flows;
  /** False where names lead nowhere: then who is connected to whom says nothing. */
  readonly wired: boolean;
}

export interface Advice {
  readonly hint: string;
  readonly fix?: Replacement;
  /** The place holds a secret. */
  readonly secret?: true;
}

/** The text that belongs where the span is. */
export interface Replacement {
  readonly span: Span;
  readonly text: string;
}

export type Report = (span: Span, message: string, advice: Advice) => void;

export interface LintRule {
  /** snake_case; the same in messages, in docs/lint.md and in `// lint:ignore` comments. */
  readonly name: string;
  readonly check: (input: LintInput, report: Report) => void;
}

export function toFix({ span, text }: Replacement): Fix {
  return { start: span.start, end: span.end, text };
}
