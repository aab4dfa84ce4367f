/** Replacements of text literals, only where the literal can be rewritten without losing how it was written. */
import type { Expression } from '../alloy/ast.ts';
import type { Replacement } from './rule.ts';
import { unwrapped } from './syntax.ts';

/** Undefined where the expression is more than one plain literal, or the text needs escapes. */
export function insideLiteral(expression: Expression, text: string): Replacement | undefined {
  const literal = unwrapped(expression);
  if (literal.kind !== 'literal' || literal.type !== 'STRING' || /[\\"`\n]/.test(text)) return undefined;
  const quote = literal.text[0] ?? '"';
  return { span: literal.span, text: `${quote}${text}${quote}` };
}
