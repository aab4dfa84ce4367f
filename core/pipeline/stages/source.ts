/** What a stage works on: the line, or an extracted value. */
import { toText } from './convert.ts';
import type { StageEntry } from './entry.ts';

/** Undefined when the source was not extracted or has no text: then the stage lets the line pass. */
export function sourceText(entry: StageEntry, source: string | undefined): string | undefined {
  return source === undefined || source === '' ? entry.line : toText(entry.extracted(source));
}

export function writeSource(entry: StageEntry, source: string | undefined, text: string): void {
  if (source === undefined || source === '') entry.line = text;
  else entry.setExtracted(source, text);
}
