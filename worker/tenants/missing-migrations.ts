/** Which migrations the database has not seen. Looks only; wrangler and the local database run them. */
import { LAST_MADE_BY } from './migrations.ts';

/** In their order; also proves that the database answers. */
export async function missingMigrations(db: D1Database): Promise<string[]> {
  const wanted = Object.values(LAST_MADE_BY);
  const { results } = await db
    .prepare(`SELECT name FROM sqlite_master WHERE name IN (${wanted.map(() => '?').join(', ')})`)
    .bind(...wanted)
    .all<{ name: string }>();
  const made = new Set(results.map(({ name }) => name));
  return Object.keys(LAST_MADE_BY).filter((migration) => !made.has(LAST_MADE_BY[migration] as string));
}
