/** Databases of earlier versions keep what they hold: each migration runs on rows as that version wrote them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';

const MIGRATIONS = join(import.meta.dirname, '../migrations');

function run(database: DatabaseSync, name: string): void {
  database.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
}

describe('migrations of the database', () => {
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
