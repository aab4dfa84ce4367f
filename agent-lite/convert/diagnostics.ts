/** What the conversion has to say, in the four levels of Alloy's converter, and its texts. */

export type Severity = 'Critical' | 'Error' | 'Warning' | 'Info';

export interface ConversionDiagnostic {
  readonly severity: Severity;
  readonly summary: string;
  readonly detail: string;
}

export class ConversionDiagnostics {
  readonly #all: ConversionDiagnostic[] = [];

  add(severity: Severity, summary: string, detail = ''): void {
    this.#all.push({ severity, summary, detail });
  }

  /** An error for a part of the source that has no counterpart. */
  unsupported(what: string, hint = ''): void {
    const more = hint === '' ? '.' : `: ${hint}`;
    this.add('Error', `The converter does not support converting the provided ${what} config${more}`);
  }

  get all(): readonly ConversionDiagnostic[] {
    return this.#all;
  }
}

export function has(diagnostics: readonly ConversionDiagnostic[], severity: Severity): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === severity);
}

/** Whether no configuration is written: a critical mistake, or an error that was not to be passed over. */
export function refuses(diagnostics: readonly ConversionDiagnostic[], bypassErrors: boolean): boolean {
  return has(diagnostics, 'Critical') || (!bypassErrors && has(diagnostics, 'Error'));
}

export function diagnosticText({ severity, summary, detail }: ConversionDiagnostic): string {
  return `(${severity}) ${summary}${detail === '' ? '' : `\n${detail}`}`;
}

/** Only what stands in the way is shown while something does. */
export function relevant(
  diagnostics: readonly ConversionDiagnostic[],
  bypassErrors: boolean,
): readonly ConversionDiagnostic[] {
  if (has(diagnostics, 'Critical')) return diagnostics.filter(({ severity }) => severity === 'Critical');
  if (!bypassErrors && has(diagnostics, 'Error')) return diagnostics.filter(({ severity }) => severity === 'Error');
  return diagnostics;
}

const CRITICAL_FOOTER =
  'A configuration file was not generated due to critical issues. Refer to the critical messages for more information.';
const ERROR_FOOTER =
  'A configuration file was not generated due to errors. Refer to the error messages for more information.\n\n' +
  "You can bypass the errors by using the --bypass-errors flag. Bypassing errors isn't recommended for production environments.";
const SUCCESS_FOOTER = 'A configuration file was generated successfully.';

/** The text of the report file. */
export function reportText(diagnostics: readonly ConversionDiagnostic[], bypassErrors: boolean): string {
  const lines = relevant(diagnostics, bypassErrors).map(diagnosticText).join('\n');
  const footer = has(diagnostics, 'Critical')
    ? CRITICAL_FOOTER
    : refuses(diagnostics, bypassErrors)
      ? ERROR_FOOTER
      : SUCCESS_FOOTER;
  return `${lines}\n\n${footer}`;
}
