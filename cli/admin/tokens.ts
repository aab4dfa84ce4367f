/** `spillway token create|list|revoke` */
import type { Command } from 'commander';
import { UsageError } from './connection.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatTable, formatTime } from './table.ts';
import { collect } from './tenants.ts';

interface TokenJson {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

interface TenantOptions extends AdminOptions {
  readonly tenant: string;
}

interface CreateOptions extends TenantOptions {
  readonly scope: readonly string[];
  readonly label: readonly string[];
  readonly expires?: string;
}

export function addTokenCommands(program: Command): void {
  const token = program.command('token').description("create, list and revoke a tenant's tokens");

  const create = token
    .command('create')
    .argument('<name>', 'what the token is for; shown in lists')
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .option(
      '--scope <scope>',
      'agent (every signal), metrics:write, logs:write, traces:write, profiles:write; repeatable',
      collect,
      [],
    )
    .option('--label <name=value>', 'a label that everything pushed with it gets; repeatable', collect, [])
    .option('--expires <time>', 'when it ends, e.g. 2027-01-31 or 2027-01-31T12:00:00Z')
    .description('create a token; it is printed once and stored nowhere');
  adminAction<CreateOptions>(create, async (client, options, [name]) => {
    const scopes = options.scope.length === 0 ? ['agent'] : options.scope;
    const labels = Object.fromEntries(options.label.map(parseLabel));
    const json = { name, scopes, labels, expiresAtMs: parseExpiry(options.expires) };
    const created = await client.json<TokenJson & { token: string }>(tokensPath(options), { method: 'POST', json });
    return {
      json: created,
      text: `${created.token}\n(id ${created.id}, scopes ${scopes.join(' ')}; keep it, it is not shown again)`,
    };
  });

  const list = token.command('list').requiredOption('--tenant <name>', 'the tenant').description('list tokens');
  adminAction<TenantOptions>(list, async (client, options) => {
    const answer = await client.json<{ tokens: TokenJson[] }>(tokensPath(options));
    const rows = answer.tokens.map((found) => [
      found.id,
      found.name,
      found.scopes.join(' '),
      Object.entries(found.labels)
        .map(([label, value]) => `${label}=${value}`)
        .join(' '),
      formatTime(found.createdAtMs),
      stateOf(found, Date.now()),
    ]);
    const none = `no tokens yet; create one with: spillway token create --tenant ${options.tenant} NAME`;
    const table = formatTable(['ID', 'NAME', 'SCOPES', 'LABELS', 'CREATED', 'STATE'], rows);
    return { json: answer, text: rows.length === 0 ? none : table };
  });

  const revoke = token
    .command('revoke')
    .argument('<id>', 'the id from `token list`, or the token itself')
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .description('revoke a token; it is refused everywhere within a minute');
  adminAction<TenantOptions>(revoke, async (client, options, [given = '']) => {
    const id = /^spw_([^_]+)_/.exec(given)?.[1] ?? given;
    await client.send(`${tokensPath(options)}/${encodeURIComponent(id)}`, { method: 'DELETE' });
    return { json: { id, revoked: true }, text: `revoked ${id}; it is refused everywhere within a minute` };
  });
}

function tokensPath({ tenant }: TenantOptions): string {
  return `tenants/${encodeURIComponent(tenant)}/tokens`;
}

function parseLabel(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--label ${JSON.stringify(text)}: write NAME=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function parseExpiry(text: string | undefined): number | null {
  if (text === undefined) return null;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UsageError(`--expires ${JSON.stringify(text)}: write a date, e.g. 2027-01-31`);
  return atMs;
}

function stateOf({ revokedAtMs, expiresAtMs }: TokenJson, nowMs: number): string {
  if (revokedAtMs !== null) return `revoked ${formatTime(revokedAtMs)}`;
  if (expiresAtMs === null) return 'valid';
  return expiresAtMs <= nowMs ? `expired ${formatTime(expiresAtMs)}` : `valid until ${formatTime(expiresAtMs)}`;
}
