/**
 * The Worker's secrets: made where they are missing, never overwritten unless asked for. Cloudflare does not give a secret
 * back, so a new key for tenants' secrets becomes a secret of its own (SECRETS_KEY_2, …): the gateway reads all of them
 * and seals with the newest (worker/secrets/key-ring.ts).
 */
import { randomBytes } from 'node:crypto';
import { DeployFailure } from './failure.ts';
import type { DeployOptions } from './options.ts';
import { indent, type Wrangler } from './wrangler.ts';

/** Undefined: there is no Worker of the name yet. */
export async function secretNames(wrangler: Wrangler, configPath: string): Promise<readonly string[] | undefined> {
  const result = await wrangler.run(['secret', 'list', '--format', 'json', '--config', configPath]);
  if (result.code !== 0) {
    if (/Worker "[^"]*" not found/.test(result.said)) return undefined;
    throw new DeployFailure(`List the secrets: wrangler secret list failed:\n${indent(result.said)}`);
  }
  return (JSON.parse(result.stdout) as { name: string }[]).map(({ name }) => name);
}

export interface NewSecrets {
  /** By name, to be set with the deployment. */
  readonly values: Readonly<Record<string, string>>;
  /** To be shown once. */
  readonly adminToken: string | undefined;
  /** There is none, and none was made, because what is printed here stays in a log. */
  readonly adminTokenMissing: boolean;
}

const LEAST_TOKEN_CHARACTERS = 16;

export function newSecrets(existing: readonly string[], options: DeployOptions, env: NodeJS.ProcessEnv): NewSecrets {
  const given = env.SPILLWAY_ADMIN_TOKEN || undefined;
  if (given !== undefined && given.length < LEAST_TOKEN_CHARACTERS)
    throw new DeployFailure(`SPILLWAY_ADMIN_TOKEN has fewer than ${LEAST_TOKEN_CHARACTERS} characters`);
  const wantsToken = options.rotateAdminToken || !existing.includes('ADMIN_TOKEN');
  const logged = isContinuousIntegration(env) && given === undefined;
  const adminToken = wantsToken && !logged ? (given ?? randomBytes(32).toString('base64url')) : undefined;
  if (options.rotateAdminToken && adminToken === undefined) {
    throw new DeployFailure(
      '--rotate-admin-token would print the token into the log of this build; give the new one in SPILLWAY_ADMIN_TOKEN',
    );
  }
  return {
    values: { ...(adminToken === undefined ? {} : { ADMIN_TOKEN: adminToken }), ...newKey(existing, options, env) },
    adminToken: given === undefined ? adminToken : undefined,
    adminTokenMissing: wantsToken && adminToken === undefined,
  };
}

/** As worker/secrets/key-ring.ts takes it. */
const SECRETS_KEY = /^[a-zA-Z0-9_-]{1,32}:[A-Za-z0-9+/]{43}=$/;

function newKey(
  existing: readonly string[],
  { rotateSecretsKey }: DeployOptions,
  { SPILLWAY_SECRETS_KEY: given }: NodeJS.ProcessEnv,
): Record<string, string> {
  const numbers = existing.map((name) => /^SECRETS_KEY(?:_(\d+))?$/.exec(name)).filter((match) => match !== null);
  if (numbers.length > 0 && !rotateSecretsKey) return {};
  const newest = Math.max(0, ...numbers.map(([, number = '1']) => Number(number)));
  const name = newest === 0 ? 'SECRETS_KEY' : `SECRETS_KEY_${newest + 1}`;
  if (given && !SECRETS_KEY.test(given))
    throw new DeployFailure(
      'SPILLWAY_SECRETS_KEY is not ID:BASE64 with 32 bytes: echo "k1:$(openssl rand -base64 32)"',
    );
  return { [name]: given || `k${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}` };
}

export function isContinuousIntegration({ CI, WORKERS_CI }: NodeJS.ProcessEnv): boolean {
  return [CI, WORKERS_CI].some((value) => value !== undefined && !['', '0', 'false'].includes(value));
}
