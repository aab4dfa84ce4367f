/**
 * `agent-lite fmt [-w | -t] [FILE|-]`: formats a configuration as `alloy fmt` does, with its flags, texts and exit codes.
 * Writes a file only when its text changes, and never one with syntax errors.
 */
import { parseArgs } from 'node:util';
import { diagnosticLine } from '../../core/alloy/diagnostics.ts';
import { formatFile } from '../../core/alloy/printer.ts';
import { decodeSourceText } from '../../core/alloy/source.ts';
import { CommandError, type CommandIo, exitCode, readText } from './command-io.ts';

export const FMT_USAGE = `Format a configuration file

Usage:
  agent-lite fmt [flags] [file]

If the file is not given, or is "-", fmt reads from stdin. Without -w the result goes to stdout.

Flags:
  -t, --test    exit with non-zero when changes would be made. Cannot be used with -w/--write
  -w, --write   write result to (source) file instead of stdout
`;

export function runFmt(args: readonly string[], io: CommandIo): Promise<number> {
  return exitCode(io, async () => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        write: { type: 'boolean', short: 'w' },
        test: { type: 'boolean', short: 't' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      io.stdout(FMT_USAGE);
      return 0;
    }
    if (positionals.length > 1)
      throw new CommandError(`accepts between 0 and 1 arg(s), received ${positionals.length}`);
    if (values.write && values.test) {
      throw new CommandError('cannot use -w/--write and -t/--test at the same time');
    }
    const path = positionals[0] ?? '-';
    return path === '-' ? formatStdin(values, io) : formatPath(path, values, io);
  });
}

interface Flags {
  readonly write?: boolean | undefined;
  readonly test?: boolean | undefined;
}

async function formatStdin({ write, test }: Flags, io: CommandIo): Promise<number> {
  if (write) throw new CommandError('cannot use -w with standard input');
  const text = decodeSourceText(await io.stdin());
  if (text === undefined) throw new CommandError('<stdin>: not UTF-8 text');
  return finish('<stdin>', text, test === true, io, (formatted) => io.stdout(formatted));
}

async function formatPath(path: string, { write, test }: Flags, io: CommandIo): Promise<number> {
  if ((await io.readDir(path)) !== undefined) throw new CommandError('cannot format a directory');
  const text = await readText(io, path, decodeSourceText);
  return finish(path, text, test === true, io, async (formatted) => {
    if (!write) io.stdout(formatted);
    else if (formatted !== text) await io.writeFile(path, formatted);
  });
}

async function finish(
  filename: string,
  text: string,
  test: boolean,
  io: CommandIo,
  emit: (formatted: string) => Promise<void> | void,
): Promise<number> {
  const formatted = formatFile(text, filename);
  if (!formatted.ok) {
    for (const diagnostic of formatted.diagnostics) io.stderr(`${diagnosticLine(diagnostic)}\n`);
    throw new CommandError('encountered errors during formatting');
  }
  if (!test) {
    await emit(formatted.text);
    return 0;
  }
  if (formatted.text !== text) throw new CommandError(`file ${filename} is not formatted correctly`);
  return 0;
}
