/** The Worker's entry: handlers and Durable Object classes, nothing else. */
import { handle } from './app.ts';
import type { Env } from './env.ts';
import { sweepOutboxes } from './outbox/sweep.ts';
import { gatewayProblems } from './telemetry/problems.ts';

export { TenantHub } from './hub/tenant-hub.ts';
export { Outbox } from './outbox/outbox.ts';

export default {
  fetch: handle,
  async scheduled({ scheduledTime }: ScheduledController, env: Env, ctx: ExecutionContext): Promise<void> {
    // The cron comes every minute, each time in an isolate that may know nothing.
    if (new Date(scheduledTime).getUTCMinutes() % PROBLEMS_EVERY_MINUTES === 0) {
      ctx.waitUntil(gatewayProblems(env, Date.now()));
    }
    await sweepOutboxes(env);
  },
};

const PROBLEMS_EVERY_MINUTES = 10;
