/**
 * Secrets in D1, sealed. Versions grow with every change of an owner's secrets, so that the newest says whether a compiled
 * pipeline still has the right ones. What was replaced is gone at once; only the newest change keeps its row where it is a
 * deletion, because versions go on from it. So an owner has at most one row more than secrets, however often they change.
 */
import { SecretsKeyError, secretsKeys } from '../secrets/key-ring.ts';
import { keyIdOf, type SealedKind, seal, UnsealError, unseal } from '../secrets/sealed-text.ts';
import type { Secrets } from './compile.ts';
import type { Vault } from './pipelines.ts';

/** Names as they are written in secret("…"). */
export const SECRET_NAME = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/;
export const MAX_SECRETS = 200;
export const MAX_SECRET_BYTES = 16 * 1024;

export interface SecretEntry {
  readonly name: string;
  readonly version: number;
  readonly createdAtMs: number;
  /** Of SECRETS_KEY: what it is sealed with. */
  readonly keyId: string;
}

/** All secrets of one owner, at one moment. */
export interface SecretValues extends Secrets {
  /** Of the newest change that is in it; 0: there never was one. */
  readonly version: number;
}

interface SecretRow {
  version: number;
  name: string;
  sealed: string | null;
  created_at_ms: number;
}

/** The newest row of each name, with a value or without. */
const NEWEST = `SELECT version, name, sealed, created_at_ms FROM secrets s WHERE tenant = ?1
  AND version = (SELECT max(version) FROM secrets WHERE tenant = ?1 AND name = s.name)`;

export async function listSecrets(db: D1Database, owner: string): Promise<SecretEntry[]> {
  const rows = await newestRows(db, owner);
  return rows.flatMap(({ name, version, sealed, created_at_ms: createdAtMs }) =>
    sealed === null ? [] : [{ name, version, createdAtMs, keyId: keyIdOf(sealed) ?? '' }],
  );
}

/** What does not open is told and stands in nobody else's way. Throws SecretsKeyError where there is no key at all. */
export async function readSecrets(vault: Vault, owner: string): Promise<SecretValues> {
  const rows = await newestRows(vault.DB, owner);
  const values = new Map<string, string>();
  const unreadable = new Map<string, string>();
  for (const { name, sealed } of rows) {
    if (sealed === null) continue;
    try {
      values.set(name, await unseal(secretsKeys(vault), secretKind(owner, name), sealed));
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      unreadable.set(name, error.message);
    }
  }
  return { version: Math.max(0, ...rows.map(({ version }) => version)), values, unreadable };
}

/** By name, what is wrong with those that do not open. */
export async function unreadableSecrets(vault: Vault, owner: string): Promise<ReadonlyMap<string, string>> {
  try {
    return (await readSecrets(vault, owner)).unreadable;
  } catch (error) {
    if (!(error instanceof SecretsKeyError)) throw error;
    const { message } = error;
    return new Map((await listSecrets(vault.DB, owner)).map(({ name }) => [name, message]));
  }
}

/** The version of the change. */
export async function setSecret(
  vault: Vault,
  owner: string,
  name: string,
  value: string,
  createdAtMs: number,
): Promise<number> {
  const sealed = await seal(secretsKeys(vault), secretKind(owner, name), value);
  return append(vault.DB, owner, name, sealed, createdAtMs);
}

/** False where there is none of the name. */
export async function deleteSecret(db: D1Database, owner: string, name: string, createdAtMs: number): Promise<boolean> {
  const known = await listSecrets(db, owner);
  if (!known.some((secret) => secret.name === name)) return false;
  await append(db, owner, name, null, createdAtMs);
  return true;
}

export function secretKind(owner: string, name: string): SealedKind {
  return { kind: 'secret', tenant: owner, name };
}

/** One transaction: no moment has two values of a name, and none is left behind. */
async function append(
  db: D1Database,
  owner: string,
  name: string,
  sealed: string | null,
  createdAtMs: number,
): Promise<number> {
  const [inserted] = await db.batch<{ version: number }>([
    db
      .prepare(
        `INSERT INTO secrets (tenant, version, name, sealed, created_at_ms)
         SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4 FROM secrets WHERE tenant = ?1
         RETURNING version`,
      )
      .bind(owner, name, sealed, createdAtMs),
    db
      .prepare(
        `UPDATE secrets SET sealed = NULL WHERE tenant = ?1 AND name = ?2 AND sealed IS NOT NULL
         AND version < (SELECT max(version) FROM secrets WHERE tenant = ?1 AND name = ?2)`,
      )
      .bind(owner, name),
    db
      .prepare(
        `DELETE FROM secrets WHERE tenant = ?1 AND sealed IS NULL
         AND version < (SELECT max(version) FROM secrets WHERE tenant = ?1)`,
      )
      .bind(owner),
  ]);
  const version = inserted?.results[0]?.version;
  if (version === undefined) throw new Error('the database returned no version of the secrets');
  return version;
}

async function newestRows(db: D1Database, owner: string): Promise<SecretRow[]> {
  const { results } = await db.prepare(`${NEWEST} ORDER BY name`).bind(owner).all<SecretRow>();
  return results;
}
