/** `spillway token create|list|set|rotate|revoke`: docs/tokens.md. */
import type { Command } from 'commander';
import { parseTokenLimits } from '../../core/limits/rates.ts';
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import { repeatable, tokenId } from './arguments.ts';
import type { AdminClient } from './client.ts';
import { UsageError } from './connection.ts';
import { EXPIRY_HELP, parseDuration, parseExpiry, stateOf } from './expiry.ts';
import { parseAssignment, withAssignment } from './limits.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatAge, formatTable, formatTime } from './table.ts';

interface TokenJson {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: LimitOverrides;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

interface ListedJson extends TokenJson {
  readonly replacedBy: string | null;
  readonly lastUsedAtMs: number | null;
}

type MadeJson = TokenJson & { readonly token: string };

interface TenantOptions extends AdminOptions {
  readonly tenant: string;
}

interface CreateOptions extends TenantOptions {
  readonly scope: readonly string[];
  readonly label: readonly string[];
  readonly limit: readonly string[];
  readonly expires?: string;
  readonly quiet?: boolean;
}

interface SetOptions extends TenantOptions {
  readonly name?: string;
  readonly expires?: string;
  readonly limit: readonly string[];
}

interface RotateOptions extends TenantOptions {
  readonly grace: string;
  readonly quiet?: boolean;
}

const ID_HELP = 'the id from `token list`, or the token itself';
const QUIET_HELP = 'print the token and nothing else, for scripts';
const LIMIT_HELP = 'a rate of its own, e.g. metrics.ingestion_rate=1000, on top of those of the tenant';

export function addTokenCommands(program: Command): void {
  const token = program
    .command('token')
    .description("create, list, change, rotate and revoke a tenant's tokens (docs/tokens.md)");
  addCreate(token);
  addList(token);
  addSet(token);
  addRotate(token);
  addRevoke(token);
}

function addCreate(token: Command): void {
  const create = token
    .command('create')
    .argument('<name>', 'what the token is for; shown in lists')
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .addOption(
      repeatable(
        '--scope <scope>',
        'agent (every signal), metrics:write, logs:write, traces:write, profiles:write; admin and read administer the tenant',
        'agent',
      ),
    )
    .addOption(repeatable('--label <name=value>', 'a label that everything pushed with it gets'))
    .addOption(repeatable('--limit <name=value>', LIMIT_HELP))
    .option('--expires <time>', EXPIRY_HELP)
    .option('-q, --quiet', QUIET_HELP)
    .description('create a token; it is printed once and stored nowhere');
  adminAction<CreateOptions>(create, async (client, options, [name]) => {
    const scopes = options.scope.length === 0 ? ['agent'] : options.scope;
    const labels = Object.fromEntries(options.label.map(parseLabel));
    const limits = withLimits({}, options.limit);
    const json = { name, scopes, labels, limits, expiresAtMs: parseExpiry(options.expires) };
    const made = await client.json<MadeJson>(tokensPath(options), { method: 'POST', json });
    if (options.quiet === true) return { json: made, text: made.token };
    const about = `(id ${made.id}, scopes ${scopes.join(' ')}${endOf(made)}; keep it, it is not shown again)`;
    return { json: made, text: [made.token, about, '', ...nextSteps(client, options, made)].join('\n') };
  });
}

function addList(token: Command): void {
  const list = token.command('list').requiredOption('--tenant <name>', 'the tenant').description('list tokens');
  adminAction<TenantOptions>(list, async (client, options) => {
    const answer = await client.json<{ tokens: ListedJson[] }>(tokensPath(options));
    const nowMs = Date.now();
    const rows = answer.tokens.map((found) => [
      found.id,
      found.name,
      found.scopes.join(' '),
      assignments(found.labels),
      limitsText(found.limits),
      formatTime(found.createdAtMs),
      found.lastUsedAtMs === null ? 'never' : `${formatAge(found.lastUsedAtMs, nowMs)} ago`,
      stateOf(found, nowMs) + (found.replacedBy === null ? '' : `, replaced by ${found.replacedBy}`),
    ]);
    const none = `no tokens yet; create one with: spillway token create --tenant ${options.tenant} NAME`;
    const table = formatTable(['ID', 'NAME', 'SCOPES', 'LABELS', 'LIMITS', 'CREATED', 'LAST USED', 'STATE'], rows);
    return { json: answer, text: rows.length === 0 ? none : table };
  });
}

function addSet(token: Command): void {
  const set = token
    .command('set')
    .argument('<id>', ID_HELP)
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .option('--name <name>', 'another name')
    .option('--expires <time>', EXPIRY_HELP)
    .addOption(repeatable('--limit <name=value>', `${LIMIT_HELP}; NAME=default takes one away`, 'unchanged'))
    .description('change name, expiry or limits of a token; everywhere in force within a minute');
  adminAction<SetOptions>(set, async (client, options, [given = '']) => {
    const { name, expires, limit } = options;
    if (name === undefined && expires === undefined && limit.length === 0) {
      throw new UsageError('nothing to set; give --name, --expires or --limit');
    }
    const id = tokenId(given);
    const json = {
      ...(name !== undefined && { name }),
      ...(expires !== undefined && { expiresAtMs: parseExpiry(expires) }),
      ...(limit.length > 0 && { limits: withLimits(await limitsOf(client, options, id), limit) }),
    };
    const changed = await client.json<TokenJson>(tokenPath(options, id), { method: 'PUT', json });
    const limits = limitsText(changed.limits);
    const text = `${id} (${changed.name}): ${stateOf(changed, Date.now())}, limits: ${limits === '' ? "the tenant's only" : limits}`;
    return { json: changed, text };
  });
}

function addRotate(token: Command): void {
  const rotate = token
    .command('rotate')
    .argument('<id>', ID_HELP)
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .option('--grace <time>', 'for how long the old one works beside the new one: 30m, 24h, 7d, 0', '24h')
    .option('-q, --quiet', QUIET_HELP)
    .description('make a token in the place of another one; both work until the grace period is over');
  adminAction<RotateOptions>(rotate, async (client, options, [given = '']) => {
    const id = tokenId(given);
    const json = { graceMs: parseDuration(options.grace, '--grace') };
    const path = `${tokenPath(options, id)}/rotate`;
    const made = await client.json<MadeJson & { endsAtMs: number }>(path, { method: 'POST', json });
    if (options.quiet === true) return { json: made, text: made.token };
    const ends = `the old one, ${id}, works until ${formatTime(made.endsAtMs)}`;
    const text = [
      made.token,
      `(id ${made.id}, in place of ${id}${endOf(made)}; keep it, it is not shown again)`,
      '',
      `next: give it to every sender; ${ends}`,
      `      spillway token list --tenant ${options.tenant}   shows in LAST USED whether somebody still uses the old one`,
      `      spillway token set ${id} --tenant ${options.tenant} --expires 7d   gives it more time`,
    ];
    return { json: made, text: text.join('\n') };
  });
}

function addRevoke(token: Command): void {
  const revoke = token
    .command('revoke')
    .argument('<id>', ID_HELP)
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .description('revoke a token; it is refused everywhere within a minute');
  adminAction<TenantOptions>(revoke, async (client, options, [given = '']) => {
    const id = tokenId(given);
    await client.send(tokenPath(options, id), { method: 'DELETE' });
    return { json: { id, revoked: true }, text: `revoked ${id}; it is refused everywhere within a minute` };
  });
}

function endOf({ expiresAtMs }: TokenJson): string {
  return expiresAtMs === null ? '' : `, ends ${formatTime(expiresAtMs)}`;
}

/** What to do with a token, by what it may. */
function nextSteps(client: AdminClient, { tenant }: TenantOptions, { scopes, token }: MadeJson): string[] {
  const { gateway } = client;
  const pushes = scopes.find((scope) => scope.endsWith(':write'));
  return [
    ...(scopes.includes('agent') ? [`next: curl -fsSL ${gateway}/install.sh | sudo sh -s -- --token ${token}`] : []),
    ...(pushes === undefined
      ? []
      : [`next: send to ${gateway} with the header "Authorization: Bearer ${token}", or as the password of any user`]),
    ...(scopes.includes('admin') || scopes.includes('read')
      ? [`next: SPILLWAY_GATEWAY=${gateway} SPILLWAY_ADMIN_TOKEN=${token} spillway token list --tenant ${tenant}`]
      : []),
  ];
}

async function limitsOf(client: AdminClient, options: TenantOptions, id: string): Promise<LimitOverrides> {
  const { tokens } = await client.json<{ tokens: ListedJson[] }>(tokensPath(options));
  return tokens.find((found) => found.id === id)?.limits ?? {};
}

function withLimits(before: LimitOverrides, texts: readonly string[]): LimitOverrides {
  const wanted = texts.map(parseAssignment).reduce<unknown>(withAssignment, before);
  const { limits, problems } = parseTokenLimits(wanted);
  if (problems.length > 0)
    throw new UsageError(problems.map(({ path, message }) => `--limit: ${path} ${message}`).join('\n'));
  return limits;
}

function limitsText(limits: LimitOverrides): string {
  return Object.entries(limits)
    .map(([group, values]) =>
      Object.entries(values ?? {})
        .map(([name, value]) => `${group}.${name}=${value}`)
        .join(' '),
    )
    .join(' ');
}

function assignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function tokensPath({ tenant }: TenantOptions): string {
  return `tenants/${encodeURIComponent(tenant)}/tokens`;
}

function tokenPath(options: TenantOptions, id: string): string {
  return `${tokensPath(options)}/${encodeURIComponent(id)}`;
}

function parseLabel(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--label ${JSON.stringify(text)}: write NAME=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
