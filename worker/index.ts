/** The Worker's entry: handlers and Durable Object classes, nothing else. */
import { app } from './app.ts';
import type { Env } from './env.ts';
import { sweepOutboxes } from './outbox/sweep.ts';

export { TenantHub } from './hub/tenant-hub.ts';
export { Outbox } from './outbox/outbox.ts';

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) => app.fetch(request, env, ctx),
  scheduled: (_controller: ScheduledController, env: Env, _ctx: ExecutionContext) => sweepOutboxes(env),
};
