/**
 * Pipelines in D1: every version of every tenant, and of the default pipeline, which belongs to nobody (owner ''). Texts
 * are sealed, because they may hold passwords; those of before that are read as they are. An empty text stands for a
 * version that took the pipeline away. Every value is bound, never spliced into SQL.
 */
import type { Env } from '../env.ts';
import { secretsKeys } from '../secrets/key-ring.ts';
import { keyIdOf, plainBytes, type SealedKind, seal, unseal } from '../secrets/sealed-text.ts';
import type { PipelineText } from './tenant.ts';

/** The owner of the default pipeline and of the gateway's own secrets. No tenant is named so. */
export const GATEWAY = '';

export type Vault = Pick<Env, 'DB' | 'SECRETS_KEY'>;

export interface NewPipeline {
  /** '': none from now on. */
  readonly text: string;
  readonly createdAtMs: number;
  readonly author: string;
  readonly comment: string;
  /** The version whose text it is, where an older one was brought back. */
  readonly restores?: number | undefined;
  /** Refused unless this is the newest version. */
  readonly expectedVersion?: number | undefined;
}

export interface PipelineVersion {
  readonly version: number;
  readonly createdAtMs: number;
  readonly author: string;
  readonly comment: string;
  readonly restores: number | null;
  /** Of the text; 0: the pipeline was taken away. */
  readonly bytes: number;
}

interface TextRow {
  version: number;
  text: string;
  created_at_ms: number;
}

interface VersionRow {
  version: number;
  created_at_ms: number;
  author: string;
  comment: string;
  restores: number | null;
  head: string;
  length: number;
}

const MAX_ATTEMPTS = 5;
/** Of one owner's history, in characters of stored text and in versions; the oldest go first. */
const MAX_KEPT_CHARACTERS = 16 * 1024 * 1024;
const MAX_KEPT_VERSIONS = 500;
/** Longer than all that stands before the ciphertext. */
const HEAD_CHARACTERS = 80;

/** The new version; a number that is not the expected one is the newest that there is. */
export async function appendPipeline(vault: Vault, owner: string, given: NewPipeline): Promise<AppendedPipeline> {
  const { expectedVersion, text } = given;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const newest = await newestVersion(vault.DB, owner);
    if (expectedVersion !== undefined && newest !== expectedVersion) return { ok: false, newest };
    const version = newest + 1;
    const sealed = text === '' ? '' : await seal(secretsKeys(vault), pipelineKind(owner, version), text);
    const [inserted] = await vault.DB.batch([
      insert(vault.DB, owner, version, sealed, given),
      forgetOldest(vault.DB, owner),
    ]);
    if ((inserted?.meta.changes ?? 0) > 0) return { ok: true, version };
    // Two writers get two versions: the text is sealed for one, so the other looks again.
  }
  throw new Error('others set the pipeline at the same time, again and again');
}

export type AppendedPipeline =
  | { readonly ok: true; readonly version: number }
  | { readonly ok: false; readonly newest: number };

/** 0: there never was one. */
async function newestVersion(db: D1Database, owner: string): Promise<number> {
  const row = await db
    .prepare(`SELECT coalesce(max(version), 0) AS version FROM ${rowsOf(owner)}`)
    .bind(owner)
    .first<{ version: number }>();
  return row?.version ?? 0;
}

function insert(
  db: D1Database,
  owner: string,
  version: number,
  sealed: string,
  { createdAtMs, author, comment, restores }: NewPipeline,
): D1PreparedStatement {
  const columns = '(version, text, created_at_ms, author, comment, restores';
  const sql =
    owner === GATEWAY
      ? `INSERT INTO default_pipelines ${columns}) SELECT ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?1 = '' ON CONFLICT DO NOTHING`
      : `INSERT INTO pipelines ${columns}, tenant) VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?1) ON CONFLICT DO NOTHING`;
  return db.prepare(sql).bind(owner, version, sealed, createdAtMs, author, comment, restores ?? null);
}

/** The database is everybody's: nobody fills it with versions. In the transaction of the one that comes. */
function forgetOldest(db: D1Database, owner: string): D1PreparedStatement {
  const rows = rowsOf(owner);
  return db
    .prepare(
      `DELETE FROM ${rows} AND version <= (
         SELECT coalesce(max(version), 0) FROM (
           SELECT version, sum(length(text)) OVER newer AS characters, count(*) OVER newer AS versions
           FROM ${rows} WINDOW newer AS (ORDER BY version DESC)
         ) WHERE characters > ?2 OR versions > ?3
       )`,
    )
    .bind(owner, MAX_KEPT_CHARACTERS, MAX_KEPT_VERSIONS);
}

/** Also a version that took the pipeline away, with an empty text. Throws UnsealError, SecretsKeyError. */
export async function latestPipeline(vault: Vault, owner: string): Promise<PipelineText | undefined> {
  const row = await vault.DB.prepare(
    `SELECT version, text, created_at_ms FROM ${rowsOf(owner)} ORDER BY version DESC LIMIT 1`,
  )
    .bind(owner)
    .first<TextRow>();
  return row === null ? undefined : opened(vault, owner, row);
}

export async function findPipeline(vault: Vault, owner: string, version: number): Promise<PipelineText | undefined> {
  const row = await vault.DB.prepare(`SELECT version, text, created_at_ms FROM ${rowsOf(owner)} AND version = ?2`)
    .bind(owner, version)
    .first<TextRow>();
  return row === null ? undefined : opened(vault, owner, row);
}

/** Newest first. */
export async function listPipelines(
  db: D1Database,
  owner: string,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<PipelineVersion[]> {
  const { results } = await db
    .prepare(
      `SELECT version, created_at_ms, author, comment, restores,
         substr(text, 1, ${HEAD_CHARACTERS}) AS head, length(text) AS length
       FROM ${rowsOf(owner)} AND version < ?2 ORDER BY version DESC LIMIT ?3`,
    )
    .bind(owner, before, limit)
    .all<VersionRow>();
  return results.map((row) => ({
    version: row.version,
    createdAtMs: row.created_at_ms,
    author: row.author,
    comment: row.comment,
    restores: row.restores,
    bytes: row.length === 0 ? 0 : plainBytes(row.head, row.length),
  }));
}

export function pipelineKind(owner: string, version: number): SealedKind {
  return { kind: 'pipeline', tenant: owner, name: String(version) };
}

/** Both forms take the owner as ?1. */
function rowsOf(owner: string): string {
  return owner === GATEWAY ? "default_pipelines WHERE ?1 = ''" : 'pipelines WHERE tenant = ?1';
}

async function opened(vault: Vault, owner: string, row: TextRow): Promise<PipelineText> {
  const { version, text } = row;
  const isPlain = keyIdOf(text) === undefined && !text.startsWith('v1.');
  const plain = isPlain ? text : await unseal(secretsKeys(vault), pipelineKind(owner, version), text);
  return { version, text: plain, createdAtMs: row.created_at_ms };
}
