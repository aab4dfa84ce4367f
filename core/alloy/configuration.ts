/** Files of a configuration to a plan, for the controller and for the check. */
import type { AnyComponentDefinition, Side, Stability } from './component.ts';
import type { AnyConfigBlock } from './config-block.ts';
import { type Diagnostic, hasErrors } from './diagnostics.ts';
import { importString } from './import-string.ts';
import { parseFile } from './parser.ts';
import type { Context, Language, Planned } from './plan.ts';
import { planModule } from './planner.ts';
import { type StdlibOptions, stdlib } from './stdlib/index.ts';

export interface ConfigSource {
  readonly filename: string;
  readonly text: string;
}

export interface LanguageOptions<C extends Context> {
  readonly registry: ReadonlyMap<string, AnyComponentDefinition<C>>;
  readonly side: Side;
  readonly stdlib: StdlibOptions;
  readonly blocks?: ReadonlyMap<string, AnyConfigBlock>;
  readonly minStability?: Stability;
  readonly communityComponents?: boolean;
}

export function languageOf<C extends Context>(options: LanguageOptions<C>): Language<C> {
  return {
    registry: new Map([[importString.name, importString as AnyComponentDefinition<C>], ...options.registry]),
    configBlocks: options.blocks ?? new Map(),
    library: stdlib(options.stdlib),
    side: options.side,
    minStability: options.minStability ?? 'generally-available',
    communityComponents: options.communityComponents ?? false,
  };
}

export function planSources<C extends Context>(sources: readonly ConfigSource[], language: Language<C>): Planned<C> {
  const parsed = sources.map(({ filename, text }) => parseFile(text, filename));
  const mistakes = parsed.flatMap((each) => each.diagnostics);
  // After a syntax error the tree has holes, and everything that refers to what fell in them would look wrong.
  const body = hasErrors(mistakes) ? [] : parsed.flatMap((each) => each.file.body);
  const { plan, diagnostics } = planModule(body, 'root', language);
  return { plan, diagnostics: sortDiagnostics([...mistakes, ...diagnostics], sources) };
}

/** By file and place; what is said of the same place stays in order. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[], sources: readonly ConfigSource[]): Diagnostic[] {
  const fileOrder = new Map(sources.map(({ filename }, i) => [filename, i] as const));
  const rank = (diagnostic: Diagnostic): number => fileOrder.get(diagnostic.filename) ?? sources.length;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || a.start.offset - b.start.offset);
}
