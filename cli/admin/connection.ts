/** Which gateway the admin commands talk to: flags, then the environment, then what `npm start` wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { DEFAULT_STATE_FOLDER } from '../start/state-folder.ts';

export interface Connection {
  readonly gateway: string;
  readonly adminToken: string;
  /** Where they are from, for who has to correct them: `--gateway`. */
  readonly gatewayFrom: string;
  readonly tokenFrom: string;
}

interface ConnectionOptions {
  readonly gateway?: string;
  readonly adminToken?: string;
  readonly state: string;
}

/** A mistake of the caller: printed without a stack, exit code 2. */
export class UsageError extends Error {}

export function addConnectionOptions(command: Command): Command {
  const group = 'Which gateway:';
  const options = [
    new Option('--gateway <url>', 'its address (env SPILLWAY_GATEWAY)'),
    new Option(
      '--admin-token <token>',
      "its admin token, an operator's, or a tenant's with scope admin or read (env SPILLWAY_ADMIN_TOKEN)",
    ),
    new Option(
      '--state <dir>',
      'folder of a local `npm start` or `spillway serve`, read when the two above are not given',
    ).default(DEFAULT_STATE_FOLDER),
  ];
  command.option('--json', 'print JSON, of refusals too');
  for (const option of options) command.addOption(option.helpGroup(group));
  return command;
}

export function connection(options: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): Connection {
  const local = readLocal(options.state);
  const file = join(options.state, 'admin.json');
  const [gateway, gatewayFrom] = firstOf([
    [options.gateway, '--gateway'],
    [env.SPILLWAY_GATEWAY, 'SPILLWAY_GATEWAY'],
    [local?.gateway, file],
  ]);
  // The local gateway's token is for the local gateway: no other may get to see it.
  const localToken = local?.gateway !== undefined && sameOrigin(local.gateway, gateway) ? local.adminToken : undefined;
  const [adminToken, tokenFrom] = firstOf([
    [options.adminToken, '--admin-token'],
    [env.SPILLWAY_ADMIN_TOKEN, 'SPILLWAY_ADMIN_TOKEN'],
    [localToken, file],
  ]);
  if (gateway === undefined) {
    throw new UsageError(
      `which gateway? Give --gateway URL or set SPILLWAY_GATEWAY; or run npm start or spillway serve here first (there is no ${file}; after start --state DIR or serve --data DIR give --state DIR here too)`,
    );
  }
  checkGateway(gateway, gatewayFrom);
  if (adminToken === undefined) {
    throw new UsageError(`no admin token for ${gateway}: give --admin-token TOKEN or set SPILLWAY_ADMIN_TOKEN`);
  }
  // A header cannot carry it, and no token has any: a line break is left of reading one from a file.
  if (!/^[\x21-\x7e]+$/.test(adminToken)) {
    throw new UsageError(`the admin token is empty or holds a space, a line break or the like (from ${tokenFrom})`);
  }
  return { gateway, adminToken, gatewayFrom, tokenFrom };
}

/** The first that is set; an empty variable is one that is not. */
function firstOf(found: readonly (readonly [string | undefined, string])[]): readonly [string | undefined, string] {
  return found.find(([value]) => value !== undefined && value !== '') ?? [undefined, ''];
}

function checkGateway(text: string, from: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    if (url.username === '' && url.password === '') return;
    throw new UsageError(`the URL of the gateway cannot hold a user name or password (from ${from})`);
  }
  // `localhost:8787` is a URL of the scheme "localhost".
  const scheme = /^(?:localhost|127\.|\[)/.test(text) ? 'http' : 'https';
  const meant = `${scheme}://${text}`;
  const hint = /^[a-z]+:\/\//i.test(text) || !URL.canParse(meant) ? '' : `; did you mean ${meant}?`;
  throw new UsageError(`${from}: ${JSON.stringify(text)} is not a URL that begins with https:// or http://${hint}`);
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
