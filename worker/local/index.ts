/**
 * The gateway in plain workerd on one machine: the same Worker, plus an alarm that does what the cron trigger does on
 * Cloudflare. Entry point of the local bundle only.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import gateway from '../index.ts';
import { sweepOutboxes } from '../outbox/sweep.ts';
import { errorText, log } from '../telemetry/log.ts';
import { gatewayProblems } from '../telemetry/problems.ts';

export { Outbox, TenantHub } from '../index.ts';

interface LocalEnv extends Env {
  readonly LOCAL_CRON: DurableObjectNamespace<LocalCron>;
}

const SWEEP_EVERY_MS = 60_000;

export class LocalCron extends DurableObject<LocalEnv> {
  async start(): Promise<void> {
    const alarmMs = await this.ctx.storage.getAlarm();
    if (alarmMs === null || alarmMs < Date.now() - SWEEP_EVERY_MS) await this.ctx.storage.setAlarm(Date.now());
    await gatewayProblems(this.env, Date.now());
  }

  override async alarm(): Promise<void> {
    try {
      await sweepOutboxes(this.env);
    } catch (error) {
      log('warn', 'sweep_failed', { error: errorText(error) });
    }
    await gatewayProblems(this.env, Date.now());
    await this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS);
  }
}

let started = false;

export default {
  fetch(request, env, ctx) {
    if (!started) {
      started = true;
      ctx.waitUntil(env.LOCAL_CRON.get(env.LOCAL_CRON.idFromName('sweep')).start());
    }
    return gateway.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<LocalEnv>;
