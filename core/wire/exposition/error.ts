/** The one error of the exposition parsers: it names the line and shows it up to where reading stopped. */

const MAX_EXCERPT_BYTES = 100;
const LF = 10;

export class ExpositionError extends Error {
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'ExpositionError';
    this.line = line;
  }
}

/** `offset` is where reading stopped; the line is found only now, so that good input never counts lines. */
export function expositionError(bytes: Uint8Array, offset: number, message: string): ExpositionError {
  let line = 1;
  let lineStart = 0;
  const stop = Math.min(offset, bytes.length);
  for (let i = 0; i < stop; i++) {
    if (bytes[i] !== LF) continue;
    line++;
    lineStart = i + 1;
  }
  return new ExpositionError(line, `${message}, while reading ${excerpt(bytes, lineStart, stop + 1)}`);
}

/** A quoted piece of the input for a message: bounded, with nothing in it that could break a log line. */
export function excerpt(bytes: Uint8Array, start: number, end: number): string {
  const last = Math.min(end, bytes.length);
  const from = Math.max(start, last - MAX_EXCERPT_BYTES);
  const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes.subarray(from, last));
  return `${from > start ? '…' : ''}${JSON.stringify(text)}`;
}
