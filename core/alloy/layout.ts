/**
 * Lays out the tokens that the printer sends: pending whitespace, comments put back where they were, rows of cells for
 * align.ts. Lines of the source decide between keeping a comment beside a token and giving it a line of its own.
 */
import { alignRows, type Cell, type Row } from './align.ts';
import type { Comment } from './ast.ts';
import { firstLine, lastLine, type Source, type Span } from './source.ts';

/** `soft` starts an aligned column; `break` is a newline below which columns start anew. */
type Whitespace = 'space' | 'soft' | 'newline' | 'break' | 'indent' | 'unindent';

/** One blank line at most. */
const MAX_NEWLINES = 2;
const INDENT: Cell = { text: '', mark: 'tab' };

export class Layout {
  readonly #comments: readonly Comment[];
  readonly #rows: Row[] = [];
  #nextComment = 0;
  #pending: Whitespace[] = [];
  #depth = 0;
  #cells: Cell[] = [];
  #text = '';
  /** Spaces at the end of `#text` that are layout and not part of a token. */
  #looseSpaces = 0;
  #atLineStart = true;
  #empty = true;
  /** Where the last token or comment ended in the source. */
  #lastOffset = 0;
  #lastLine = 1;

  constructor(comments: readonly Comment[]) {
    this.#comments = comments;
  }

  /** How many rows have been ended. The printer looks at these and not at the source, so that formatting twice agrees. */
  get row(): number {
    return this.#rows.length;
  }

  pend(...whitespace: readonly Whitespace[]): void {
    this.#pending.push(...whitespace);
  }

  /** A token as it stands in the source. Comments that come before it there are written first. */
  token(text: string, span: Span): void {
    this.#flushBefore(span.start, firstLine(span));
    this.#append(text);
    this.#lastOffset = span.end;
    this.#lastLine = lastLine(span);
  }

  /** A token whose place the tree does not keep, such as "=" and ",". */
  mark(text: string): void {
    this.#flushBefore(this.#lastOffset, this.#lastLine);
    this.#append(text);
  }

  finish(): string {
    while (this.#nextComment < this.#comments.length) this.#comment(this.#comments[this.#nextComment++]!, Infinity);
    if (!this.#atLineStart) this.#endRow(true);
    return alignRows(this.#rows)
      .map((line) => `${line}\n`)
      .join('');
  }

  #flushBefore(offset: number, line: number): void {
    let last: Comment | undefined;
    while (this.#nextComment < this.#comments.length && this.#comments[this.#nextComment]!.span.start < offset) {
      last = this.#comments[this.#nextComment++]!;
      this.#comment(last, line);
    }
    if (last === undefined) this.#writePending();
    else this.#afterComment(last, line);
  }

  /** `nextLine`: the line of the token that follows the comment. */
  #comment(comment: Comment, nextLine: number): void {
    const line = firstLine(comment.span);
    if (!this.#empty && line === this.#lastLine) {
      if (line === nextLine) this.#space();
      else this.#endCell('tab');
    } else if (!this.#empty) {
      this.#startOwnLine(line - this.#lastLine);
    }
    this.#append(comment.text);
    this.#lastOffset = comment.span.end;
    this.#lastLine = lastLine(comment.span);
  }

  /** Indentation that stands before the pending newline applies to the comment as well; what follows it does not. */
  #startOwnLine(newlines: number): void {
    const at = this.#pending.findIndex((each) => each !== 'indent' && each !== 'unindent');
    if (at >= 0) {
      const leading = this.#pending.splice(0, at);
      this.#pending.shift();
      this.#indentBy(leading);
    }
    this.#newlines(newlines, true);
  }

  #afterComment(comment: Comment, line: number): void {
    if (comment.text.startsWith('/*') && line === this.#lastLine) this.#space();
    const dropped = this.#pending;
    this.#pending = [];
    this.#indentBy(dropped);
    const wanted = dropped.includes('break') || dropped.includes('newline') ? 1 : 0;
    this.#newlines(Math.max(line - this.#lastLine, wanted), dropped.includes('break'));
  }

  #indentBy(whitespace: readonly Whitespace[]): void {
    for (const each of whitespace) {
      if (each === 'indent') this.#depth++;
      else if (each === 'unindent') this.#depth--;
    }
  }

  #writePending(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const each of pending) {
      if (each === 'space') this.#space();
      else if (each === 'soft') this.#endCell('soft');
      else if (each === 'newline' || each === 'break') this.#endRow(each === 'break');
      else this.#indentBy([each]);
    }
  }

  #newlines(count: number, last: boolean): void {
    for (let i = 0; i < Math.min(count, MAX_NEWLINES); i++) this.#endRow(last);
  }

  #append(text: string): void {
    this.#startLine();
    const [first = '', ...rest] = text.split('\n');
    this.#text += first;
    this.#looseSpaces = 0;
    this.#empty = false;
    // The lines of a raw string or a comment are taken as they are, without indentation.
    for (const line of rest) {
      this.#endRow(true);
      this.#text = line;
      this.#atLineStart = false;
    }
  }

  #space(): void {
    this.#startLine();
    this.#text += ' ';
    this.#looseSpaces++;
  }

  #endCell(mark: Cell['mark']): void {
    this.#startLine();
    this.#cells.push({ text: this.#text, mark });
    this.#text = '';
    this.#looseSpaces = 0;
  }

  #startLine(): void {
    if (!this.#atLineStart) return;
    this.#atLineStart = false;
    for (let i = 0; i < this.#depth; i++) this.#cells.push(INDENT);
  }

  #endRow(last: boolean): void {
    const tail = this.#looseSpaces > 0 ? this.#text.slice(0, -this.#looseSpaces) : this.#text;
    this.#rows.push({ cells: this.#cells, tail, last });
    this.#cells = [];
    this.#text = '';
    this.#looseSpaces = 0;
    this.#atLineStart = true;
  }
}

/** A span for a single character of the source. */
export function characterSpan(source: Source, at: number): Span {
  return { source, start: at, end: at + 1 };
}
