/** The Worker's entry: handlers and Durable Object classes, nothing else. */
import { handle } from './app.ts';
import type { Env } from './env.ts';
import { sweepOutboxes } from './outbox/sweep.ts';

export { TenantHub } from './hub/tenant-hub.ts';
export { Outbox } from './outbox/outbox.ts';

export default {
  fetch: handle,
  scheduled: (_controller: ScheduledController, env: Env, _ctx: ExecutionContext) => sweepOutboxes(env),
};
