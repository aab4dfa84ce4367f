/**
 * `--config.format`: a configuration of another agent is converted when it is read, as `alloy run` and `alloy validate`
 * do. The converter and the YAML library are loaded only for that.
 */
import type { ConfigSource } from '../../core/alloy/controller.ts';
import type { SourceFormat } from '../convert/convert.ts';
import { CommandError } from './command-io.ts';

export interface ConfigFormat {
  readonly format: 'alloy' | SourceFormat;
  readonly bypassErrors: boolean;
  readonly extraArgs: string;
}

const FORMATS: readonly ConfigFormat['format'][] = ['alloy', 'prometheus', 'promtail', 'static'];

export const CONFIG_FORMAT_USAGE = `  --config.format string             alloy, prometheus, promtail or static (Grafana Agent) (default "alloy")
  --config.bypass-conversion-errors  go on without what could not be converted
  --config.extra-args string         flags that the other agent was started with, separated by spaces
`;

/** Throws CommandError for a format that nobody knows. */
export function configFormat(format: string, bypassErrors: boolean, extraArgs: string): ConfigFormat {
  const known = FORMATS.find((each) => each === format);
  if (known !== undefined) return { format: known, bypassErrors, extraArgs };
  const all = FORMATS.join(', ');
  throw new CommandError(`--config.format: unrecognized format ${JSON.stringify(format)}: it must be one of ${all}`);
}

export interface ConvertedSources {
  readonly sources: readonly ConfigSource[];
  /** What the converter had to say, for stderr; '' for nothing. */
  readonly notes: string;
}

/** The sources as Alloy text. Throws CommandError, with all that stands in the way, where they cannot be converted. */
export async function inAlloy(sources: readonly ConfigSource[], config: ConfigFormat): Promise<ConvertedSources> {
  const { format, bypassErrors } = config;
  if (format === 'alloy') return { sources, notes: '' };
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) throw new CommandError('cannot convert a directory');
  const [{ convert }, { hostConvertSettings }, { diagnosticText, refuses, relevant }, { parseExtraArgs }] =
    await Promise.all([
      import('../convert/convert.ts'),
      import('./convert-settings.ts'),
      import('../convert/diagnostics.ts'),
      import('../convert/extra-args.ts'),
    ]);
  const extraArgs = parseExtraArgs(config.extraArgs);
  if (!extraArgs.ok) throw new CommandError(`invalid flag found: ${extraArgs.bad}`);
  const { text, diagnostics } = convert(source.text, format, { ...hostConvertSettings(), extraArgs: extraArgs.args });
  const notes = relevant(diagnostics, bypassErrors).map(diagnosticText).join('\n');
  if (refuses(diagnostics, bypassErrors)) {
    throw new CommandError(`${source.filename} cannot be converted from ${format}\n${notes}`);
  }
  return { sources: [{ filename: source.filename, text }], notes };
}
