/**
 * D1 on one machine: the server side of the protocol that workerd's own D1 binding speaks (POST /query and /execute), over
 * the SQLite of one Durable Object. Applies the migrations when it wakes, before it answers anything. A service of its own
 * in the local workerd; never part of a deployment.
 */
import { DurableObject } from 'cloudflare:workers';
import migrations from 'spillway:migrations';

type SqlParameter = string | number | null | ArrayBuffer;

interface Query {
  readonly sql: string;
  /** Bytes arrive as arrays of numbers. */
  readonly params?: readonly (string | number | null | readonly number[])[];
}

type Format = 'ARRAY_OF_OBJECTS' | 'ROWS_AND_COLUMNS' | 'NONE';

export class LocalDatabase extends DurableObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    migrate(ctx.storage);
  }

  override async fetch(request: Request): Promise<Response> {
    const body: Query | readonly Query[] = await request.json();
    const queries = (Array.isArray(body) ? body : [body]) as readonly Query[];
    const format = (new URL(request.url).searchParams.get('resultsFormat') ?? 'ARRAY_OF_OBJECTS') as Format;
    try {
      // D1 runs a batch as one transaction.
      return Response.json(this.ctx.storage.transactionSync(() => queries.map((query) => this.#run(query, format))));
    } catch (error) {
      return Response.json({ success: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #run({ sql, params = [] }: Query, format: Format): object {
    const { sql: storage } = this.ctx.storage;
    const changesBefore = totalChanges(storage);
    const cursor = storage.exec(sql, ...params.map(toParameter));
    const columns = cursor.columnNames;
    const rows = [...cursor.raw()].map((row) => row.map(fromValue));
    const { changes, lastRowId } = totalChanges(storage);
    const results =
      format === 'ROWS_AND_COLUMNS' ? { columns, rows } : format === 'NONE' ? [] : toObjects(columns, rows);
    return {
      success: true,
      results,
      meta: {
        served_by: 'spillway.local',
        duration: 0,
        changes: changes - changesBefore.changes,
        last_row_id: lastRowId,
        changed_db: changes !== changesBefore.changes,
        size_after: storage.databaseSize,
        rows_read: cursor.rowsRead,
        rows_written: cursor.rowsWritten,
      },
    };
  }
}

interface DatabaseEnv {
  readonly DATABASE: DurableObjectNamespace<LocalDatabase>;
}

export default {
  fetch(request, env) {
    return env.DATABASE.get(env.DATABASE.idFromName('spillway')).fetch(request);
  },
} satisfies ExportedHandler<DatabaseEnv>;

/** The table has wrangler's name and columns, so that a local database looks like a deployed one. */
function migrate(storage: DurableObjectStorage): void {
  storage.sql.exec(
    `CREATE TABLE IF NOT EXISTS d1_migrations (
       id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
  );
  const applied = new Set(
    storage.sql
      .exec<{ name: string }>('SELECT name FROM d1_migrations')
      .toArray()
      .map((row) => row.name),
  );
  for (const { name, sql } of migrations) {
    if (applied.has(name)) continue;
    storage.transactionSync(() => {
      storage.sql.exec(sql);
      storage.sql.exec('INSERT INTO d1_migrations (name) VALUES (?)', name);
    });
  }
}

function totalChanges(storage: SqlStorage): { changes: number; lastRowId: number } {
  return storage
    .exec<{ changes: number; lastRowId: number }>('SELECT total_changes() AS changes, last_insert_rowid() AS lastRowId')
    .one();
}

function toParameter(value: string | number | null | readonly number[]): SqlParameter {
  return Array.isArray(value) ? (Uint8Array.from(value).buffer as ArrayBuffer) : (value as string | number | null);
}

function fromValue(value: SqlStorageValue): unknown {
  return value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value;
}

function toObjects(columns: readonly string[], rows: readonly (readonly unknown[])[]): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}
