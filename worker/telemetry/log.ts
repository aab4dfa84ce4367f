/**
 * One JSON object a line. Fields are data: whatever a sender or a destination wrote is a JSON string and cannot forge a
 * line. Never pass a token, a header, a body or a pipeline text.
 */
export type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

const MAX_TEXT_LENGTH = 500;

export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  const line: Record<string, unknown> = { level, event };
  for (const [name, value] of Object.entries(fields)) {
    line[name] = typeof value === 'string' ? value.slice(0, MAX_TEXT_LENGTH) : value;
  }
  console.log(JSON.stringify(line).replace(UNPRINTABLE, escaped));
}

/** JSON escapes what is below the space only; these move the cursor of some terminals, or end a line for some readers. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029]/g;

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
