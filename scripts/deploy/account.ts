/** Who is logged in, and into which account the gateway goes. */
import { DeployFailure } from './failure.ts';
import type { DeployOptions } from './options.ts';
import { indent, type Wrangler } from './wrangler.ts';

interface WhoAmI {
  readonly loggedIn: boolean;
  readonly authType?: string;
  readonly email?: string;
  readonly accounts?: readonly Account[];
}

export interface Account {
  readonly id: string;
  readonly name: string;
}

const TOKEN_PERMISSIONS =
  'Workers Scripts: Edit, D1: Edit, Account Settings: Read; with --domain also Workers Routes: Edit';
const LOG_IN = `Log in with \`npx wrangler login\`, or set CLOUDFLARE_API_TOKEN to an API token
(https://dash.cloudflare.com/profile/api-tokens; permissions: ${TOKEN_PERMISSIONS}).`;

/** What the API says of a token that is malformed, unknown, expired, or not allowed from here. */
const REFUSED = /[^\n]* \[code: (?:1000|1001|6003|6111|9109|10000|10001)\]/;

export async function findAccount(wrangler: Wrangler, options: DeployOptions): Promise<Account> {
  const { stdout, said } = await wrangler.run(['whoami', '--json']);
  const who = parse(stdout);
  if (who?.loggedIn) return choose(who.accounts ?? [], options.accountId);
  if (who !== undefined && !process.env.CLOUDFLARE_API_TOKEN)
    throw new DeployFailure(`nobody is logged in to Cloudflare. ${LOG_IN}`);
  const refusal = REFUSED.exec(said)?.[0].trim();
  if (who !== undefined || refusal !== undefined) {
    const words = refusal === undefined ? '' : ` (${refusal})`;
    throw new DeployFailure(`Cloudflare does not accept the API token in CLOUDFLARE_API_TOKEN${words}. ${LOG_IN}`);
  }
  throw new DeployFailure(`Cloudflare does not say who is logged in:\n${indent(said)}\n${LOG_IN}`);
}

function choose(accounts: readonly Account[], wanted: string | undefined): Account {
  const list = accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n');
  if (wanted !== undefined) {
    const found = accounts.find(({ id }) => id === wanted);
    if (found !== undefined) return found;
    // A token may be allowed to deploy without being allowed to list accounts.
    if (accounts.length === 0) return { id: wanted, name: wanted };
    throw new DeployFailure(`the login has no account ${wanted}; it has\n${list}`);
  }
  const [first, ...others] = accounts;
  if (first === undefined) throw new DeployFailure(`the login shows no account; name it with --account-id. ${LOG_IN}`);
  if (others.length > 0)
    throw new DeployFailure(`the login has ${accounts.length} accounts; choose one with --account-id ID:\n${list}`);
  return first;
}

function parse(text: string): WhoAmI | undefined {
  try {
    return JSON.parse(text) as WhoAmI;
  } catch {
    return undefined;
  }
}
