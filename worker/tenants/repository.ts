/**
 * Tenants in D1, and what their hubs need to know of them. With the files beside it the only code that touches the
 * database. Every value is bound, never spliced into SQL.
 */
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import { parseStoredLimits } from './limits.ts';
import type { PipelineInForce, Tenant } from './tenant.ts';

interface TenantRow {
  name: string;
  limits: string | null;
  created_at_ms: number;
}

const TENANT = `SELECT name, created_at_ms,
  (SELECT limits FROM tenant_limits WHERE tenant = name ORDER BY version DESC LIMIT 1) AS limits FROM tenants`;

/** False where a tenant of this name exists. With its limits or not at all: their first version is a row (limits.ts). */
export async function insertTenant(db: D1Database, { name, limits, createdAtMs }: Tenant): Promise<boolean> {
  const tenant = db.prepare('INSERT INTO tenants (name, created_at_ms) VALUES (?, ?)').bind(name, createdAtMs);
  const first = db
    .prepare('INSERT INTO tenant_limits (tenant, version, limits, created_at_ms) VALUES (?, 1, ?, ?)')
    .bind(name, JSON.stringify(limits), createdAtMs);
  try {
    await db.batch(Object.keys(limits).length > 0 ? [tenant, first] : [tenant]);
    return true;
  } catch (error) {
    if ((await findTenant(db, name)) !== undefined) return false;
    throw error;
  }
}

export async function listTenants(db: D1Database): Promise<Tenant[]> {
  const { results } = await db.prepare(`${TENANT} ORDER BY name`).all<TenantRow>();
  return results.map(tenantFromRow);
}

export async function findTenant(db: D1Database, name: string): Promise<Tenant | undefined> {
  const row = await db.prepare(`${TENANT} WHERE name = ?`).bind(name).first<TenantRow>();
  return row === null ? undefined : tenantFromRow(row);
}

export interface TenantSettings {
  /** Of the tenant's own; 0: it has none. */
  readonly pipelineVersion: number;
  /** Of the default pipeline, where the tenant has none of its own; else 0. */
  readonly defaultPipelineVersion: number;
  /** Of the secrets that the one in force reads. */
  readonly secretsVersion: number;
  /** 0: the defaults. */
  readonly limitsVersion: number;
  readonly limits: LimitOverrides;
}

interface SettingsRow {
  own_version: number;
  default_version: number;
  own_secrets: number;
  gateway_secrets: number;
  limits_version: number;
  limits: string | null;
}

/** The newest versions of what a tenant's hub needs to grant leases. A pipeline without text was taken away. */
export async function tenantSettings(db: D1Database, tenant: string): Promise<TenantSettings | undefined> {
  const row = await db
    .prepare(
      `SELECT
         (SELECT iif(text = '', 0, version) FROM pipelines WHERE tenant = ?1 ORDER BY version DESC LIMIT 1) AS own_version,
         (SELECT iif(text = '', 0, version) FROM default_pipelines ORDER BY version DESC LIMIT 1) AS default_version,
         (SELECT max(version) FROM secrets WHERE tenant = ?1) AS own_secrets,
         (SELECT max(version) FROM secrets WHERE tenant = '') AS gateway_secrets,
         l.version AS limits_version, l.limits AS limits
       FROM tenants LEFT JOIN tenant_limits l ON l.tenant = name
       WHERE name = ?1 ORDER BY l.version DESC LIMIT 1`,
    )
    .bind(tenant)
    .first<{ [K in keyof SettingsRow]: SettingsRow[K] | null }>();
  if (row === null) return undefined;
  const pipelineVersion = row.own_version ?? 0;
  const isOwn = pipelineVersion > 0;
  return {
    pipelineVersion,
    defaultPipelineVersion: isOwn ? 0 : (row.default_version ?? 0),
    secretsVersion: (isOwn ? row.own_secrets : row.gateway_secrets) ?? 0,
    limitsVersion: row.limits_version ?? 0,
    limits: parseStoredLimits(row.limits),
  };
}

/** Also of what an older version of the gateway stored or sent, which knew of the tenant's own pipeline only. */
export function pipelineInForce(known: {
  readonly pipelineVersion: number;
  readonly defaultPipelineVersion?: number;
  readonly secretsVersion?: number;
}): PipelineInForce {
  const { pipelineVersion, defaultPipelineVersion = 0, secretsVersion = 0 } = known;
  const isDefault = pipelineVersion === 0;
  return { isDefault, version: isDefault ? defaultPipelineVersion : pipelineVersion, secretsVersion };
}

/** Tenants that the default pipeline serves, at most `limit`. */
export async function tenantsOnDefault(db: D1Database, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT name FROM tenants WHERE coalesce(
         (SELECT text FROM pipelines WHERE tenant = name ORDER BY version DESC LIMIT 1), '') = '' ORDER BY name LIMIT ?`,
    )
    .bind(limit)
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

function tenantFromRow(row: TenantRow): Tenant {
  return { name: row.name, limits: parseStoredLimits(row.limits), createdAtMs: row.created_at_ms };
}
