/**
 * Tenants and pipelines in D1. With tokens.ts and active-outboxes.ts beside it the only code that touches the database.
 * Every value is bound, never spliced into SQL.
 */
import type { PipelineText, Tenant, TenantLimits } from './tenant.ts';

interface TenantRow {
  name: string;
  limits: string;
  created_at_ms: number;
}

interface PipelineRow {
  version: number;
  text: string;
  created_at_ms: number;
}

/** False where a tenant of this name exists. */
export async function insertTenant(db: D1Database, tenant: Tenant): Promise<boolean> {
  const result = await db
    .prepare('INSERT INTO tenants (name, limits, created_at_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING')
    .bind(tenant.name, JSON.stringify(tenant.limits), tenant.createdAtMs)
    .run();
  return result.meta.changes > 0;
}

export async function listTenants(db: D1Database): Promise<Tenant[]> {
  const { results } = await db
    .prepare('SELECT name, limits, created_at_ms FROM tenants ORDER BY name')
    .all<TenantRow>();
  return results.map(tenantFromRow);
}

export async function findTenant(db: D1Database, name: string): Promise<Tenant | undefined> {
  const row = await db
    .prepare('SELECT name, limits, created_at_ms FROM tenants WHERE name = ?')
    .bind(name)
    .first<TenantRow>();
  return row === null ? undefined : tenantFromRow(row);
}

export async function updateLimits(db: D1Database, name: string, limits: TenantLimits): Promise<boolean> {
  const result = await db
    .prepare('UPDATE tenants SET limits = ? WHERE name = ?')
    .bind(JSON.stringify(limits), name)
    .run();
  return result.meta.changes > 0;
}

/** Versions only grow; the one statement makes two concurrent writers get two versions. */
export async function appendPipeline(
  db: D1Database,
  tenant: string,
  text: string,
  createdAtMs: number,
): Promise<number> {
  const row = await db
    .prepare(
      `INSERT INTO pipelines (tenant, version, text, created_at_ms)
       SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3 FROM pipelines WHERE tenant = ?1
       RETURNING version`,
    )
    .bind(tenant, text, createdAtMs)
    .first<{ version: number }>();
  if (row === null) throw new Error('the database returned no pipeline version');
  return row.version;
}

export async function latestPipeline(db: D1Database, tenant: string): Promise<PipelineText | undefined> {
  const row = await db
    .prepare('SELECT version, text, created_at_ms FROM pipelines WHERE tenant = ? ORDER BY version DESC LIMIT 1')
    .bind(tenant)
    .first<PipelineRow>();
  return row === null ? undefined : pipelineFromRow(row);
}

export async function findPipeline(db: D1Database, tenant: string, version: number): Promise<PipelineText | undefined> {
  const row = await db
    .prepare('SELECT version, text, created_at_ms FROM pipelines WHERE tenant = ? AND version = ?')
    .bind(tenant, version)
    .first<PipelineRow>();
  return row === null ? undefined : pipelineFromRow(row);
}

/** What a tenant's hub needs to grant leases: the newest version (0: none) and the limits. */
export async function tenantSettings(
  db: D1Database,
  tenant: string,
): Promise<{ pipelineVersion: number; limits: TenantLimits } | undefined> {
  const row = await db
    .prepare(
      `SELECT limits, (SELECT coalesce(max(version), 0) FROM pipelines WHERE tenant = ?1) AS version
       FROM tenants WHERE name = ?1`,
    )
    .bind(tenant)
    .first<{ limits: string; version: number }>();
  return row === null ? undefined : { pipelineVersion: row.version, limits: JSON.parse(row.limits) };
}

/** Cheapest proof that the database answers and the migrations have run. */
export async function probeDatabase(db: D1Database): Promise<void> {
  await db.prepare('SELECT version FROM pipelines LIMIT 1').first();
}

function tenantFromRow(row: TenantRow): Tenant {
  return { name: row.name, limits: JSON.parse(row.limits), createdAtMs: row.created_at_ms };
}

function pipelineFromRow(row: PipelineRow): PipelineText {
  return { version: row.version, text: row.text, createdAtMs: row.created_at_ms };
}
