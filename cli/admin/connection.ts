/** Which gateway the admin commands talk to: flags, then the environment, then what `npm start` wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_STATE_FOLDER } from '../start/state-folder.ts';

export interface Connection {
  readonly gateway: string;
  readonly adminToken: string;
}

interface ConnectionOptions {
  readonly gateway?: string;
  readonly adminToken?: string;
  readonly state: string;
}

/** A mistake of the caller: printed without a stack, exit code 2. */
export class UsageError extends Error {}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--gateway <url>', 'address of the gateway (env SPILLWAY_GATEWAY)')
    .option(
      '--admin-token <token>',
      "the gateway's admin token, an operator's, or a tenant's with scope admin or read (env SPILLWAY_ADMIN_TOKEN)",
    )
    .option(
      '--state <dir>',
      'folder of a local `npm start` or `spillway serve`, read when the two above are not given',
      DEFAULT_STATE_FOLDER,
    )
    .option('--json', 'print the JSON that the gateway answered');
}

export function connection(options: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): Connection {
  const local = readLocal(options.state);
  const gateway = options.gateway ?? env.SPILLWAY_GATEWAY ?? local?.gateway;
  // The local gateway's token is for the local gateway: no other may get to see it.
  const localToken = local?.gateway !== undefined && sameOrigin(local.gateway, gateway) ? local.adminToken : undefined;
  const adminToken = options.adminToken ?? env.SPILLWAY_ADMIN_TOKEN ?? localToken;
  if (gateway === undefined) {
    const file = join(options.state, 'admin.json');
    throw new UsageError(
      `which gateway? Give --gateway URL or set SPILLWAY_GATEWAY; or run npm start or spillway serve here first (there is no ${file}; after start --state DIR or serve --data DIR give --state DIR here too)`,
    );
  }
  if (adminToken === undefined) {
    throw new UsageError(`no admin token for ${gateway}: give --admin-token TOKEN or set SPILLWAY_ADMIN_TOKEN`);
  }
  if (!URL.canParse(gateway)) throw new UsageError(`--gateway ${JSON.stringify(gateway)} is not a URL`);
  return { gateway, adminToken };
}

function sameOrigin(a: string, b: string | undefined): boolean {
  return b !== undefined && URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

function readLocal(state: string): Partial<Connection> | undefined {
  try {
    return JSON.parse(readFileSync(join(state, 'admin.json'), 'utf8')) as Partial<Connection>;
  } catch {
    return undefined;
  }
}
