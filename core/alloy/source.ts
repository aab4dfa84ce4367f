/** A text of configuration and positions in it. Offsets and columns count UTF-16 units; lines and columns start at 1. */

export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export class Source {
  readonly filename: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(filename: string, text: string) {
    this.filename = filename;
    this.text = text;
  }

  position(offset: number): Position {
    const starts = (this.#lineStarts ??= findLineStarts(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { offset, line: low + 1, column: offset - starts[low]! + 1 };
  }
}

/** A piece of a source; `end` is exclusive. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export function spanText(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}

/** From the start of one span to the end of another in the same source. */
export function joinSpans(first: Span, last: Span): Span {
  return { source: first.source, start: first.start, end: last.end };
}

export function firstLine(span: Span): number {
  return span.source.position(span.start).line;
}

export function lastLine(span: Span): number {
  return span.source.position(Math.max(span.start, span.end - 1)).line;
}

/** Bytes of a file to text: UTF-8, or UTF-16 where a byte order mark says so, as Alloy reads it. Undefined: neither. */
export function decodeSourceText(bytes: Uint8Array): string | undefined {
  const encoding = byteOrderMark(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}

function byteOrderMark(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
