/** Sends a copy of a push to the tenant's hub while a dry run waits for some. Never keeps the push waiting. */
import { tenantHub } from '../hub/client.ts';
import type { WantedSamples } from '../hub/lease-cache.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import type { PushContext } from '../ingest/context.ts';
import type { Decoded } from '../ingest/protocol.ts';
import { errorText, log } from '../telemetry/log.ts';
import { liveSample } from './live-sample.ts';

/** At once, because the memory of the push is used again behind it. */
export function offerSample({ env, ctx, tenant, token }: PushContext, wanted: WantedSamples, decoded: Decoded): void {
  if (wanted.left <= 0 || Date.now() >= wanted.untilMs) return;
  wanted.left--;
  try {
    const sample = liveSample(decoded, token.labels);
    if (sample !== undefined)
      ctx.waitUntil(send(tenantHub(env, tenant).offerSample({ v: HUB_VERSION, sample }), tenant));
  } catch {
    // Not well-formed: the push itself is refused for it.
  }
}

async function send(offered: Promise<void>, tenant: string): Promise<void> {
  try {
    await offered;
  } catch (error) {
    log('warn', 'dry_run_sample_lost', { tenant, error: errorText(error) });
  }
}
