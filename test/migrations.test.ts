/**
 * Migrations are append-only: databases out there have run them, so a file that was released never changes. What each makes
 * of rows of earlier versions is tested in worker/tenants/upgrade.test.ts, of objects in worker/outbox and worker/hub.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { LAST_MADE_BY } from '../worker/tenants/migrations.ts';

const MIGRATIONS = join(import.meta.dirname, '../migrations');

/** A new migration adds its line; a line that is here stays. */
const SHA256: Readonly<Record<string, string>> = {
  '0001_tenants_tokens_pipelines.sql': '3a660017d53cb79914c34036dcbeba4febdbfadc430125b577c2ca37c96edb14',
  '0002_tenant_limits.sql': 'adc9001181e2bf7ea8435b2252019d91ef1d6c903252715c4f831fae59dfacd6',
  '0003_administration.sql': 'b02f982294775d521af2d0904b44cc9792e88959b403829f5230d18a25049376',
};

function run(database: DatabaseSync, name: string): void {
  database.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
}

describe('migrations of the database', () => {
  it('are the files that they were when they were released', () => {
    const found = readdirSync(MIGRATIONS).sort();
    const sums = found.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(MIGRATIONS, name)))
        .digest('hex'),
    ]);
    expect(Object.fromEntries(sums)).toEqual(SHA256);
  });

  it('are numbered from 1 without gaps, so that wrangler and serve run them in the same order', () => {
    const numbers = readdirSync(MIGRATIONS)
      .sort()
      .map((name) => /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
    expect(numbers.map(Number)).toEqual(numbers.map((_, index) => index + 1));
  });

  it('never drop a table or a column, so that the code of before works on the schema of after while both run', () => {
    const text = readdirSync(MIGRATIONS)
      .map((name) => readFileSync(join(MIGRATIONS, name), 'utf8'))
      .join('\n');
    expect(text.replace(/--.*/g, '').match(/\b(?:DROP|RENAME)\b/gi)).toBeNull();
  });

  it('are all known to /-/ready, by what each makes last', () => {
    const made = Object.keys(SHA256).map((name) => {
      const statements = readFileSync(join(MIGRATIONS, name), 'utf8').matchAll(/^CREATE (?:TABLE|INDEX) (\w+)/gm);
      return [name, [...statements].at(-1)?.[1]];
    });
    expect(Object.fromEntries(made)).toEqual(LAST_MADE_BY);
  });

  it('0002 carries the limit of samples over to its name in Mimir, and leaves tenants without one to the defaults', () => {
    const database = new DatabaseSync(':memory:');
    run(database, '0001_tenants_tokens_pipelines.sql');
    const insert = database.prepare('INSERT INTO tenants (name, limits, created_at_ms) VALUES (?, ?, 1700000000000)');
    insert.run(
      'both',
      '{"metrics":{"itemsPerSecond":100,"burstItems":1000},"logs":{"itemsPerSecond":5,"burstItems":5}}',
    );
    insert.run('logs', '{"logs":{"itemsPerSecond":5,"burstItems":5}}');
    insert.run('none', '{}');
    run(database, '0002_tenant_limits.sql');
    expect(database.prepare('SELECT * FROM tenant_limits').all()).toEqual([
      {
        tenant: 'both',
        version: 1,
        limits: '{"metrics":{"ingestion_rate":100,"ingestion_burst_size":1000}}',
        created_at_ms: 1_700_000_000_000,
      },
    ]);
    database.close();
  });
});
