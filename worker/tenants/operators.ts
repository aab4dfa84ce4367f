/** Operators in D1: who administers the gateway beside the one who holds ADMIN_TOKEN. Only hashes of their tokens. */

export const OPERATOR_ROLES = ['admin', 'viewer', 'metrics'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

export interface OperatorRecord {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  /** Hex SHA-256 of the secret part. */
  readonly secretSha256: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

interface OperatorRow {
  id: string;
  name: string;
  role: string;
  secret_sha256: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
}

const COLUMNS = 'id, name, role, secret_sha256, created_at_ms, expires_at_ms, revoked_at_ms';

/** False where one of this name works: the audit log tells operators apart by their names. */
export async function insertOperator(db: D1Database, operator: OperatorRecord): Promise<boolean> {
  const { id, name, role, secretSha256, createdAtMs, expiresAtMs, revokedAtMs } = operator;
  const result = await db
    .prepare(
      `INSERT INTO operators (${COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
       WHERE NOT EXISTS (SELECT 1 FROM operators WHERE name = ?2 AND revoked_at_ms IS NULL
         AND (expires_at_ms IS NULL OR expires_at_ms > ?5))`,
    )
    .bind(id, name, role, secretSha256, createdAtMs, expiresAtMs, revokedAtMs)
    .run();
  return result.meta.changes > 0;
}

export async function findOperator(db: D1Database, id: string): Promise<OperatorRecord | undefined> {
  const row = await db.prepare(`SELECT ${COLUMNS} FROM operators WHERE id = ?`).bind(id).first<OperatorRow>();
  return row === null ? undefined : operatorFromRow(row);
}

export async function listOperators(db: D1Database): Promise<OperatorRecord[]> {
  const { results } = await db
    .prepare(`SELECT ${COLUMNS} FROM operators ORDER BY created_at_ms, id`)
    .all<OperatorRow>();
  return results.map(operatorFromRow);
}

/** The operator as it is now; undefined where there is none of this id. Revoking twice keeps the first time. */
export async function revokeOperator(db: D1Database, id: string, atMs: number): Promise<OperatorRecord | undefined> {
  const row = await db
    .prepare(`UPDATE operators SET revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE id = ? RETURNING ${COLUMNS}`)
    .bind(atMs, id)
    .first<OperatorRow>();
  return row === null ? undefined : operatorFromRow(row);
}

function operatorFromRow(row: OperatorRow): OperatorRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role as OperatorRole,
    secretSha256: row.secret_sha256,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}
