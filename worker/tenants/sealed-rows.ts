/**
 * Everything that lies sealed in the database, as rows of one kind: how much of it is sealed with which key, and a few
 * texts of each key to try it on. Which key is read from the stored form; nothing is opened here.
 */
import type { SealedKind } from '../secrets/sealed-text.ts';
import { GATEWAY, pipelineKind } from './pipelines.ts';
import { secretKind } from './secrets.ts';

export interface SealedRow {
  readonly kind: 'secret' | 'pipeline';
  readonly tenant: string;
  readonly version: number;
  /** Of a secret. */
  readonly name: string;
  readonly sealed: string;
}

/** What is sealed with one key. */
export interface SealedWith {
  /** '': stored before texts were sealed. */
  readonly keyId: string;
  readonly secrets: number;
  readonly pipelines: number;
  /** The oldest and the newest, because a key is swapped for another at one moment. */
  readonly samples: readonly SealedRow[];
}

const SECRETS = `SELECT 'secret' AS kind, tenant, version, name, sealed, created_at_ms FROM secrets WHERE sealed IS NOT NULL`;

/** With every version of every pipeline. */
export const EVERYTHING = `${SECRETS}
  UNION ALL SELECT 'pipeline', tenant, version, '', text, created_at_ms FROM pipelines WHERE text != ''
  UNION ALL SELECT 'pipeline', '', version, '', text, created_at_ms FROM default_pipelines WHERE text != ''`;

/** What pipelines run on now. Reads no older versions, which are most of the rows. */
export const IN_FORCE = `${SECRETS}
  UNION ALL SELECT 'pipeline', p.tenant, p.version, '', p.text, p.created_at_ms
    FROM tenants t JOIN pipelines p
      ON p.tenant = t.name AND p.version = (SELECT max(version) FROM pipelines WHERE tenant = t.name)
    WHERE p.text != ''
  UNION ALL SELECT 'pipeline', '', version, '', text, created_at_ms FROM default_pipelines
    WHERE version = (SELECT max(version) FROM default_pipelines) AND text != ''`;

export const KEY_ID = `CASE WHEN substr(sealed, 1, 3) = 'v1.' THEN substr(sealed, 4, instr(substr(sealed, 4), '.') - 1) ELSE '' END`;

const SAMPLES_AT_EACH_END = 2;

interface PlaceRow {
  readonly keyId: string;
  readonly kind: SealedRow['kind'];
  readonly tenant: string;
  readonly version: number;
  readonly secrets: number;
  readonly pipelines: number;
}

/** `rows`: EVERYTHING or IN_FORCE. */
export async function sealedByKey(db: D1Database, rows: string): Promise<SealedWith[]> {
  // Places first: texts are long, and the database would sort them.
  const { results: places } = await db
    .prepare(
      `SELECT keyId, kind, tenant, version, secrets, pipelines FROM (
         SELECT keyId, kind, tenant, version,
           sum(kind = 'secret') OVER one AS secrets, sum(kind = 'pipeline') OVER one AS pipelines,
           row_number() OVER (PARTITION BY keyId ORDER BY created_at_ms, kind, tenant, version) AS fromOldest,
           row_number() OVER (PARTITION BY keyId ORDER BY created_at_ms DESC, kind, tenant, version) AS fromNewest
         FROM (SELECT ${KEY_ID} AS keyId, kind, tenant, version, created_at_ms FROM (${rows}))
         WINDOW one AS (PARTITION BY keyId)
       ) WHERE fromOldest <= ${SAMPLES_AT_EACH_END} OR fromNewest <= ${SAMPLES_AT_EACH_END}`,
    )
    .all<PlaceRow>();
  if (places.length === 0) return [];
  const text = db.prepare(
    `SELECT kind, tenant, version, name, sealed FROM (${EVERYTHING}) WHERE kind = ?1 AND tenant = ?2 AND version = ?3`,
  );
  const found = await db.batch<SealedRow>(places.map((place) => text.bind(place.kind, place.tenant, place.version)));
  const byKey = Map.groupBy(places.keys(), (index) => (places[index] as PlaceRow).keyId);
  return [...byKey].map(([keyId, indices]) => {
    const { secrets, pipelines } = places[indices[0] as number] as PlaceRow;
    return { keyId, secrets, pipelines, samples: indices.flatMap((index) => found[index]?.results ?? []) };
  });
}

export function sealedKind({ kind, tenant, version, name }: SealedRow): SealedKind {
  return kind === 'secret' ? secretKind(tenant, name) : pipelineKind(tenant, version);
}

/** In words. */
export function placeOf({ kind, tenant, version, name }: SealedRow): string {
  const whose = tenant === GATEWAY ? 'the gateway' : `tenant ${tenant}`;
  return kind === 'secret' ? `secret ${name} of ${whose}` : `version ${version} of the pipeline of ${whose}`;
}
