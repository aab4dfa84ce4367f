/**
 * A tenant's settings are new: leases end within 5 s, so every isolate follows soon; this one follows now. They are saved
 * already, so a hub that does not answer changes nothing of the answer: it reads them within a minute by itself.
 */
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { expireLease } from '../hub/lease-cache.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { within } from '../timeout.ts';

const HUB_TIMEOUT_MS = 3_000;

export async function settingsChanged(env: Env, tenant: string): Promise<void> {
  try {
    await within(HUB_TIMEOUT_MS, tenantHub(env, tenant).settingsChanged({ v: HUB_VERSION }));
  } catch (error) {
    log('warn', 'settings_change_not_told', { tenant, error: errorText(error) });
  }
  expireLease(tenant);
}
