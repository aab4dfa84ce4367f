/** The tree of a JMESPath expression. */
import type { Json } from './tokens.ts';

export type Comparator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Operator = '+' | '-' | '*' | '×' | '/' | '//' | '%';

export interface Binding {
  readonly name: string;
  readonly value: Node;
}

export type Node =
  | { readonly kind: 'current' | 'root' }
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start?: number; readonly stop?: number; readonly step: number }
  | { readonly kind: 'chain'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'pipe'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'projection'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'object_projection'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'filter'; readonly left: Node; readonly condition: Node; readonly right: Node }
  | { readonly kind: 'flatten'; readonly left: Node }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly fields: readonly { readonly name: string; readonly value: Node }[] }
  | { readonly kind: 'or' | 'and'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'arithmetic'; readonly operator: Operator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'sign'; readonly negative: boolean; readonly of: Node }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'let'; readonly bindings: readonly Binding[]; readonly body: Node }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'reference'; readonly of: Node };
