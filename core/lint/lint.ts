/**
 * Finds what is legal in a configuration and still wrong: labels that never exist, series that collide, data that goes
 * nowhere. A rule speaks only where it is right nearly always; `// lint:ignore rule_name` at the end of a line, or alone
 * on the line before, silences it there.
 */
import type { Comment } from '../alloy/ast.ts';
import { checkedLanguage } from '../alloy/check.ts';
import type { AnyComponentDefinition, ComponentContext, Side } from '../alloy/component.ts';
import { type ConfigSource, type LanguageOptions, planSources, sortDiagnostics } from '../alloy/configuration.ts';
import { type Diagnostic, diagnosticAt, hasErrors } from '../alloy/diagnostics.ts';
import { parseFile } from '../alloy/parser.ts';
import type { Context, ModulePlan } from '../alloy/plan.ts';
import { Flows } from './flows.ts';
import { LintModel } from './model.ts';
import { type LintRule, type Report, toFix } from './rule.ts';
import { forwardsNowhere, receiverNeverFed, targetsNeverUsed } from './rules/connections.ts';
import { deprecatedFunction } from './rules/deprecated-function.ts';
import { identityLabelDropped } from './rules/identity-label-dropped.ts';
import { labelNeverExists } from './rules/label-never-exists.ts';
import { plainSecret } from './rules/plain-secret.ts';
import { pushUrlPath } from './rules/push-url-path.ts';
import {
  addressRemoved,
  groupDoesNotExist,
  metricNameRemoved,
  regexAnchoredTwice,
  ruleMatchesEverything,
} from './rules/relabel-mistakes.ts';
import { badTargetAddress, duplicateScrape, globWithoutMatch, timeoutExceedsInterval } from './rules/scrapes.ts';
import { valueNeverExtracted } from './rules/stage-values.ts';
import { unusedArgument, unusedDeclare } from './rules/unused.ts';
import { Reader } from './syntax.ts';

export const LINT_RULES: readonly LintRule[] = [
  addressRemoved,
  badTargetAddress,
  deprecatedFunction,
  duplicateScrape,
  forwardsNowhere,
  globWithoutMatch,
  groupDoesNotExist,
  identityLabelDropped,
  labelNeverExists,
  metricNameRemoved,
  plainSecret,
  pushUrlPath,
  receiverNeverFed,
  regexAnchoredTwice,
  ruleMatchesEverything,
  targetsNeverUsed,
  timeoutExceedsInterval,
  unusedArgument,
  unusedDeclare,
  valueNeverExtracted,
];

/** Warnings only. After a syntax error there is nothing to look at, and the list is empty: `checkConfig` tells of it. */
export function lintConfig<C extends ComponentContext>(
  sources: readonly ConfigSource[],
  registry: ReadonlyMap<string, AnyComponentDefinition<C>>,
  side: Side,
  options: Pick<LanguageOptions<C>, 'blocks'> = {},
): Diagnostic[] {
  // What is not enabled is the check's to tell.
  const language = checkedLanguage(registry, side, {
    minStability: 'experimental',
    communityComponents: true,
    ...options,
  });
  const { plan, diagnostics } = planSources(sources, language);
  const model = new LintModel(plan as unknown as ModulePlan<Context>);
  const read = new Reader(language.library);
  const input = { model, read, flows: new Flows(model, read), wired: !hasErrors(diagnostics) };
  const found = LINT_RULES.flatMap((rule) => run(rule, input));
  const ignored = new Map(sources.map((source) => [source.filename, ignoredLines(source)] as const));
  const kept = found.filter(({ filename, start, rule = '' }) => !ignored.get(filename)?.get(start.line)?.has(rule));
  return sortDiagnostics(kept, sources);
}

function run(rule: LintRule, input: Parameters<LintRule['check']>[0]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  const report: Report = (span, message, { hint, fix, secret }) => {
    const diagnostic = diagnosticAt(span, message, { hint, severity: 'warning' });
    const key = `${diagnostic.filename}:${diagnostic.start.offset}:${message}`;
    if (seen.has(key)) return;
    seen.add(key);
    const more = { ...(fix === undefined ? {} : { fix: toFix(fix) }), ...(secret === true ? { secret } : {}) };
    found.push({ ...diagnostic, rule: rule.name, ...more });
  };
  rule.check(input, report);
  return found;
}

const IGNORE = /lint:ignore\s+([a-z_]+(?:\s*,\s*[a-z_]+)*)/;

/** Rule names by the line on which they are silent. */
function ignoredLines({ filename, text }: ConfigSource): ReadonlyMap<number, ReadonlySet<string>> {
  const lines = new Map<number, Set<string>>();
  if (!text.includes('lint:ignore')) return lines;
  for (const comment of parseFile(text, filename).file.comments) {
    const names = IGNORE.exec(comment.text)?.[1]?.split(/\s*,\s*/) ?? [];
    for (const line of [lineOf(comment), ...(standsAlone(comment) ? [lineOf(comment) + 1] : [])]) {
      const known = lines.get(line) ?? new Set<string>();
      for (const name of names) known.add(name);
      lines.set(line, known);
    }
  }
  return lines;
}

function lineOf({ span }: Comment): number {
  return span.source.position(span.end - 1).line;
}

function standsAlone({ span }: Comment): boolean {
  const { text } = span.source;
  return text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start).trim() === '';
}
