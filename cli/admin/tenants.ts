/** `spillway tenant create|list` */
import type { Command } from 'commander';
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import { adminAction } from './run.ts';
import { formatTable, formatTime } from './table.ts';

interface TenantJson {
  readonly name: string;
  readonly limits: LimitOverrides;
  readonly createdAtMs: number;
}

export function addTenantCommands(program: Command): void {
  const tenant = program.command('tenant').description('create and list tenants');

  const create = tenant
    .command('create')
    .argument('<name>', 'a-z, 0-9 and "-"; it never changes')
    .description('create a tenant');
  adminAction(create, async (client, _options, [name]) => {
    const created = await client.json<TenantJson>('tenants', { method: 'POST', json: { name } });
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

function limitsText(limits: LimitOverrides): string {
  const texts = Object.entries(limits).flatMap(([group, values]) =>
    Object.entries(values).map(([name, value]) => `${group}.${name}=${value}`),
  );
  return texts.length === 0 ? 'defaults' : texts.join(' ');
}
