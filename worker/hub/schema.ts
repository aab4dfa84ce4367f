/** Storage of a tenant's hub. docs/storage-schema.md explains it; a change adds a version below, never edits one. */
import { migrate } from '../storage/migrate.ts';

const VERSIONS: readonly string[] = [
  `CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE totals (
     signal TEXT PRIMARY KEY,
     accepted INTEGER NOT NULL DEFAULT 0,
     rejected INTEGER NOT NULL DEFAULT 0,
     dropped INTEGER NOT NULL DEFAULT 0,
     delivered INTEGER NOT NULL DEFAULT 0,
     queued INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE agents (
     id TEXT PRIMARY KEY,
     kind TEXT NOT NULL,
     last_seen_at_ms INTEGER NOT NULL,
     user_agent TEXT NOT NULL,
     token_name TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE batches (agent_id TEXT PRIMARY KEY, sequences TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE outboxes (
     destination TEXT PRIMARY KEY,
     signal TEXT NOT NULL,
     active INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE errors (
     reason TEXT NOT NULL,
     message TEXT NOT NULL,
     at_ms INTEGER NOT NULL,
     count INTEGER NOT NULL,
     PRIMARY KEY (reason, message)
   ) STRICT, WITHOUT ROWID;`,
];

export function migrateHub(storage: DurableObjectStorage): void {
  migrate(storage, VERSIONS);
}
