/**
 * Tokens to syntax tree: statements here, expressions in expression-parser.ts. Every mistake becomes a diagnostic, at most
 * one a line; nothing is thrown. A tree that came with errors must not be used for anything but looking at it.
 *
 *   File      = Body EOF
 *   Body      = [ Statement { TERMINATOR Statement } [ TERMINATOR ] ]
 *   Statement = Attribute | Block
 *   Attribute = IDENT "=" Expression
 *   Block     = IDENT { "." IDENT } [ STRING ] "{" Body "}"
 */
import type { Block, Expression, File, Statement } from './ast.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { ExpressionParser } from './expression-parser.ts';
import { joinSpans, Source, type Span } from './source.ts';
import { isIdentifier, type TokenKind } from './token.ts';

export interface ParseResult<T> {
  readonly file: T;
  readonly diagnostics: readonly Diagnostic[];
}

export function parseFile(text: string, filename: string): ParseResult<File> {
  return parseSource(new Source(filename, text));
}

export function parseSource(source: Source): ParseResult<File> {
  const parser = new Parser(source);
  const body = parser.parseBody('EOF');
  const file = { filename: source.filename, body, comments: parser.comments };
  return { file, diagnostics: parser.diagnostics };
}

export function parseExpression(
  text: string,
  filename = '',
): { expression: Expression; diagnostics: readonly Diagnostic[] } {
  const parser = new Parser(new Source(filename, text));
  const expression = parser.parseExpression();
  parser.expect('TERMINATOR');
  return { expression, diagnostics: parser.diagnostics };
}

interface BlockName {
  readonly fragments: readonly string[];
  readonly span: Span;
  readonly label: string;
  readonly labelSpan: Span | undefined;
}

class Parser extends ExpressionParser {
  override parseBody(until: TokenKind): Statement[] {
    const body: Statement[] = [];
    this.descend(() => {
      while (this.token.kind !== until && !this.at('EOF')) {
        const statement = this.#statement();
        if (statement !== undefined) body.push(statement);
        if (this.token.kind === until) break;
        if (!this.at('TERMINATOR')) {
          this.error(`expected TERMINATOR, got ${this.token.kind}`);
          this.skipStatement();
        }
        this.advance();
      }
    });
    return body;
  }

  #statement(): Statement | undefined {
    const name = this.#blockName();
    if (name === undefined) {
      this.skipTo('IDENT');
      return undefined;
    }
    if (this.at('=')) return this.#attribute(name);
    if (this.at('{')) return this.#block(name);
    const expected =
      name.fragments.length === 1 && name.label === '' ? 'attribute assignment or block body' : 'block body';
    this.error(`expected ${expected}, got ${this.token.kind}`);
    this.skipTo('IDENT');
    return undefined;
  }

  #attribute(name: BlockName): Statement {
    this.advance();
    if (name.fragments.length !== 1) {
      this.report(diagnosticAt(name.span, 'attribute names may only consist of a single identifier with no "."'));
    } else if (name.labelSpan !== undefined) {
      this.report(diagnosticAt(name.labelSpan, 'attribute names may not have labels'));
    }
    const value = this.parseExpression();
    const identifier = { name: name.fragments[0]!, span: name.span };
    return { kind: 'attribute', name: identifier, value, span: joinSpans(name.span, value.span) };
  }

  #block(name: BlockName): Block {
    const open = this.expect('{');
    const body = this.parseBody('}');
    const close = this.expect('}');
    return {
      kind: 'block',
      name: name.fragments.join('.'),
      nameSpan: name.span,
      label: name.label,
      labelSpan: name.labelSpan,
      open,
      body,
      close,
      span: joinSpans(name.span, close),
    };
  }

  #blockName(): BlockName | undefined {
    if (!this.at('IDENT')) {
      this.error(`expected identifier, got ${this.token.kind}`);
      return undefined;
    }
    const first = this.span();
    let last = first;
    const fragments = [this.token.text];
    this.advance();
    while (this.at('.')) {
      this.advance();
      if (!this.at('IDENT')) this.error(`expected identifier, got ${this.token.kind}`);
      fragments.push(this.token.text);
      last = this.span();
      this.advance();
    }
    const span = joinSpans(first, last);
    if (this.at('=') || this.at('{')) {
      return { fragments, span, label: '', labelSpan: undefined };
    }
    if (!this.at('STRING')) {
      this.error(`expected block label, got ${this.token.kind}`);
      this.advance();
      return { fragments, span, label: '', labelSpan: undefined };
    }
    const labelSpan = this.span();
    const label = this.#label();
    this.advance();
    return { fragments, span, label, labelSpan };
  }

  #label(): string {
    const text = this.token.text;
    if (!text.startsWith('"')) {
      this.error(`expected block label to be a double quoted string, but got ${JSON.stringify(text)}`);
    }
    const label = text.slice(1, -1);
    if (label !== '' && !isIdentifier(label)) {
      this.error(`expected block label to be a valid identifier, but got ${JSON.stringify(label)}`);
    }
    return label;
  }
}
