/** The cron sweep: visits every outbox that holds data and restarts alarms that were lost. */
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { listActiveOutboxes } from '../tenants/active-outboxes.ts';
import { outbox } from './client.ts';
import { OUTBOX_VERSION } from './messages.ts';

/** Requests that wait for their headers at the same time: the platform queues more than six. */
const CONCURRENCY = 6;

export async function sweepOutboxes(env: Env): Promise<void> {
  const active = await listActiveOutboxes(env.DB);
  const waiting = active.values();
  const visitAll = async () => {
    for (const { tenant, destination } of waiting) {
      try {
        await outbox(env, tenant, destination).watch({ v: OUTBOX_VERSION });
      } catch (error) {
        log('warn', 'outbox_sweep_failed', { tenant, destination, error: errorText(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, visitAll));
}
