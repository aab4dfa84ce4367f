/**
 * A Pratt parser for JMESPath: expression text to a tree. Binding powers, and what is forgiven, are those of the parser
 * that Alloy uses (jmespath-community/go-jmespath).
 */
import type { Binding, Node } from './ast.ts';
import type { Token, TokenKind } from './tokens.ts';
import { JmesPathError, tokenize } from './tokens.ts';

const powers: Partial<Record<TokenKind, number>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '+': 6,
  '-': 6,
  '×': 7,
  '/': 7,
  '//': 7,
  '%': 7,
  flatten: 9,
  '*': 20,
  filter: 21,
  '.': 40,
  '!': 45,
  '{': 50,
  '[': 55,
  '(': 60,
};

/** Expressions come from tenants: nesting is bounded so that neither parsing nor evaluating can exhaust the stack. */
const maxDepth = 64;
/** `a.a.a` nests to the left, one level for each operator. */
const maxOperators = 1000;

export function parseJmesPath(expression: string): Node {
  return new Parser(tokenize(expression)).parse();
}

const current: Node = { kind: 'current' };

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #operators = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Node {
    const node = this.#expression(0);
    if (this.#peek() !== 'eof') this.#unexpected();
    return node;
  }

  #expression(power: number): Node {
    if (++this.#depth > maxDepth) throw new JmesPathError(`an expression may nest ${maxDepth} levels deep`);
    let left = this.#prefix(this.#next());
    while (power < (powers[this.#peek()] ?? 0)) {
      if (++this.#operators > maxOperators) {
        throw new JmesPathError(`an expression may have ${maxOperators} operators`);
      }
      left = this.#infix(this.#next(), left);
    }
    this.#depth--;
    return left;
  }

  #prefix(token: Token): Node {
    switch (token.kind) {
      case 'literal':
        return { kind: 'literal', value: token.value };
      case 'identifier':
        // `let` is a name like any other where no variable follows.
        if (token.value === 'let' && this.#peek() === 'variable') return this.#let();
        return { kind: 'field', name: String(token.value) };
      case 'variable':
        return { kind: 'variable', name: String(token.value) };
      case '$':
        return { kind: 'root' };
      case '+':
      case '-':
        return { kind: 'sign', negative: token.kind === '-', of: this.#expression(powers['-'] ?? 0) };
      case 'quoted':
        if (this.#peek() === '(') throw new JmesPathError(`a function name cannot be quoted, at ${token.position}`);
        return { kind: 'field', name: String(token.value) };
      case '@':
        return current;
      case '&':
        return { kind: 'reference', of: this.#expression(0) };
      case '!':
        return { kind: 'not', of: this.#expression(powers['!'] ?? 0) };
      case '*':
        return { kind: 'object_projection', left: current, right: this.#projected(20) };
      case 'filter':
        return this.#filter(current);
      case 'flatten':
        return { kind: 'projection', left: { kind: 'flatten', left: current }, right: this.#projected(9) };
      case '{':
        return this.#multiselectObject();
      case '[':
        return this.#bracketPrefix();
      case '(': {
        const inner = this.#expression(0);
        this.#expect(')');
        return inner;
      }
      default:
        return this.#unexpected(token);
    }
  }

  #infix(token: Token, left: Node): Node {
    switch (token.kind) {
      case '.':
        if (this.#take('*')) return { kind: 'object_projection', left, right: this.#projected(20) };
        return { kind: 'chain', left, right: this.#afterDot(40) };
      case '|':
        return { kind: 'pipe', left, right: this.#expression(1) };
      case '||':
        return { kind: 'or', left, right: this.#expression(2) };
      case '&&':
        return { kind: 'and', left, right: this.#expression(3) };
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return { kind: 'compare', comparator: token.kind, left, right: this.#expression(5) };
      case '+':
      case '-':
      case '*':
      case '×':
      case '/':
      case '//':
      case '%':
        return { kind: 'arithmetic', operator: token.kind, left, right: this.#expression(powers[token.kind] ?? 0) };
      case 'filter':
        return this.#filter(left);
      case 'flatten':
        return { kind: 'projection', left: { kind: 'flatten', left }, right: this.#projected(9) };
      case '(':
        return this.#call(token, left);
      case '[':
        if (this.#peek() === 'number' || this.#peek() === ':') return this.#indexOrSlice(left);
        this.#expect('*');
        this.#expect(']');
        return { kind: 'projection', left, right: this.#projected(20) };
      default:
        return this.#unexpected(token);
    }
  }

  /** `[` at the start of a term: an index or slice of the current value, `[*]`, or a list of expressions. */
  #bracketPrefix(): Node {
    if (this.#peek() === 'number' || this.#peek() === ':') return this.#indexOrSlice(current);
    if (this.#peek() === '*' && this.#tokens[this.#at + 1]?.kind === ']') {
      this.#at += 2;
      return { kind: 'projection', left: current, right: this.#projected(20) };
    }
    return this.#multiselectList();
  }

  #indexOrSlice(left: Node): Node {
    const parts: (number | undefined)[] = [undefined];
    while (!this.#take(']')) {
      const token = this.#next();
      if (token.kind === ':' && parts.length < 3) parts.push(undefined);
      else if (token.kind === 'number' && parts.at(-1) === undefined) parts[parts.length - 1] = Number(token.value);
      else this.#unexpected(token);
    }
    const [start, stop, step] = parts;
    if (parts.length === 1) return { kind: 'chain', left, right: { kind: 'index', index: start ?? 0 } };
    if (step === 0) throw new JmesPathError('the step of a slice cannot be 0');
    const slice: Node = {
      kind: 'slice',
      step: step ?? 1,
      ...(start === undefined ? {} : { start }),
      ...(stop === undefined ? {} : { stop }),
    };
    return { kind: 'projection', left: { kind: 'chain', left, right: slice }, right: this.#projected(20) };
  }

  #filter(left: Node): Node {
    const condition = this.#expression(0);
    this.#expect(']');
    const right = this.#peek() === 'flatten' ? current : this.#projected(21);
    return { kind: 'filter', left, condition, right };
  }

  /** What a projection applies to each element; anything that binds weaker than a projection ends it. */
  #projected(power: number): Node {
    const next = this.#peek();
    if ((powers[next] ?? 0) < 10) return current;
    if (next === '[' || next === 'filter') return this.#expression(power);
    if (next === '.') {
      this.#next();
      return this.#afterDot(power);
    }
    return this.#unexpected();
  }

  #afterDot(power: number): Node {
    switch (this.#peek()) {
      case 'identifier':
      case 'quoted':
      case '*':
        return this.#expression(power);
      case '[':
        this.#next();
        return this.#multiselectList();
      case '{':
        this.#next();
        return this.#multiselectObject();
      default:
        return this.#unexpected();
    }
  }

  #multiselectList(): Node {
    const items = [this.#expression(0)];
    while (this.#take(',')) items.push(this.#expression(0));
    this.#expect(']');
    return { kind: 'list', items };
  }

  #multiselectObject(): Node {
    const fields: { name: string; value: Node }[] = [];
    do {
      const key = this.#next();
      if (key.kind !== 'identifier' && key.kind !== 'quoted') this.#unexpected(key);
      this.#expect(':');
      fields.push({ name: String(key.value), value: this.#expression(0) });
      // A comma may be missing, but not be the last: so does the parser that Alloy uses.
    } while (this.#take(',') || !this.#take('}'));
    return { kind: 'object', fields };
  }

  #call(token: Token, callee: Node): Node {
    if (callee.kind !== 'field') return this.#unexpected(token);
    const args: Node[] = [];
    // Commas may be missing here, and the last one may be too many.
    while (!this.#take(')')) {
      args.push(this.#expression(0));
      this.#take(',');
    }
    return { kind: 'call', name: callee.name, args };
  }

  /** `let $a = x, $b = y in body`: no binding sees the others. */
  #let(): Node {
    const bindings: Binding[] = [];
    while (!this.#takeWord('in')) {
      const variable = this.#next();
      if (variable.kind !== 'variable') this.#unexpected(variable);
      this.#expect('=');
      bindings.push({ name: String(variable.value), value: this.#expression(0) });
      this.#take(',');
    }
    return { kind: 'let', bindings, body: this.#expression(0) };
  }

  #takeWord(word: string): boolean {
    return this.#tokens[this.#at]?.value === word && this.#take('identifier');
  }

  #peek(): TokenKind {
    return this.#tokens[this.#at]?.kind ?? 'eof';
  }

  #next(): Token {
    const token = this.#tokens[this.#at] ?? { kind: 'eof' as const, position: 0, value: null };
    if (token.kind !== 'eof') this.#at++;
    return token;
  }

  #take(kind: TokenKind): boolean {
    if (this.#peek() !== kind) return false;
    this.#at++;
    return true;
  }

  #expect(kind: TokenKind): void {
    if (!this.#take(kind)) this.#unexpected();
  }

  #unexpected(token: Token = this.#next()): never {
    const what = token.kind === 'eof' ? 'the end of the expression' : `"${token.value ?? token.kind}"`;
    throw new JmesPathError(`unexpected ${what} at ${token.position}`);
  }
}
