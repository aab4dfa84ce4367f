/**
 * Tenants and pipelines in D1. With limits.ts, tokens.ts and active-outboxes.ts beside it the only code that touches the
 * database. Every value is bound, never spliced into SQL.
 */
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import { parseStoredLimits } from './limits.ts';
import type { PipelineText, Tenant } from './tenant.ts';

interface TenantRow {
  name: string;
  limits: string | null;
  created_at_ms: number;
}

interface PipelineRow {
  version: number;
  text: string;
  created_at_ms: number;
}

const TENANT = `SELECT name, created_at_ms,
  (SELECT limits FROM tenant_limits WHERE tenant = name ORDER BY version DESC LIMIT 1) AS limits FROM tenants`;

/** False where a tenant of this name exists. Its limits are a row of their own (limits.ts). */
export async function insertTenant(db: D1Database, tenant: Omit<Tenant, 'limits'>): Promise<boolean> {
  const result = await db
    .prepare('INSERT INTO tenants (name, created_at_ms) VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
    .bind(tenant.name, tenant.createdAtMs)
    .run();
  return result.meta.changes > 0;
}

export async function listTenants(db: D1Database): Promise<Tenant[]> {
  const { results } = await db.prepare(`${TENANT} ORDER BY name`).all<TenantRow>();
  return results.map(tenantFromRow);
}

export async function findTenant(db: D1Database, name: string): Promise<Tenant | undefined> {
  const row = await db.prepare(`${TENANT} WHERE name = ?`).bind(name).first<TenantRow>();
  return row === null ? undefined : tenantFromRow(row);
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

export interface TenantSettings {
  /** 0: none. */
  readonly pipelineVersion: number;
  /** 0: the defaults. */
  readonly limitsVersion: number;
  readonly limits: LimitOverrides;
}

/** What a tenant's hub needs to grant leases: the newest versions of pipeline and limits. */
export async function tenantSettings(db: D1Database, tenant: string): Promise<TenantSettings | undefined> {
  const row = await db
    .prepare(
      `SELECT (SELECT coalesce(max(version), 0) FROM pipelines WHERE tenant = ?1) AS pipeline_version,
         coalesce(l.version, 0) AS limits_version, l.limits AS limits
       FROM tenants LEFT JOIN tenant_limits l ON l.tenant = name
       WHERE name = ?1 ORDER BY l.version DESC LIMIT 1`,
    )
    .bind(tenant)
    .first<{ pipeline_version: number; limits_version: number; limits: string | null }>();
  if (row === null) return undefined;
  const { pipeline_version: pipelineVersion, limits_version: limitsVersion } = row;
  return { pipelineVersion, limitsVersion, limits: parseStoredLimits(row.limits) };
}

/** Cheapest proof that the database answers and the migrations have run. */
export async function probeDatabase(db: D1Database): Promise<void> {
  await db.prepare('SELECT version FROM pipelines LIMIT 1').first();
}

function tenantFromRow(row: TenantRow): Tenant {
  return { name: row.name, limits: parseStoredLimits(row.limits), createdAtMs: row.created_at_ms };
}

function pipelineFromRow(row: PipelineRow): PipelineText {
  return { version: row.version, text: row.text, createdAtMs: row.created_at_ms };
}
