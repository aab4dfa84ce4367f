/** The syntax tree. Every node knows its piece of the source; a tree is only made by parser.ts and never changed. */
import type { Span } from './source.ts';
import type { LiteralKind, Operator, UnaryOperator } from './token.ts';

export interface File {
  readonly filename: string;
  readonly body: Body;
  /** In order of the text. */
  readonly comments: readonly Comment[];
}

export type Body = readonly Statement[];
export type Statement = Attribute | Block;

export interface Comment {
  readonly span: Span;
  readonly text: string;
}

export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

export interface Attribute {
  readonly kind: 'attribute';
  readonly name: Identifier;
  readonly value: Expression;
  readonly span: Span;
}

export interface Block {
  readonly kind: 'block';
  /** The dotted name, `prometheus.scrape`. */
  readonly name: string;
  readonly nameSpan: Span;
  /** Without quotes; '' where there is none. */
  readonly label: string;
  readonly labelSpan: Span | undefined;
  readonly open: Span;
  readonly body: Body;
  readonly close: Span;
  readonly span: Span;
}

export type Expression =
  | LiteralExpression
  | ArrayExpression
  | ObjectExpression
  | IdentifierExpression
  | AccessExpression
  | IndexExpression
  | CallExpression
  | UnaryExpression
  | BinaryExpression
  | ParenExpression;

interface Node {
  readonly span: Span;
  /** Levels of expression below and including this one. Bounded by the parser, so that walks may recurse. */
  readonly height: number;
}

export interface LiteralExpression extends Node {
  readonly kind: 'literal';
  readonly type: LiteralKind;
  /** As written. */
  readonly text: string;
}

export interface ArrayExpression extends Node {
  readonly kind: 'array';
  readonly elements: readonly Expression[];
}

export interface ObjectField {
  /** As the program sees it: without quotes, escapes untouched. */
  readonly name: string;
  /** As written. */
  readonly nameText: string;
  readonly nameSpan: Span;
  readonly value: Expression;
}

export interface ObjectExpression extends Node {
  readonly kind: 'object';
  readonly fields: readonly ObjectField[];
}

export interface IdentifierExpression extends Node {
  readonly kind: 'identifier';
  readonly name: string;
}

export interface AccessExpression extends Node {
  readonly kind: 'access';
  readonly value: Expression;
  readonly name: Identifier;
}

export interface IndexExpression extends Node {
  readonly kind: 'index';
  readonly value: Expression;
  readonly open: Span;
  readonly index: Expression;
}

export interface CallExpression extends Node {
  readonly kind: 'call';
  readonly value: Expression;
  readonly open: Span;
  readonly args: readonly Expression[];
}

export interface UnaryExpression extends Node {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly value: Expression;
}

export interface BinaryExpression extends Node {
  readonly kind: 'binary';
  readonly left: Expression;
  readonly operator: Operator;
  readonly operatorSpan: Span;
  readonly right: Expression;
}

export interface ParenExpression extends Node {
  readonly kind: 'paren';
  readonly inner: Expression;
}

/** `name.label`, or the name alone. */
export function blockId(block: Block): string {
  return block.label === '' ? block.name : `${block.name}.${block.label}`;
}
