/** `spillway tenant create|list` */
import type { Command } from 'commander';
import { UsageError } from './connection.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatTable, formatTime } from './table.ts';

interface TenantJson {
  readonly name: string;
  readonly limits: Readonly<Record<string, { readonly itemsPerSecond: number; readonly burstItems: number }>>;
  readonly createdAtMs: number;
}

interface CreateOptions extends AdminOptions {
  readonly limit: readonly string[];
}

const LIMIT = /^(metrics|logs|traces|profiles)=(\d+)(?:\/(\d+))?$/;

export function addTenantCommands(program: Command): void {
  const tenant = program.command('tenant').description('create and list tenants');

  const create = tenant
    .command('create')
    .argument('<name>', 'a-z, 0-9 and "-"; it never changes')
    .option(
      '--limit <signal=rate/burst>',
      'items per second and burst, e.g. metrics=10000/200000; repeatable',
      collect,
      [],
    )
    .description('create a tenant');
  adminAction<CreateOptions>(create, async (client, { limit }, [name]) => {
    const json = { name, limits: Object.fromEntries(limit.map(parseLimit)) };
    const created = await client.json<TenantJson>('tenants', { method: 'POST', json });
    const next = `next: spillway token create --tenant ${created.name} --scope agent NAME, and spillway pipeline set --tenant ${created.name} FILE`;
    return { json: created, text: `created tenant ${created.name}\n${next}` };
  });

  adminAction(tenant.command('list').description('list tenants'), async (client) => {
    const answer = await client.json<{ tenants: TenantJson[] }>('tenants');
    const rows = answer.tenants.map(({ name, limits, createdAtMs }) => [
      name,
      limitsText(limits),
      formatTime(createdAtMs),
    ]);
    const table = formatTable(['TENANT', 'LIMITS', 'CREATED'], rows);
    return {
      json: answer,
      text: rows.length === 0 ? 'no tenants yet; create one with: spillway tenant create NAME' : table,
    };
  });
}

function parseLimit(text: string): [string, { itemsPerSecond: number; burstItems: number }] {
  const match = LIMIT.exec(text);
  if (match === null)
    throw new UsageError(`--limit ${JSON.stringify(text)}: write SIGNAL=RATE or SIGNAL=RATE/BURST, e.g. logs=500/5000`);
  const itemsPerSecond = Number(match[2]);
  return [match[1] as string, { itemsPerSecond, burstItems: Number(match[3] ?? itemsPerSecond) }];
}

function limitsText(limits: TenantJson['limits']): string {
  const texts = Object.entries(limits).map(
    ([signal, limit]) => `${signal}=${limit.itemsPerSecond}/${limit.burstItems}`,
  );
  return texts.length === 0 ? 'none' : texts.join(' ');
}

export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
