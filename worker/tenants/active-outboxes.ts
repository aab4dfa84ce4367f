/** The list of outboxes that hold data, in D1, for the cron sweep. A hint, not the truth: that is in each outbox. */
export interface ActiveOutbox {
  readonly tenant: string;
  readonly destination: string;
}

/** Bounds one sweep's Durable Object calls; the longest waiting come first. */
const SWEEP_LIMIT = 500;

export async function markOutboxActive(db: D1Database, outbox: ActiveOutbox, sinceMs: number): Promise<void> {
  await db
    .prepare('INSERT INTO active_outboxes (tenant, destination, since_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .bind(outbox.tenant, outbox.destination, sinceMs)
    .run();
}

export async function markOutboxIdle(db: D1Database, outbox: ActiveOutbox): Promise<void> {
  await db
    .prepare('DELETE FROM active_outboxes WHERE tenant = ? AND destination = ?')
    .bind(outbox.tenant, outbox.destination)
    .run();
}

export async function listActiveOutboxes(db: D1Database): Promise<ActiveOutbox[]> {
  const { results } = await db
    .prepare('SELECT tenant, destination FROM active_outboxes ORDER BY since_ms LIMIT ?')
    .bind(SWEEP_LIMIT)
    .all<{ tenant: string; destination: string }>();
  return results;
}
