/**
 * The audit log in D1. An act has its row before it happens, so that none is without one; the row is completed with what
 * came of it. Bounded per tenant, so that a tenant that is refused often pushes out rows of its own only.
 */

export interface AuditAct {
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  /** null: it concerns the gateway. */
  readonly tenant: string | null;
  readonly target: string;
  /** HTTP status of the answer; 0 where the act began and how it ended was not recorded. */
  readonly status: number;
  /** A JSON object. */
  readonly detail: string;
}

export interface AuditEntry extends AuditAct {
  readonly id: number;
}

export const AUDIT_KEPT_MS = 400 * 24 * 60 * 60 * 1000;
/**
 * Of the gateway's own rows and of each tenant's. Counted apart, so that nobody who may do nothing pushes out what was done
 * by being refused often enough.
 */
export const AUDIT_MAX_DONE = 15_000;
export const AUDIT_MAX_REFUSED = 5_000;
/** How many rows are written between two looks at what has to go. */
const PRUNE_EVERY = 100;
/** How many of the oldest rows are looked at for their age then. */
const PRUNE_MAX = 1_000;

export async function insertAct(db: D1Database, act: AuditAct): Promise<number> {
  const row = await db
    .prepare(
      `INSERT INTO audit (at_ms, actor, action, tenant, target, status, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    )
    .bind(act.atMs, act.actor, act.action, act.tenant, act.target, act.status, act.detail)
    .first<{ id: number }>();
  if (row === null) throw new Error('the database returned no id of the audit log');
  return row.id;
}

export async function completeAct(
  db: D1Database,
  id: number,
  { target, status, detail }: Pick<AuditAct, 'target' | 'status' | 'detail'>,
): Promise<void> {
  await db
    .prepare('UPDATE audit SET target = ?, status = ?, detail = ? WHERE id = ?')
    .bind(target, status, detail, id)
    .run();
}

export interface AuditQuery {
  /** Only rows older than this one. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly tenant?: string | undefined;
}

/** Newest first. */
export async function listActs(db: D1Database, { before, limit, tenant }: AuditQuery): Promise<AuditEntry[]> {
  const { results } = await db
    .prepare(
      `SELECT id, at_ms AS atMs, actor, action, tenant, target, status, detail FROM audit
       WHERE id < ?1 ${tenant === undefined ? '' : 'AND tenant = ?3'} ORDER BY id DESC LIMIT ?2`,
    )
    .bind(before ?? Number.MAX_SAFE_INTEGER, limit, ...(tenant === undefined ? [] : [tenant]))
    .all<AuditEntry>();
  return results;
}

/** Looks at every hundredth row what is too old or too much. */
export async function pruneAudit(db: D1Database, id: number, tenant: string | null, nowMs: number): Promise<void> {
  if (id % PRUNE_EVERY !== 0) return;
  await db.batch([
    db
      .prepare('DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?) AND at_ms < ?')
      .bind(PRUNE_MAX, nowMs - AUDIT_KEPT_MS),
    surplus(db, tenant, 'NOT (status BETWEEN 400 AND 499)', AUDIT_MAX_DONE),
    surplus(db, tenant, 'status BETWEEN 400 AND 499', AUDIT_MAX_REFUSED),
  ]);
}

function surplus(db: D1Database, tenant: string | null, kind: string, keep: number): D1PreparedStatement {
  return db
    .prepare(
      `DELETE FROM audit WHERE tenant IS ?1 AND ${kind}
       AND id <= (SELECT id FROM audit WHERE tenant IS ?1 AND ${kind} ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
    )
    .bind(tenant, keep);
}
