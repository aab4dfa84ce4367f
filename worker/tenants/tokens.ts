/** Tokens in D1: found by id, never by secret, so that no query depends on secret bytes. */
import { parseTokenLimits } from '../../core/limits/rates.ts';
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import type { Scope, TokenRecord } from './tenant.ts';

interface TokenRow {
  id: string;
  tenant: string;
  name: string;
  secret_sha256: string;
  scopes: string;
  labels: string;
  limits: string;
  replaces: string | null;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
}

const COLUMNS =
  'id, tenant, name, secret_sha256, scopes, labels, limits, replaces, created_at_ms, expires_at_ms, revoked_at_ms';
/** With the present as ?2. */
const ENDED = 'revoked_at_ms IS NOT NULL OR coalesce(expires_at_ms <= ?2, 0)';

/** Of one tenant: those that work, and those that ended and are still listed. */
export const MAX_TOKENS = 1_000;

/** How many of a tenant's tokens work. */
export async function countTokens(db: D1Database, tenant: string, nowMs: number): Promise<number> {
  const row = await db
    .prepare(`SELECT count(*) AS count FROM tokens WHERE tenant = ?1 AND NOT (${ENDED})`)
    .bind(tenant, nowMs)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/** A token that is not there any more is as good as a revoked one. */
export async function forgetEndedTokens(db: D1Database, tenant: string, nowMs: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM tokens WHERE id IN (
         SELECT id FROM tokens WHERE tenant = ?1 AND (${ENDED}) ORDER BY created_at_ms DESC, id LIMIT -1 OFFSET ?3
       )`,
    )
    .bind(tenant, nowMs, MAX_TOKENS)
    .run();
}

export async function insertToken(db: D1Database, token: TokenRecord): Promise<void> {
  await insertion(db, token).run();
}

/** Both or neither: `next` exists, and the token that it replaces ends at `endsAtMs`, or before if it would anyway. */
export async function replaceToken(db: D1Database, next: TokenRecord, endsAtMs: number): Promise<void> {
  const ends = db
    .prepare('UPDATE tokens SET expires_at_ms = min(coalesce(expires_at_ms, ?1), ?1) WHERE tenant = ?2 AND id = ?3')
    .bind(endsAtMs, next.tenant, next.replaces);
  await db.batch([insertion(db, next), ends]);
}

function insertion(db: D1Database, token: TokenRecord): D1PreparedStatement {
  return db
    .prepare(`INSERT INTO tokens (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    .bind(
      token.id,
      token.tenant,
      token.name,
      token.secretSha256,
      token.scopes.join(' '),
      JSON.stringify(token.labels),
      JSON.stringify(token.limits),
      token.replaces,
      token.createdAtMs,
      token.expiresAtMs,
      token.revokedAtMs,
    );
}

/** What is absent stays as it is. */
export interface TokenChange {
  readonly name?: string | undefined;
  readonly expiresAtMs?: number | null | undefined;
  readonly limits?: LimitOverrides | undefined;
}

/** Undefined where the tenant has no such token. */
export async function changeToken(
  db: D1Database,
  tenant: string,
  id: string,
  { name, expiresAtMs, limits }: TokenChange,
): Promise<TokenRecord | undefined> {
  const row = await db
    .prepare(
      `UPDATE tokens SET name = coalesce(?1, name), limits = coalesce(?2, limits),
         expires_at_ms = iif(?3, ?4, expires_at_ms)
       WHERE tenant = ?5 AND id = ?6 RETURNING ${COLUMNS}`,
    )
    .bind(
      name ?? null,
      limits === undefined ? null : JSON.stringify(limits),
      expiresAtMs === undefined ? 0 : 1,
      expiresAtMs ?? null,
      tenant,
      id,
    )
    .first<TokenRow>();
  return row === null ? undefined : tokenFromRow(row);
}

export async function findToken(db: D1Database, id: string): Promise<TokenRecord | undefined> {
  const row = await db.prepare(`SELECT ${COLUMNS} FROM tokens WHERE id = ?`).bind(id).first<TokenRow>();
  return row === null ? undefined : tokenFromRow(row);
}

export async function listTokens(db: D1Database, tenant: string): Promise<TokenRecord[]> {
  const { results } = await db
    .prepare(`SELECT ${COLUMNS} FROM tokens WHERE tenant = ? ORDER BY created_at_ms, id`)
    .bind(tenant)
    .all<TokenRow>();
  return results.map(tokenFromRow);
}

/** False where the tenant has no such token. Revoking twice keeps the first time. */
export async function revokeToken(db: D1Database, tenant: string, id: string, atMs: number): Promise<boolean> {
  const result = await db
    .prepare('UPDATE tokens SET revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE tenant = ? AND id = ?')
    .bind(atMs, tenant, id)
    .run();
  return result.meta.changes > 0;
}

function tokenFromRow(row: TokenRow): TokenRecord {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    secretSha256: row.secret_sha256,
    scopes: row.scopes.split(' ') as Scope[],
    labels: JSON.parse(row.labels),
    limits: parseTokenLimits(JSON.parse(row.limits)).limits,
    replaces: row.replaces,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}
