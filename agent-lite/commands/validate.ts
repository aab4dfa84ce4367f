/**
 * `agent-lite validate PATH`: checks a configuration, a file or a folder's `*.alloy`, without starting anything. Mistakes
 * go to stderr with the lines they are on; warnings alone do not make it fail.
 */
import { parseArgs } from 'node:util';
import { checkConfig } from '../../core/alloy/check.ts';
import type { AnyComponentDefinition, ComponentContext, Stability } from '../../core/alloy/component.ts';
import type { AnyConfigBlock } from '../../core/alloy/config-block.ts';
import type { ConfigSource } from '../../core/alloy/controller.ts';
import { hasErrors } from '../../core/alloy/diagnostics.ts';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { decodeSourceText } from '../../core/alloy/source.ts';
import { CommandError, type CommandIo, exitCode, readText } from './command-io.ts';

export const VALIDATE_USAGE = `Validate a configuration file or folder

Usage:
  agent-lite validate [flags] PATH

Flags:
  --config.format string                   the format of the source; only "alloy" (default "alloy")
  --config.bypass-conversion-errors        accepted for Alloy's sake; nothing is converted here
  --config.extra-args string               accepted for Alloy's sake; nothing is converted here
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
      args: [...args],
      allowPositionals: true,
      options: {
        'config.format': { type: 'string' },
        'config.bypass-conversion-errors': { type: 'boolean' },
        'config.extra-args': { type: 'string' },
        'stability.level': { type: 'string' },
        'feature.community-components.enabled': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      io.stdout(VALIDATE_USAGE);
      return 0;
    }
    if (positionals.length !== 1) throw new CommandError(`accepts 1 arg(s), received ${positionals.length}`);
    const format = values['config.format'] ?? 'alloy';
    if (format !== 'alloy') {
      throw new CommandError(`--config.format=${format}: validate reads alloy only; run "agent-lite convert" first`);
    }
    const minStability = stability(values['stability.level'] ?? 'generally-available');
    const sources = await readSources(positionals[0]!, io);
    const communityComponents = values['feature.community-components.enabled'] ?? false;
    const options = { minStability, communityComponents, ...(blocks && { blocks }) };
    const diagnostics = checkConfig(sources, registry, 'host', options);
    if (diagnostics.length > 0) io.stderr(`${formatDiagnostics(diagnostics, sources)}\n`);
    if (hasErrors(diagnostics)) throw new CommandError('validation failed');
    return 0;
  });
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
