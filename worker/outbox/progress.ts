/** Tells counters and hub what one slice of draining did. Losing it costs numbers on the console, never data. */
import type { DrainState } from '../../core/delivery/drain.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { type ErrorReport, HUB_VERSION } from '../hub/messages.ts';
import { countItems } from '../telemetry/counters.ts';
import { errorText, log } from '../telemetry/log.ts';
import { within } from '../timeout.ts';
import type { Address } from './settings.ts';
import type { Tally } from './tallied-queue.ts';

/** A hub that does not answer must not keep a drain waiting. */
const HUB_TIMEOUT_MS = 5_000;

export async function reportProgress(
  env: Env,
  { tenant, destination, signal }: Address,
  { delivered, rejected, dropped, errors, replayed = 0 }: Tally,
  drain: DrainState,
): Promise<void> {
  countItems('spillway_delivered_items_total', delivered, signal);
  countItems('spillway_queued_items_total', replayed, signal);
  for (const [reason, items] of Object.entries(rejected)) {
    countItems('spillway_rejected_items_total', items, signal, reason);
  }
  for (const [reason, items] of Object.entries(dropped)) {
    countItems('spillway_dropped_items_total', items, signal, reason);
  }
  const all = [...errors, ...failureOf(drain)].map((error) => ({
    ...error,
    message: `${destination}: ${error.message}`,
  }));
  // A purge has no error to tell, and its items count all the same.
  if (delivered + replayed + all.length + Object.keys(dropped).length === 0) return;
  // A dead letter was booked as rejected; tried again it is booked as if it came again.
  const counts = { accepted: replayed, rejected, dropped, delivered, queued: replayed, perSecond: {} };
  const report = {
    v: HUB_VERSION,
    tenant,
    signals: { [signal]: counts },
    agents: [],
    errors: all,
    completedBatches: [],
  };
  try {
    await within(HUB_TIMEOUT_MS, tenantHub(env, tenant).report(report));
  } catch (error) {
    log('warn', 'outbox_report_failed', { tenant, destination, error: errorText(error) });
  }
}

/** The failure on which the slice ended, if it did. */
function failureOf({ attempts, lastError }: DrainState): ErrorReport[] {
  if (attempts === 0 || lastError === undefined) return [];
  const { atMs, reason, detail } = lastError;
  return [{ atMs, reason, message: detail, count: 1 }];
}
