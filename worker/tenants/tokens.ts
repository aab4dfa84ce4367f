/** Tokens in D1: found by id, never by secret, so that no query depends on secret bytes. */
import type { Scope, TokenRecord } from './tenant.ts';

interface TokenRow {
  id: string;
  tenant: string;
  name: string;
  secret_sha256: string;
  scopes: string;
  labels: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
}

const COLUMNS = 'id, tenant, name, secret_sha256, scopes, labels, created_at_ms, expires_at_ms, revoked_at_ms';

export async function insertToken(db: D1Database, token: TokenRecord): Promise<void> {
  await db
    .prepare(`INSERT INTO tokens (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    .bind(
      token.id,
      token.tenant,
      token.name,
      token.secretSha256,
      token.scopes.join(' '),
      JSON.stringify(token.labels),
      token.createdAtMs,
      token.expiresAtMs,
      token.revokedAtMs,
    )
    .run();
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
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}
