/** JMESPath as `stage.json` uses it: compile once when a configuration is loaded, search many documents. */

import type { Node } from './ast.ts';
import { searchJmesPath } from './evaluate.ts';
import { functionNames } from './functions.ts';
import { parseJmesPath } from './parser.ts';
import type { Json } from './tokens.ts';
import { JmesPathError } from './tokens.ts';

export type { Json } from './tokens.ts';
export { JmesPathError } from './tokens.ts';

export interface JmesPath {
  readonly expression: string;
  search(document: Json): Json;
}

/** Throws JmesPathError for a mistake in the expression, an unknown function included. */
export function compileJmesPath(expression: string): JmesPath {
  const node = parseJmesPath(expression);
  checkFunctions(node);
  // A plain name is by far the most common expression.
  if (node.kind === 'field') {
    const { name } = node;
    return {
      expression,
      search: (document) =>
        typeof document === 'object' && document !== null && !Array.isArray(document) && Object.hasOwn(document, name)
          ? (document as { readonly [key: string]: Json })[name]
          : null,
    };
  }
  return { expression, search: (document) => searchJmesPath(node, document) };
}

/** A misspelt function is found when the configuration is loaded, not line by line. */
function checkFunctions(node: Node): void {
  if (node.kind === 'call' && !functionNames().includes(node.name)) {
    throw new JmesPathError(`unknown function ${node.name}()`);
  }
  for (const value of Object.values(node)) visit(value);
}

function visit(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) visit(item);
  else if (typeof value === 'object' && value !== null) {
    if ('kind' in value && typeof value.kind === 'string') {
      // The value of a literal is JSON of the user's, not part of the tree.
      if (value.kind !== 'literal') checkFunctions(value as Node);
    } else for (const inner of Object.values(value)) visit(inner);
  }
}
