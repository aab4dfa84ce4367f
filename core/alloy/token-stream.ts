/** What both halves of the parser do with tokens: look, move on, skip to where it makes sense to go on, report. */
import type { Comment } from './ast.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { Scanner } from './scanner.ts';
import type { Source, Span } from './source.ts';
import type { Token, TokenKind } from './token.ts';

/** Nested brackets, blocks and signs. A config of a thousand "[" must not overflow the stack. */
export const MAX_NESTING = 64;

export class TokenStream {
  readonly comments: Comment[] = [];
  readonly diagnostics: Diagnostic[] = [];
  protected token: Token = { kind: 'TERMINATOR', start: 0, end: 0, text: '' };
  readonly #source: Source;
  readonly #scanner: Scanner;
  #lastErrorLine = 0;
  #depth = 0;
  #stopped = false;

  constructor(source: Source) {
    this.#source = source;
    this.#scanner = new Scanner(source.text, (offset, message) => this.#errorAt(offset, message));
    this.advance();
  }

  expect(kind: TokenKind): Span {
    const span = this.span();
    if (this.token.kind !== kind) this.error(`expected ${kind}, got ${this.token.kind}`);
    this.advance();
    return span;
  }

  /** A call rather than a comparison, because the compiler would remember the kind over `advance()`. */
  protected at(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  protected span(): Span {
    return { source: this.#source, start: this.token.start, end: this.token.end };
  }

  protected advance(): void {
    if (this.#stopped) return;
    do {
      this.token = this.#scanner.next();
      if (this.at('COMMENT')) this.comments.push({ span: this.span(), text: this.token.text });
    } while (this.at('COMMENT'));
  }

  protected skipTo(kind: TokenKind): void {
    while (this.token.kind !== kind && !this.at('EOF')) this.advance();
  }

  /** To the terminator that ends this statement, over whatever brackets it opens. */
  protected skipStatement(): void {
    let open = 0;
    for (; !this.at('EOF'); this.advance()) {
      const kind = this.token.kind;
      if (kind === '{' || kind === '[' || kind === '(') open++;
      else if (kind === '}' || kind === ']' || kind === ')') open--;
      else if (kind === 'TERMINATOR' && open <= 0) return;
    }
  }

  /** An error at the current token, unless its line has one already. */
  protected error(message: string, hint?: string): void {
    this.#errorAt(this.token.start, message, hint);
  }

  protected report(diagnostic: Diagnostic): void {
    if (!this.#stopped) this.diagnostics.push(diagnostic);
  }

  /** Runs one level deeper; at the limit the whole parse stops, because whatever follows would only repeat the error. */
  protected descend<T>(parse: () => T): T | undefined {
    if (this.#depth >= MAX_NESTING) {
      this.stop(`nested more than ${MAX_NESTING} levels deep`);
      return undefined;
    }
    this.#depth++;
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Ends the text here and now, with one last error. */
  protected stop(message: string): void {
    if (this.#stopped) return;
    this.#lastErrorLine = 0;
    this.error(message);
    this.#stopped = true;
    this.token = { kind: 'EOF', start: this.token.start, end: this.token.start, text: '' };
  }

  #errorAt(offset: number, message: string, hint?: string): void {
    const line = this.#source.position(offset).line;
    if (line === this.#lastErrorLine || this.#stopped) return;
    this.#lastErrorLine = line;
    const span = { source: this.#source, start: offset, end: offset + 1 };
    this.diagnostics.push(diagnosticAt(span, message, hint === undefined ? {} : { hint }));
  }
}
