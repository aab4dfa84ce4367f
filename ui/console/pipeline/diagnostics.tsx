/** What is wrong with a text, each at its place, with the lines around it. */
import { plural } from '../../format/numbers.ts';
import { visibleText } from '../../format/visible.ts';
import { LevelIcon } from '../../parts/state-mark.tsx';
import type { DiagnosticView } from '../admin/types.ts';

interface DiagnosticsProps {
  readonly diagnostics: readonly DiagnosticView[];
  /** Goes to the place. */
  readonly onGo?: (diagnostic: DiagnosticView) => void;
}

export function Diagnostics({ diagnostics, onGo }: DiagnosticsProps) {
  return (
    <ul class="diagnostics">
      {diagnostics.map((diagnostic, index) => {
        const { severity, line, column, message, excerpt } = diagnostic;
        const place = `line ${line}, column ${column}`;
        return (
          <li key={index} class={`diagnostic diagnostic-${severity}`} data-line={line}>
            <LevelIcon level={severity === 'error' ? 'trouble' : 'attention'} />
            <div class="diagnostic-main">
              <p>
                <strong>{severity === 'error' ? 'Error' : 'Warning'}</strong> in{' '}
                {onGo ? (
                  <button type="button" class="linked" onClick={() => onGo(diagnostic)}>
                    {place}
                  </button>
                ) : (
                  place
                )}
                : {visibleText(message)}
              </p>
              <pre>{visibleText(linesOf(excerpt))}</pre>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** Without the message and the place, which stand above. */
function linesOf(excerpt: string): string {
  const lines = excerpt.split('\n').slice(1);
  return lines.join('\n').replace(/^(?:[ \t]*\n)+|\s+$/g, '');
}

export function countText(diagnostics: readonly DiagnosticView[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  return [errors > 0 ? plural(errors, 'error') : '', warnings > 0 ? plural(warnings, 'warning') : '']
    .filter((part) => part !== '')
    .join(' and ');
}

/** Of an answer that refused a text (422). */
export function diagnosticsOf(refusal: unknown): readonly DiagnosticView[] | undefined {
  const { diagnostics } = (refusal ?? {}) as { readonly diagnostics?: unknown };
  return Array.isArray(diagnostics) ? (diagnostics as DiagnosticView[]) : undefined;
}
