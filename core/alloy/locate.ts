/** From a path inside a value back to the smallest expression of the source that stands for it. */
import type { Expression } from './ast.ts';
import { spanText } from './source.ts';
import type { PathStep } from './value-error.ts';

export interface Place {
  readonly expression: Expression;
  /** The part of the path that the source does not show, as access text: `[0].name`. */
  readonly rest: string;
}

export function locate(expression: Expression, path: readonly PathStep[]): Place {
  let at = expression;
  for (let i = 0; i < path.length; i++) {
    const next = child(at, path[i]!);
    if (next === undefined) return { expression: at, rest: pathText(path.slice(i)) };
    at = next;
  }
  return { expression: at, rest: '' };
}

function child(expression: Expression, step: PathStep): Expression | undefined {
  if (expression.kind === 'paren') return child(expression.inner, step);
  if (expression.kind === 'array' && typeof step === 'number') return expression.elements[step];
  if (expression.kind === 'object') return expression.fields.findLast((field) => field.name === step)?.value;
  return undefined;
}

function pathText(path: readonly PathStep[]): string {
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
}

const MAX_EXCERPT = 80;

/** The expression's text on one line and not too long, for a message. */
export function excerpt(expression: Expression): string {
  const text = spanText(expression.span).replace(/\s+/g, ' ');
  return text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text;
}
