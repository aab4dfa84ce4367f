/**
 * `agent-lite convert -f FORMAT [FILE|-]`: the configuration of Prometheus, Promtail or Grafana Agent as Alloy's. Flags,
 * levels and exit codes are those of `alloy convert`; besides, what there is to say goes to stderr also when it succeeds.
 */
import { parseArgs } from 'node:util';
import { decodeSourceText } from '../../core/alloy/source.ts';
import type { Schemas } from '../convert/alloy/defaults.ts';
import type { Environment } from '../convert/conversion.ts';
import { convert, SOURCE_FORMATS, type SourceFormat } from '../convert/convert.ts';
import {
  type ConversionDiagnostic,
  diagnosticText,
  has,
  refuses,
  relevant,
  reportText,
} from '../convert/diagnostics.ts';
import { parseExtraArgs } from '../convert/extra-args.ts';
import { CommandError, type CommandIo, exitCode, readText } from './command-io.ts';

export const CONVERT_USAGE = `Convert the configuration of another agent to an Alloy configuration

Usage:
  agent-lite convert [flags] [file]

If the file is not given, or is "-", convert reads from stdin. Without -o the result goes to stdout.

Flags:
  -f, --source-format string   the format of the source: prometheus, promtail or static (Grafana Agent)
  -o, --output string          the file to write the result to
  -r, --report string          the file to write a report to
  -b, --bypass-errors          write a result also when there are errors; critical ones still prevent it
  -e, --extra-args string      flags that the other agent was started with, separated by spaces
`;

/** What the conversion may know of the program around it. */
export interface ConvertSettings {
  readonly schemas: Schemas;
  readonly environment: Environment;
}

export function runConvert(args: readonly string[], io: CommandIo, settings: ConvertSettings): Promise<number> {
  return exitCode(io, async () => {
    const { values, positionals } = parseArgs({
      args: joinExtraArgs(args),
      allowPositionals: true,
      options: {
        'source-format': { type: 'string', short: 'f' },
        output: { type: 'string', short: 'o' },
        report: { type: 'string', short: 'r' },
        'bypass-errors': { type: 'boolean', short: 'b' },
        'extra-args': { type: 'string', short: 'e' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      io.stdout(CONVERT_USAGE);
      return 0;
    }
    if (positionals.length > 1)
      throw new CommandError(`accepts between 0 and 1 arg(s), received ${positionals.length}`);
    const format = formatOf(values['source-format']);
    const extraArgs = extraArgsOf(values['extra-args'] ?? '');
    const text = await readSource(positionals[0] ?? '-', io);
    const bypassErrors = values['bypass-errors'] === true;
    const converted = convert(text, format, { ...settings, extraArgs });
    const { diagnostics } = converted;
    if (values.report) await io.writeFile(values.report, reportText(diagnostics, bypassErrors));
    for (const diagnostic of relevant(diagnostics, bypassErrors)) io.stderr(`${diagnosticText(diagnostic)}\n`);
    if (refuses(diagnostics, bypassErrors)) throw new CommandError(refusal(diagnostics));
    if (values.output) await io.writeFile(values.output, converted.text);
    else io.stdout(converted.text);
    return 0;
  });
}

/** The value of -e begins with a dash itself, which parseArgs takes for a mistake unless it is joined to its flag. */
function joinExtraArgs(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const isFlag = args[i] === '-e' || args[i] === '--extra-args';
    if (isFlag && i + 1 < args.length) joined.push(`--extra-args=${args[++i]}`);
    else joined.push(args[i]!);
  }
  return joined;
}

function formatOf(written: string | undefined): SourceFormat {
  if (written === undefined || written === '') throw new CommandError('source-format is a required flag');
  const format = SOURCE_FORMATS.find((each) => each === written);
  if (format !== undefined) return format;
  const known = SOURCE_FORMATS.join(', ');
  throw new CommandError(`unrecognized source format ${JSON.stringify(written)}: it must be one of ${known}`);
}

function extraArgsOf(written: string): readonly string[] {
  const parsed = parseExtraArgs(written);
  if (parsed.ok) return parsed.args;
  throw new CommandError(`invalid flag found: ${parsed.bad}`);
}

async function readSource(path: string, io: CommandIo): Promise<string> {
  if (path !== '-') {
    if ((await io.readDir(path)) !== undefined) throw new CommandError('cannot convert a directory');
    return readText(io, path, decodeSourceText);
  }
  const text = decodeSourceText(await io.stdin());
  if (text === undefined) throw new CommandError('<stdin>: not UTF-8 text');
  return text;
}

function refusal(diagnostics: readonly ConversionDiagnostic[]): string {
  const hint = has(diagnostics, 'Critical') ? '' : '; --bypass-errors converts the rest without what has errors';
  return `no configuration was written${hint}`;
}
