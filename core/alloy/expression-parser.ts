/**
 * The half of the parser that reads expressions. Every mistake becomes a diagnostic; see parser.ts.
 *
 *   Expression = binary operators over Unary; "^" is right associative
 *   Unary      = { "!" | "-" } Primary
 *   Primary    = ( Literal | IDENT | Array | Object | "(" Expression ")" ) { "." IDENT | "[" Expression "]" | Call }
 *   Call       = "(" [ Expression { "," Expression } [ "," ] ] ")"
 *   Array      = "[" [ Expression { "," Expression } [ "," ] ] "]"
 *   Object     = "{" [ Field { "," Field } [ "," ] ] "}"        Field = ( IDENT | STRING ) "=" Expression
 */
import type { Expression, ObjectField, Statement } from './ast.ts';
import { diagnosticAt } from './diagnostics.ts';
import { joinSpans, type Span } from './source.ts';
import { binaryPrecedence, type LiteralKind, type Operator, type TokenKind, type UnaryOperator } from './token.ts';
import { TokenStream } from './token-stream.ts';

/** Levels of one expression, which `1 + 1 + 1 + …` also builds. */
export const MAX_HEIGHT = 512;

const LITERALS: ReadonlySet<TokenKind> = new Set<TokenKind>(['NUMBER', 'FLOAT', 'STRING', 'BOOL', 'NULL']);
const STATEMENT_END: ReadonlySet<TokenKind> = new Set<TokenKind>(['TERMINATOR', ')', '}', ']', ',']);
const LINE_END_HINT = 'a newline ends the element here: put a "," after the last element as well';

export abstract class ExpressionParser extends TokenStream {
  abstract parseBody(until: TokenKind): Statement[];

  parseExpression(): Expression {
    return this.descend(() => this.#binary(1)) ?? this.#nothing();
  }

  #binary(precedence: number): Expression {
    let left = this.#power();
    for (;;) {
      const operator = this.token.kind;
      const own = binaryPrecedence(operator);
      if (own < precedence || own === 0) return left;
      const operatorSpan = this.span();
      this.advance();
      const right = this.#binary(own + 1);
      left = this.#combine(left, operator as Operator, operatorSpan, right);
    }
  }

  #power(): Expression {
    const left = this.#unary();
    if (!this.at('^')) return left;
    const operatorSpan = this.span();
    this.advance();
    const right = this.descend(() => this.#power()) ?? this.#nothing();
    return this.#combine(left, '^', operatorSpan, right);
  }

  #combine(left: Expression, operator: Operator, operatorSpan: Span, right: Expression): Expression {
    const height = this.#above([left, right]);
    return { kind: 'binary', left, operator, operatorSpan, right, height, span: joinSpans(left.span, right.span) };
  }

  #unary(): Expression {
    const operator = this.token.kind;
    if (operator !== '!' && operator !== '-') return this.#operand();
    const start = this.span();
    this.advance();
    const value = this.descend(() => this.#unary()) ?? this.#nothing();
    const height = this.#above([value]);
    return { kind: 'unary', operator: operator as UnaryOperator, value, height, span: joinSpans(start, value.span) };
  }

  #operand(): Expression {
    let value = this.#primary();
    for (;;) {
      if (this.at('.')) value = this.#access(value);
      else if (this.at('[')) value = this.#index(value);
      else if (this.at('(')) value = this.#call(value);
      else if (this.at('STRING') || this.at('{')) {
        if (!this.#misplacedBlock(value)) return value;
      } else return value;
    }
  }

  #access(value: Expression): Expression {
    this.advance();
    const name = this.token.text;
    const span = this.expect('IDENT');
    return {
      kind: 'access',
      value,
      name: { name, span },
      height: this.#above([value]),
      span: joinSpans(value.span, span),
    };
  }

  #index(value: Expression): Expression {
    const open = this.expect('[');
    const index = this.parseExpression();
    const close = this.expect(']');
    return {
      kind: 'index',
      value,
      open,
      index,
      height: this.#above([value, index]),
      span: joinSpans(value.span, close),
    };
  }

  #call(value: Expression): Expression {
    const open = this.expect('(');
    const args = this.#list(')');
    const close = this.expect(')');
    return {
      kind: 'call',
      value,
      open,
      args,
      height: this.#above([value, ...args]),
      span: joinSpans(value.span, close),
    };
  }

  /** Someone wrote a block where a value belongs, `a = name "label" { … }`: read it as a block, to say just that. */
  #misplacedBlock(value: Expression): boolean {
    if (this.at('STRING')) this.advance();
    if (!this.at('{')) {
      this.expect('{');
      this.skipStatement();
      return false;
    }
    this.advance();
    this.parseBody('}');
    const closed = this.at('}');
    const close = this.expect('}');
    if (closed) this.report(diagnosticAt(joinSpans(value.span, close), 'cannot use a block as an expression'));
    else this.skipStatement();
    return closed;
  }

  #primary(): Expression {
    const { kind, text } = this.token;
    const span = this.span();
    if (kind === 'IDENT') {
      this.advance();
      return { kind: 'identifier', name: text, height: 1, span };
    }
    if (LITERALS.has(kind)) {
      this.advance();
      return { kind: 'literal', type: kind as LiteralKind, text, height: 1, span };
    }
    if (kind === '(') return this.#paren();
    if (kind === '[') {
      this.advance();
      const elements = this.#list(']');
      const close = this.expect(']');
      return { kind: 'array', elements, height: this.#above(elements), span: joinSpans(span, close) };
    }
    if (kind === '{') return this.#object();
    this.error(`expected expression, got ${kind}`);
    while (!STATEMENT_END.has(this.token.kind) && !this.at('EOF')) this.advance();
    return { kind: 'literal', type: 'NULL', text: 'null', height: 1, span };
  }

  #paren(): Expression {
    const open = this.expect('(');
    const inner = this.parseExpression();
    const close = this.expect(')');
    return { kind: 'paren', inner, height: this.#above([inner]), span: joinSpans(open, close) };
  }

  #list(until: TokenKind): Expression[] {
    const elements: Expression[] = [];
    while (this.token.kind !== until && !this.at('EOF')) {
      elements.push(this.parseExpression());
      if (this.token.kind === until) break;
      this.#comma('expression list');
    }
    return elements;
  }

  #object(): Expression {
    const open = this.expect('{');
    const fields: ObjectField[] = [];
    while (!this.at('}') && !this.at('EOF')) {
      fields.push(this.#field());
      if (this.at('}')) break;
      this.#comma('field list');
    }
    const close = this.expect('}');
    const height = this.#above(fields.map((field) => field.value));
    return { kind: 'object', fields, height, span: joinSpans(open, close) };
  }

  #comma(list: string): void {
    if (!this.at(',')) {
      this.error(`missing ',' in ${list}`, this.at('TERMINATOR') ? LINE_END_HINT : undefined);
    }
    this.advance();
  }

  #field(): ObjectField {
    const nameText = this.token.text;
    const nameSpan = this.span();
    const quoted = this.at('STRING');
    if (quoted || this.at('IDENT')) {
      this.advance();
    } else {
      this.error(`expected field name (string or identifier), got ${this.token.kind}`);
      this.skipTo('=');
    }
    this.expect('=');
    // Alloy takes the text between the quotes as it stands: escapes in a key are not processed.
    const name = quoted ? nameText.slice(1, -1) : nameText;
    return { name, nameText, nameSpan, value: this.parseExpression() };
  }

  #above(children: readonly Expression[]): number {
    let height = 1;
    for (const child of children) height = Math.max(height, child.height + 1);
    if (height > MAX_HEIGHT) this.stop(`expression has more than ${MAX_HEIGHT} levels`);
    return height;
  }

  #nothing(): Expression {
    return { kind: 'literal', type: 'NULL', text: 'null', height: 1, span: this.span() };
  }
}
