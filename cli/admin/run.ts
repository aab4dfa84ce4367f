/** The frame of every admin command: connect, run, print, and turn errors into one line and an exit code. */
import type { Command } from 'commander';
import { AdminClient, AdminError } from './client.ts';
import { addConnectionOptions, connection, UsageError } from './connection.ts';
import { printableLines } from './table.ts';

export const EXIT_REFUSED = 1;
export const EXIT_USAGE = 2;
/** Of commands that look for something, as diff(1) has them: it is there, it could not be looked for. */
export const EXIT_FOUND = 1;
export const EXIT_TROUBLE = 2;

export interface AdminOptions {
  readonly gateway?: string;
  readonly adminToken?: string;
  readonly state: string;
  readonly json?: boolean;
}

export interface Printed {
  /** For --json. */
  readonly json: unknown;
  /** For people. */
  readonly text: string;
  /** The text is a document that is printed as it is, for a file to be the same. */
  readonly verbatim?: boolean;
  /** Where it is not 0 though nothing failed: what was compared differs. */
  readonly exitCode?: number;
}

export type AdminAction<O> = (client: AdminClient, options: O, args: readonly string[]) => Promise<Printed>;

/** Adds the connection options and runs the action with them. `failed`: the exit code where 1 is an answer of its own. */
export function adminAction<O extends AdminOptions>(
  command: Command,
  action: AdminAction<O>,
  failed = EXIT_REFUSED,
): Command {
  return addConnectionOptions(command).action(async (...given: unknown[]) => {
    const self = given.pop() as Command;
    const options = self.opts() as O;
    try {
      const printed = await action(new AdminClient(connection(options)), options, self.args);
      if (options.json === true) console.log(JSON.stringify(printed.json, null, 2));
      else if (printed.verbatim === true) process.stdout.write(forTerminal(printed.text));
      else console.log(forTerminal(printed.text));
      if (printed.exitCode !== undefined) process.exitCode = printed.exitCode;
    } catch (error) {
      process.exitCode = report(error, options, failed);
    }
  });
}

/** Nothing that was saved may act on a terminal. A file gets it as it is. */
function forTerminal(text: string): string {
  return process.stdout.isTTY ? printableLines(text) : text;
}

function report(error: unknown, { json }: AdminOptions, failed: number): number {
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}`);
    return EXIT_USAGE;
  }
  if (error instanceof AdminError) {
    if (json === true) console.log(JSON.stringify(error.body ?? { error: 'failed', message: error.message }, null, 2));
    else console.error(`error: ${printableLines(error.message)}`);
    // The gateway could not make sense of what was asked for: a value that is none, a name that cannot be.
    return error.status === 400 ? EXIT_USAGE : failed;
  }
  throw error;
}
