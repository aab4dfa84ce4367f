/** All that the console's first page shows, in one answer. */
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { type AgentSummary, type ErrorReport, HUB_VERSION, type HubOverview } from '../hub/messages.ts';
import type { OutboxStatus } from '../outbox/messages.ts';
import { listTenants } from '../tenants/repository.ts';
import { outboxesOf } from './outboxes.ts';

/** Bounds the object calls of one page. */
const MAX_TENANTS = 50;

export interface TenantOverview {
  readonly name: string;
  readonly signals: HubOverview['signals'];
  readonly agents: readonly AgentSummary[];
  readonly outboxes: readonly OutboxStatus[];
  readonly errors: readonly ErrorReport[];
  readonly refusals: HubOverview['refusals'];
  readonly active: HubOverview['active'];
  readonly elections: HubOverview['elections'];
}

export interface Overview {
  readonly nowMs: number;
  /** Tenants in all; the list holds the first of them. */
  readonly tenantCount: number;
  readonly tenants: readonly TenantOverview[];
}

export async function overview(env: Env): Promise<Overview> {
  const tenants = await listTenants(env.DB);
  const shown = await Promise.all(tenants.slice(0, MAX_TENANTS).map(({ name }) => tenantOverview(env, name)));
  return { nowMs: Date.now(), tenantCount: tenants.length, tenants: shown };
}

async function tenantOverview(env: Env, name: string): Promise<TenantOverview> {
  const { v: _, outboxes, ...known } = await tenantHub(env, name).overview({ v: HUB_VERSION });
  return { name, ...known, outboxes: await outboxesOf(env, name, outboxes) };
}
