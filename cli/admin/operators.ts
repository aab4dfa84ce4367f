/** `spillway operator create|list|revoke`: who administers the gateway beside the holder of the admin token. */
import { type Command, Option } from 'commander';
import { tokenId } from './arguments.ts';
import { EXPIRY_HELP, parseExpiry, stateOf } from './expiry.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatTable, formatTime } from './table.ts';

interface OperatorJson {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

interface CreateOptions extends AdminOptions {
  readonly role: string;
  readonly expires?: string;
}

export function addOperatorCommands(program: Command): void {
  const operator = program.command('operator').description('people and programs that administer the gateway');
  addCreate(operator);
  addList(operator);
  addRevoke(operator);
}

function addCreate(operator: Command): void {
  const create = operator
    .command('create')
    .argument('<name>', 'who it is; shown in the audit log')
    .addOption(
      new Option('--role <role>', 'admin: everything; viewer: reads, no secrets; metrics: GET /admin/v1/metrics')
        .choices(['admin', 'viewer', 'metrics'])
        .makeOptionMandatory(),
    )
    .option('--expires <time>', EXPIRY_HELP)
    .description('create an operator; the token is printed once and stored nowhere');
  adminAction<CreateOptions>(create, async (client, { role, expires }, [name]) => {
    const json = { name, role, expiresAtMs: parseExpiry(expires) };
    const created = await client.json<OperatorJson & { token: string }>('operators', { method: 'POST', json });
    const text = `${created.token}\n(id ${created.id}, role ${created.role}; keep it, it is not shown again)`;
    return { json: created, text };
  });
}

function addList(operator: Command): void {
  adminAction(operator.command('list').description('list operators'), async (client) => {
    const answer = await client.json<{ operators: OperatorJson[] }>('operators');
    const rows = answer.operators.map((found) => [
      found.id,
      found.name,
      found.role,
      formatTime(found.createdAtMs),
      stateOf(found, Date.now()),
    ]);
    const none = 'no operators yet; create one with: spillway operator create --role viewer NAME';
    const text = rows.length === 0 ? none : formatTable(['ID', 'NAME', 'ROLE', 'CREATED', 'STATE'], rows);
    return { json: answer, text };
  });
}

function addRevoke(operator: Command): void {
  const revoke = operator
    .command('revoke')
    .argument('<id>', 'the id from `operator list`, or the token itself')
    .description('revoke an operator; its token is refused everywhere within a minute');
  adminAction(revoke, async (client, _options, [given = '']) => {
    const id = tokenId(given);
    await client.send(`operators/${encodeURIComponent(id)}`, { method: 'DELETE' });
    return { json: { id, revoked: true }, text: `revoked ${id}; it is refused everywhere within a minute` };
  });
}
