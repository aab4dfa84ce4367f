/** The `spillway` command. Each subcommand lives in its own file; this one only puts them together and prints errors. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { VERSION } from '../core/version.ts';
import { addAdminCommands } from './admin/commands.ts';
import { addCompletionCommand } from './completion.ts';
import { addCostCommand } from './cost/command.ts';
import { addReceiverCommand } from './receiver/command.ts';
import { addRelabelCommand } from './relabel/command.ts';
import { addServeCommand } from './serve-command.ts';
import { keptByNpm } from './start/npm-options.ts';
import { addStartCommand } from './start.ts';

const ENDS = `
Ends with 0 when it is done, 1 when it failed, was refused, or found what it
looks for (a difference, a mistake, a dropped series), 2 when it was called
wrongly, or looks for something and failed. docs/cli.md has more.`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const program = new Command('spillway')
  .description('Run and administer Spillway, an edge push gateway for metrics, logs, traces and profiles.')
  .version(VERSION)
  // What follows a subcommand is its own: `pipeline get --version 3`.
  .enablePositionalOptions()
  .configureHelp({ optionDescription: withRequired })
  .addHelpText('after', ENDS)
  .exitOverride();

addStartCommand(program);
addServeCommand(program);
addReceiverCommand(program);
addRelabelCommand(program);
addAdminCommands(program);
addCostCommand(program);
addCompletionCommand(program);

pointToHelp(program, 'spillway');

try {
  refuseWhatNpmKept();
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function refuseWhatNpmKept(): void {
  const start = program.commands.find((command) => command.name() === 'start');
  const problem = start && keptByNpm(start, process.argv.slice(2), process.env);
  if (problem !== undefined) program.error(`error: ${problem}`);
}

function withRequired(this: Help, option: Option): string {
  const description = Help.prototype.optionDescription.call(this, option);
  return option.mandatory ? `${description} (required)` : description;
}

/** After a mistake: the help of the command that was meant, which names what is missing. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`(see ${path} --help)`);
  for (const inner of command.commands) pointToHelp(inner, `${path} ${inner.name()}`);
}

/** commander has printed its own errors; help and version are "errors" of code 0. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  console.error(`spillway: ${error instanceof Error ? error.message : String(error)}`);
  return EXIT_FAILED;
}
