/** Limits of tenants in D1: every version is kept, the newest is the current one. */
import { type LimitOverrides, parseLimits } from '../../core/limits/tenant-limits.ts';

export interface StoredLimits {
  /** 0: never set. */
  readonly version: number;
  readonly limits: LimitOverrides;
}

export async function latestLimits(db: D1Database, tenant: string): Promise<StoredLimits> {
  const row = await db
    .prepare('SELECT version, limits FROM tenant_limits WHERE tenant = ? ORDER BY version DESC LIMIT 1')
    .bind(tenant)
    .first<{ version: number; limits: string }>();
  return row === null ? { version: 0, limits: {} } : { version: row.version, limits: parseStoredLimits(row.limits) };
}

/**
 * Versions only grow; the one statement makes two concurrent writers get two versions. Undefined: `expectedVersion` is
 * not the newest, and nothing was changed.
 */
export async function appendLimits(
  db: D1Database,
  tenant: string,
  limits: LimitOverrides,
  createdAtMs: number,
  expectedVersion?: number,
): Promise<number | undefined> {
  const row = await db
    .prepare(
      `INSERT INTO tenant_limits (tenant, version, limits, created_at_ms)
       SELECT ?1, newest + 1, ?2, ?3
       FROM (SELECT coalesce(max(version), 0) AS newest FROM tenant_limits WHERE tenant = ?1)
       WHERE ?4 IS NULL OR newest = ?4
       RETURNING version`,
    )
    .bind(tenant, JSON.stringify(limits), createdAtMs, expectedVersion ?? null)
    .first<{ version: number }>();
  return row?.version;
}

/** What another version of the gateway stored and this one does not know is left out; the rest holds. */
export function parseStoredLimits(text: string | null): LimitOverrides {
  return text === null ? {} : parseLimits(JSON.parse(text)).limits;
}
