/** The frame of every admin command: connect, run, print, and turn errors into one line and an exit code. */
import type { Command } from 'commander';
import { AdminClient, AdminError } from './client.ts';
import { addConnectionOptions, connection, UsageError } from './connection.ts';
import { printableLines } from './table.ts';

export const EXIT_REFUSED = 1;
export const EXIT_USAGE = 2;

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
  /** Where it is not 0 though nothing failed: what was compared differs. */
  readonly exitCode?: number;
}

export type AdminAction<O> = (client: AdminClient, options: O, args: readonly string[]) => Promise<Printed>;

/** Adds the connection options and runs the action with them. */
export function adminAction<O extends AdminOptions>(command: Command, action: AdminAction<O>): Command {
  return addConnectionOptions(command).action(async (...given: unknown[]) => {
    const self = given.pop() as Command;
    const options = self.opts() as O;
    try {
      const printed = await action(new AdminClient(connection(options)), options, self.args);
      console.log(options.json === true ? JSON.stringify(printed.json, null, 2) : forTerminal(printed.text));
      if (printed.exitCode !== undefined) process.exitCode = printed.exitCode;
    } catch (error) {
      process.exitCode = report(error, options);
    }
  });
}

/** A file gets the bytes as they are: a pipeline that is read back must be the one that was saved. */
function forTerminal(text: string): string {
  return process.stdout.isTTY ? printableLines(text) : text;
}

function report(error: unknown, { json }: AdminOptions): number {
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}`);
    return EXIT_USAGE;
  }
  if (error instanceof AdminError) {
    if (json === true) console.log(JSON.stringify(error.body ?? { error: 'failed', message: error.message }, null, 2));
    else console.error(`error: ${printableLines(error.message)}`);
    // The gateway could not make sense of what was asked for: a value that is none, a name that cannot be.
    return error.status === 400 ? EXIT_USAGE : EXIT_REFUSED;
  }
  throw error;
}
