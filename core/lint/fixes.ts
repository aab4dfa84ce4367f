/** Applies the mechanical fixes of diagnostics to a text. Of fixes that touch each other only the first is taken. */
import type { Diagnostic } from '../alloy/diagnostics.ts';

export interface Fixed {
  readonly text: string;
  readonly applied: readonly Diagnostic[];
}

export function applyFixes(text: string, filename: string, diagnostics: readonly Diagnostic[]): Fixed {
  const fixable = diagnostics
    .filter((diagnostic) => diagnostic.filename === filename && diagnostic.fix !== undefined)
    .sort((a, b) => (a.fix?.start ?? 0) - (b.fix?.start ?? 0));
  const applied: Diagnostic[] = [];
  let out = '';
  let at = 0;
  for (const diagnostic of fixable) {
    const { fix } = diagnostic;
    if (fix === undefined || fix.start < at) continue;
    out += text.slice(at, fix.start) + fix.text;
    at = fix.end;
    applied.push(diagnostic);
  }
  return { text: out + text.slice(at), applied };
}
