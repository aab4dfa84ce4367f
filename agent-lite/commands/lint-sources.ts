/** The lint part of `agent-lite validate`: findings beside those of the check, and their fixes written to the files. */
import type { AnyComponentDefinition, ComponentContext, Side } from '../../core/alloy/component.ts';
import type { AnyConfigBlock } from '../../core/alloy/config-block.ts';
import type { ConfigSource } from '../../core/alloy/controller.ts';
import type { Diagnostic } from '../../core/alloy/diagnostics.ts';
import { applyFixes } from '../../core/lint/fixes.ts';
import { lintConfig } from '../../core/lint/lint.ts';
import { CommandError, type CommandIo } from './command-io.ts';

export type LintMode = 'off' | 'warning' | 'error';

export interface LintTarget<C extends ComponentContext> {
  readonly registry: ReadonlyMap<string, AnyComponentDefinition<C>>;
  readonly side: Side;
  readonly blocks?: ReadonlyMap<string, AnyConfigBlock>;
}

/** `--lint` may stand alone, which Node's parser of arguments does not know for an option with a value. */
export function withLintValue(args: readonly string[]): string[] {
  return args.map((arg) => (arg === '--lint' ? '--lint=warning' : arg));
}

export function lintMode(value: string | undefined, fix: boolean): LintMode {
  if (value === undefined) return fix ? 'warning' : 'off';
  if (value === 'warning' || value === 'error') return value;
  throw new CommandError(`--lint=${value}: it must be warning or error`);
}

export function lintSources<C extends ComponentContext>(
  sources: readonly ConfigSource[],
  { registry, side, blocks }: LintTarget<C>,
): Diagnostic[] {
  return lintConfig(sources, registry, side, blocks && { blocks });
}

/** The sources as they are after the fixes, which are written back; says what it changed. */
export async function fixSources<C extends ComponentContext>(
  sources: readonly ConfigSource[],
  target: LintTarget<C>,
  io: CommandIo,
): Promise<ConfigSource[]> {
  const found = lintSources(sources, target);
  return Promise.all(
    sources.map(async (source) => {
      const { text, applied } = applyFixes(source.text, source.filename, found);
      if (applied.length === 0) return source;
      await io.writeFile(source.filename, text);
      for (const { start, rule, hint } of applied) {
        io.stderr(`Fixed: ${source.filename}:${start.line}:${start.column}: ${rule}: ${hint}\n`);
      }
      return { ...source, text };
    }),
  );
}

/** What the check and the lint say of the same place is said once, by the lint, which knows the rule and the fix. */
export function merged(checked: readonly Diagnostic[], found: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ filename, start }: Diagnostic) => `${filename}:${start.offset}`;
  const deprecated = new Set(found.filter(({ rule }) => rule === 'deprecated_function').map(key));
  return [...checked.filter((each) => each.severity === 'error' || !deprecated.has(key(each))), ...found];
}
