/**
 * `agent-lite validate PATH`: checks a configuration, a file or a folder's `*.alloy`, without starting anything. Mistakes
 * go to stderr with the lines they are on; warnings alone do not make it fail.
 */
import { parseArgs } from 'node:util';
import { type CheckOptions, checkConfig } from '../../core/alloy/check.ts';
import type { AnyComponentDefinition, ComponentContext, Stability } from '../../core/alloy/component.ts';
import type { AnyConfigBlock } from '../../core/alloy/config-block.ts';
import { type ConfigSource, sortDiagnostics } from '../../core/alloy/controller.ts';
import { hasErrors } from '../../core/alloy/diagnostics.ts';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { decodeSourceText } from '../../core/alloy/source.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { CommandError, type CommandIo, exitCode, readText } from './command-io.ts';
import {
  fixSources,
  type LintMode,
  type LintTarget,
  lintMode,
  lintSources,
  merged,
  withLintValue,
} from './lint-sources.ts';
import { configFormat, inAlloy } from './source-format.ts';

export const VALIDATE_USAGE = `Validate a configuration file or folder

Usage:
  agent-lite validate [flags] PATH

Flags:
  --edge                                   the file is a tenant's pipeline at the gateway
  --lint                                   also find what is legal and still wrong (docs/lint.md); --lint=error makes
                                           findings fail the command
  --fix                                    lint, and write the fixes of mechanical findings to the files
  --config.format string                   alloy, prometheus, promtail or static (Grafana Agent) (default "alloy")
  --config.bypass-conversion-errors        go on without what could not be converted
  --config.extra-args string               flags that the other agent was started with, separated by spaces
  --stability.level string                 minimum stability level of features to enable: experimental, public-preview
                                           or generally-available (default "generally-available")
  --feature.community-components.enabled   allow components that Grafana Labs does not support
`;

const STABILITIES: readonly string[] = ['experimental', 'public-preview', 'generally-available'];

export function runValidate<C extends ComponentContext>(
  args: readonly string[],
  io: CommandIo,
  registry: ReadonlyMap<string, AnyComponentDefinition<C>>,
  blocks?: ReadonlyMap<string, AnyConfigBlock>,
): Promise<number> {
  return exitCode(io, async () => {
    const { values, positionals } = parseArgs({
      args: withLintValue(args),
      allowPositionals: true,
      options: {
        'config.format': { type: 'string' },
        'config.bypass-conversion-errors': { type: 'boolean' },
        'config.extra-args': { type: 'string' },
        'stability.level': { type: 'string' },
        'feature.community-components.enabled': { type: 'boolean' },
        edge: { type: 'boolean' },
        lint: { type: 'string' },
        fix: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      io.stdout(VALIDATE_USAGE);
      return 0;
    }
    if (positionals.length !== 1) throw new CommandError(`accepts 1 arg(s), received ${positionals.length}`);
    const format = configFormat(
      values['config.format'] ?? 'alloy',
      values['config.bypass-conversion-errors'] === true,
      values['config.extra-args'] ?? '',
    );
    if (format.format !== 'alloy' && values.fix === true) throw new CommandError('--fix works on Alloy files only');
    const minStability = stability(values['stability.level'] ?? 'generally-available');
    const mode = lintMode(values.lint, values.fix === true);
    const communityComponents = values['feature.community-components.enabled'] ?? false;
    const { sources: read, notes } = await inAlloy(await readSources(positionals[0]!, io), format);
    if (notes !== '') io.stderr(`${notes}\n`);
    return values.edge === true
      ? validate(read, { registry: sharedRegistry, side: 'edge' }, { mode, fix: values.fix === true }, io, {})
      : validate(read, { registry, side: 'host', ...(blocks && { blocks }) }, { mode, fix: values.fix === true }, io, {
          minStability,
          communityComponents,
        });
  });
}

async function validate<C extends ComponentContext>(
  read: readonly ConfigSource[],
  target: LintTarget<C>,
  { mode, fix }: { readonly mode: LintMode; readonly fix: boolean },
  io: CommandIo,
  options: Pick<CheckOptions<C>, 'minStability' | 'communityComponents'>,
): Promise<number> {
  const sources = fix ? await fixSources(read, target, io) : read;
  const { registry, side, blocks } = target;
  const checked = checkConfig(sources, registry, side, { ...options, ...(blocks && { blocks }) });
  const found = mode === 'off' ? [] : lintSources(sources, target);
  const diagnostics = sortDiagnostics(merged(checked, found), sources);
  if (diagnostics.length > 0) io.stderr(`${formatDiagnostics(diagnostics, sources)}\n`);
  if (hasErrors(checked)) throw new CommandError('validation failed');
  if (mode === 'error' && found.length > 0) {
    throw new CommandError(`lint found ${found.length} ${found.length === 1 ? 'mistake' : 'mistakes'}`);
  }
  return 0;
}

/** The file, or every `*.alloy` in the folder, not in folders below it. */
export async function readSources(path: string, io: CommandIo): Promise<ConfigSource[]> {
  const names = await io.readDir(path);
  if (names === undefined) return [{ filename: path, text: await readText(io, path, decodeSourceText) }];
  const files = names.filter((name) => name.endsWith('.alloy')).sort();
  const folder = path.endsWith('/') ? path : `${path}/`;
  return Promise.all(
    files.map(async (name) => ({ filename: folder + name, text: await readText(io, folder + name, decodeSourceText) })),
  );
}

function stability(text: string): Stability {
  if (STABILITIES.includes(text)) return text as Stability;
  const allowed = STABILITIES.join(', ');
  throw new CommandError(`invalid stability level ${JSON.stringify(text)}: it must be one of ${allowed}`);
}
