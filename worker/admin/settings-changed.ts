/** A tenant's settings are new: leases end within 5 s, so every isolate follows soon; this one follows now. */
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { expireLease } from '../hub/lease-cache.ts';
import { HUB_VERSION } from '../hub/messages.ts';

export async function settingsChanged(env: Env, tenant: string): Promise<void> {
  await tenantHub(env, tenant).settingsChanged({ v: HUB_VERSION });
  expireLease(tenant);
}
