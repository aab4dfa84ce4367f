/** A pipeline or a secret is new: who must hear of it, and what is tried again at once. */
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION } from '../outbox/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { GATEWAY } from '../tenants/pipelines.ts';
import { tenantsOnDefault } from '../tenants/repository.ts';
import { settingsChanged } from './settings-changed.ts';

/** So many tenants hear of a new default pipeline at once; the hubs of the others look within a minute. */
const MAX_TENANTS_TOLD = 100;

/** What goes on behind the answer. */
interface Background {
  waitUntil(work: Promise<unknown>): void;
}

/** `owner`: a tenant, which follows within 5 s; or the gateway, whose tenants follow within 60 s. */
export async function pipelineChanged(env: Env, ctx: Background, owner: string): Promise<void> {
  if (owner === GATEWAY) {
    ctx.waitUntil(tellTenants(env));
    return;
  }
  await settingsChanged(env, owner);
  ctx.waitUntil(resumeOutboxes(env, owner));
}

async function tellTenants(env: Env): Promise<void> {
  try {
    for (const tenant of await tenantsOnDefault(env.DB, MAX_TENANTS_TOLD)) {
      await settingsChanged(env, tenant);
      await resumeOutboxes(env, tenant);
    }
  } catch (error) {
    log('warn', 'default_pipeline_not_told', { error: errorText(error) });
  }
}

/** New credentials or a new address: what is paused or waits is tried at once. */
async function resumeOutboxes(env: Env, tenant: string): Promise<void> {
  try {
    const { outboxes } = await tenantHub(env, tenant).overview({ v: HUB_VERSION });
    const active = outboxes.filter((found) => found.active);
    await Promise.all(active.map(({ destination }) => outbox(env, tenant, destination).resume({ v: OUTBOX_VERSION })));
  } catch (error) {
    log('warn', 'outbox_resume_failed', { tenant, error: errorText(error) });
  }
}
