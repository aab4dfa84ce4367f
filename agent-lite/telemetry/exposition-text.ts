/** Quoting of label values in text exposition 0.0.4: backslash, quote and newline only. */
export function quoteExpositionValue(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
