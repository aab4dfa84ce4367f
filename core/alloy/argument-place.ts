/** The place in a block that an ArgumentError's path names: `endpoint.url`, `endpoint[1].url`, `stage.json[2].expressions`. */
import type { Block, Statement } from './ast.ts';
import { ArgumentError } from './component.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import type { Span } from './source.ts';

/** What a factory or an update threw, as a diagnostic. */
export function buildDiagnostic(block: Block, error: unknown): Diagnostic {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ArgumentError) return diagnosticAt(argumentSpan(block, error.path), message);
  return diagnosticAt(block.span, `Failed to build component: ${message}`);
}

/** The whole block where the path leads nowhere, for instance to an attribute that was left out. */
export function argumentSpan(block: Block, path: string): Span {
  return argumentPlace(block, path).statement.span;
}

export interface ArgumentPlace {
  readonly statement: Statement;
  /** The block that the statement is in; itself where that is the component. */
  readonly within: Block;
}

export function argumentPlace(block: Block, path: string): ArgumentPlace {
  let within = block;
  let at = block;
  let rest = path;
  while (rest !== '') {
    const attribute = at.body.find((statement) => statement.kind === 'attribute' && statement.name.name === rest);
    if (attribute !== undefined) return { statement: attribute, within: at };
    const next = nestedBlock(at, rest);
    if (next === undefined) break;
    within = at;
    at = next.block;
    rest = next.rest;
  }
  return { statement: at, within };
}

function nestedBlock(block: Block, path: string): { readonly block: Block; readonly rest: string } | undefined {
  const nested = block.body.filter((statement) => statement.kind === 'block');
  for (const name of new Set(nested.map((each) => each.name))) {
    if (!path.startsWith(name)) continue;
    const match = /^(?:\[(\d+)\])?(?:\.|$)/.exec(path.slice(name.length));
    if (match === null) continue;
    const found = nested.filter((each) => each.name === name)[Number(match[1] ?? 0)];
    if (found !== undefined) return { block: found, rest: path.slice(name.length + match[0].length) };
  }
  return undefined;
}
