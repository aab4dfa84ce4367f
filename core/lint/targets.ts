/** Targets that are written out in a configuration. */
import type { Expression, ObjectExpression } from '../alloy/ast.ts';
import { type Reader, unwrapped } from './syntax.ts';

/** The names of each target's labels; undefined where the expression is no list of objects written out here. */
export function literalTargets(expression: Expression, read: Reader): readonly ReadonlySet<string>[] | undefined {
  return targetObjects(expression)?.map((target) => new Set(read.keys(target)));
}

export function targetObjects(expression: Expression): readonly ObjectExpression[] | undefined {
  const inner = unwrapped(expression);
  if (inner.kind !== 'array') return undefined;
  const elements = inner.elements.map(unwrapped);
  return elements.every((element) => element.kind === 'object') ? elements : undefined;
}

export function targetField(target: ObjectExpression, name: string): Expression | undefined {
  return target.fields.findLast((field) => field.name === name)?.value;
}
