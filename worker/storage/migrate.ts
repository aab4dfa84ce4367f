/** Schema versions of a Durable Object's SQLite: applied when the object wakes, in one transaction. */

/** Applies the versions that the object has not seen, all or none. */
export function migrate(storage: DurableObjectStorage, versions: readonly string[]): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT');
    const row = storage.sql.exec<{ version: number }>('SELECT version FROM schema_version').toArray()[0];
    const current = row?.version ?? 0;
    if (current === versions.length) return;
    // After a rollback of the code the newer schema stays: versions only add, so older code can work on it.
    if (current > versions.length) return;
    for (const version of versions.slice(current)) storage.sql.exec(version);
    storage.sql.exec('DELETE FROM schema_version');
    storage.sql.exec('INSERT INTO schema_version (version) VALUES (?)', versions.length);
  });
}
