/** The arguments of `npm run deploy`. Wrong ones are told all at once, before anything is done. */
import { parseArgs } from 'node:util';
import { DeployFailure } from './failure.ts';

export const USAGE = `npm run deploy [-- OPTION…]

Puts the gateway on Cloudflare: creates what is missing (D1 database, secrets), applies the migrations, deploys, waits until
it answers. Run it again at any time: to upgrade, or after a failure. Nothing that exists is overwritten.

  --name NAME            name of the Worker and of its database (default: those of wrangler.toml)
  --account-id ID        the Cloudflare account, where the login has several (env CLOUDFLARE_ACCOUNT_ID)
  --domain HOST          also answer on this host, which must be in a zone of the account
  --rotate-admin-token   make a new admin token; the old one ends at once
  --rotate-secrets-key   add a key for tenants' secrets in front of the ones there are
  --dry-run              build and check everything offline; nothing is uploaded
  --json                 one JSON object on stdout, progress on stderr
  --help

Environment: CLOUDFLARE_API_TOKEN (else the login of \`npx wrangler login\`), CLOUDFLARE_ACCOUNT_ID,
SPILLWAY_ADMIN_TOKEN and SPILLWAY_SECRETS_KEY (what to set where the Worker has none, or to rotate to; else random ones).
docs/deploy.md has the rest: upgrade, roll back, back up, uninstall.`;

export interface DeployOptions {
  readonly name?: string;
  readonly accountId?: string;
  readonly domain?: string;
  readonly rotateAdminToken: boolean;
  readonly rotateSecretsKey: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export class UsageError extends DeployFailure {}

/** A Worker's name is a label of its workers.dev host name. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ACCOUNT_ID = /^[0-9a-f]{32}$/;
/** Without one of these something else would be done than was asked for. */
const ACTING_OPTIONS = ['dry-run', 'name', 'account-id', 'domain', 'rotate-admin-token', 'rotate-secrets-key'];

export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): DeployOptions {
  refuseSwallowed(args, env);
  const { values } = parsed(args);
  const accountId = values['account-id'] ?? env.CLOUDFLARE_ACCOUNT_ID;
  const { name, domain } = values;
  if (name !== undefined && !NAME.test(name))
    throw new UsageError(`--name ${name}: lower-case letters, digits and dashes, at most 63`);
  if (domain !== undefined && !HOST.test(domain))
    throw new UsageError(`--domain ${domain}: a host name such as push.example.com, without https:// and path`);
  if (accountId !== undefined && !ACCOUNT_ID.test(accountId))
    throw new UsageError(`account id ${accountId}: 32 hexadecimal digits, as \`npx wrangler whoami\` shows them`);
  return {
    ...(name === undefined ? {} : { name }),
    ...(domain === undefined ? {} : { domain }),
    ...(accountId === undefined ? {} : { accountId }),
    rotateAdminToken: values['rotate-admin-token'],
    rotateSecretsKey: values['rotate-secrets-key'],
    dryRun: values['dry-run'],
    json: values.json,
    help: values.help,
  };
}

/**
 * `npm run deploy --dry-run`, without the `--` in between, gives the option to npm: it would deploy. npm leaves a trace of it
 * in the environment. `--json` is left out: a user's .npmrc may have it for npm itself.
 */
function refuseSwallowed(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const swallowed = ACTING_OPTIONS.find(
    (option) => env[`npm_config_${option.replaceAll('-', '_')}`] && !args.some((arg) => arg.startsWith(`--${option}`)),
  );
  if (swallowed === undefined) return;
  throw new UsageError(
    `npm kept --${swallowed} for itself: put \`--\` in front of options, as in \`npm run deploy -- --${swallowed}\``,
  );
}

function parsed(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        name: text,
        'account-id': text,
        domain: text,
        'rotate-admin-token': flag,
        'rotate-secrets-key': flag,
        'dry-run': flag,
        json: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
