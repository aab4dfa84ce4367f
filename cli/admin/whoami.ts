/** `spillway whoami`: whether the token is good, whose it is, and what it may do. */
import type { Command } from 'commander';
import { adminAction } from './run.ts';
import { formatTime } from './table.ts';

interface PrincipalJson {
  readonly kind: 'root' | 'operator' | 'tenant';
  readonly name: string;
  readonly role: 'admin' | 'viewer' | 'metrics';
  readonly tenant?: string;
  readonly expiresAtMs: number | null;
}

const RIGHTS: Readonly<Record<PrincipalJson['role'], string>> = {
  admin: 'everything',
  viewer: 'reading, without secrets',
  metrics: 'GET /admin/v1/metrics',
};

export function addWhoamiCommand(program: Command): void {
  const whoami = program.command('whoami').description('whose token this is and what it may do');
  adminAction(whoami, async (client) => {
    const principal = await client.json<PrincipalJson>('whoami');
    const { name, role, tenant, expiresAtMs } = principal;
    const where = tenant === undefined ? '' : ` of the tenant ${tenant}`;
    const until = expiresAtMs === null ? '' : `, until ${formatTime(expiresAtMs)}`;
    return { json: principal, text: `${name} (${role}): ${RIGHTS[role]}${where}${until}` };
  });
}
