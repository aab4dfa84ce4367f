/** Tells counters and hub what one slice of draining did. Losing it costs numbers on the console, never data. */
import type { DrainState } from '../../core/delivery/drain.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { type ErrorReport, HUB_VERSION } from '../hub/messages.ts';
import { countItems } from '../telemetry/counters.ts';
import { errorText, log } from '../telemetry/log.ts';
import type { Address } from './settings.ts';
import type { Tally } from './tallied-queue.ts';

export async function reportProgress(
  env: Env,
  { tenant, destination, signal }: Address,
  { delivered, rejected, dropped, errors }: Tally,
  drain: DrainState,
): Promise<void> {
  countItems('spillway_delivered_items_total', delivered, signal);
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
  if (delivered === 0 && all.length === 0) return;
  const counts = { accepted: 0, rejected, dropped, delivered, queued: 0, perSecond: {} };
  const report = {
    v: HUB_VERSION,
    tenant,
    signals: { [signal]: counts },
    agents: [],
    errors: all,
    completedBatches: [],
  };
  try {
    await tenantHub(env, tenant).report(report);
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
