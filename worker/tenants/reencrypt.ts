/**
 * Rotation of SECRETS_KEY: seals again, in bounded steps, what is not sealed with its first key, and counts what is sealed
 * with which key, so that an operator knows when an old key can go. Values never leave this file.
 */
import { keyRing, secretsKeys } from '../secrets/key-ring.ts';
import { seal, UnsealError, unseal } from '../secrets/sealed-text.ts';
import { checkKeys, type KeyUse } from './key-check.ts';
import { GATEWAY, type Vault } from './pipelines.ts';
import { EVERYTHING, KEY_ID, placeOf, type SealedRow, sealedKind } from './sealed-rows.ts';

export interface Reencrypted {
  readonly reencrypted: number;
  /** Not sealed with the first key yet, though it could be. */
  readonly remaining: number;
  /** What was tried and did not open: it was changed, or its key is another of the same id. */
  readonly unreadable: readonly string[];
  readonly keyIds: readonly KeyUse[];
}

/** A text has at most 256 KiB: a step stays far below what a Worker may hold and how long it may take. */
export const MAX_STEP = 40;

/** Throws SecretsKeyError. `limit` 0: only counts. */
export async function reencrypt(vault: Vault, limit = MAX_STEP): Promise<Reencrypted> {
  const { current, keys } = await keyRing(secretsKeys(vault));
  const old = ['', ...keys.keys()].filter((id) => id !== current);
  const rows = limit === 0 ? [] : await sealedWith(vault.DB, old, Math.min(limit, MAX_STEP));
  const unreadable: string[] = [];
  const updates: D1PreparedStatement[] = [];
  for (const row of rows) {
    const update = await resealed(vault, row);
    if (update === undefined) unreadable.push(placeOf(row));
    else updates.push(update);
  }
  if (updates.length > 0) await vault.DB.batch(updates);
  const { keyIds, unreadable: closed } = await checkKeys(vault, EVERYTHING);
  const remaining = keyIds
    .filter(({ state }) => state === 'known' || state === 'plain')
    .reduce((sum, { secrets, pipelines }) => sum + secrets + pipelines, 0);
  return { reencrypted: updates.length, remaining, unreadable: [...new Set([...unreadable, ...closed])], keyIds };
}

/** In any order, so that texts that do not open do not stand in the way of the others for ever. */
async function sealedWith(db: D1Database, keyIds: readonly string[], limit: number): Promise<SealedRow[]> {
  const marks = keyIds.map((_, index) => `?${index + 2}`).join(', ');
  const { results } = await db
    .prepare(`SELECT * FROM (${EVERYTHING}) WHERE ${KEY_ID} IN (${marks}) ORDER BY random() LIMIT ?1`)
    .bind(limit, ...keyIds)
    .all<SealedRow>();
  return results;
}

/** Undefined where the row does not open. */
async function resealed(vault: Vault, row: SealedRow): Promise<D1PreparedStatement | undefined> {
  const { tenant, version, sealed } = row;
  const of = sealedKind(row);
  let text = sealed;
  try {
    if (sealed.startsWith('v1.')) text = await unseal(secretsKeys(vault), of, sealed);
  } catch (error) {
    if (error instanceof UnsealError) return undefined;
    throw error;
  }
  // Only where it is still what was read: a secret may have been replaced meanwhile.
  return vault.DB.prepare(updateOf(row)).bind(await seal(secretsKeys(vault), of, text), tenant, version, sealed);
}

function updateOf({ kind, tenant }: SealedRow): string {
  if (kind === 'secret') return 'UPDATE secrets SET sealed = ?1 WHERE tenant = ?2 AND version = ?3 AND sealed = ?4';
  return tenant === GATEWAY
    ? "UPDATE default_pipelines SET text = ?1 WHERE ?2 = '' AND version = ?3 AND text = ?4"
    : 'UPDATE pipelines SET text = ?1 WHERE tenant = ?2 AND version = ?3 AND text = ?4';
}
