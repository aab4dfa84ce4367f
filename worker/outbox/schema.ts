/** Storage of an outbox. docs/storage-schema.md explains it; a change adds a version below, never edits one. */
import { migrate } from '../storage/migrate.ts';

export const OUTBOX_SCHEMA: readonly string[] = [
  `CREATE TABLE payloads (
     sequence INTEGER PRIMARY KEY,
     enqueued_at_ms INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     items INTEGER NOT NULL,
     signal TEXT NOT NULL,
     content_type TEXT NOT NULL,
     content_encoding TEXT NOT NULL,
     tenant_id TEXT,
     body BLOB NOT NULL
   ) STRICT;
   CREATE TABLE parts (
     sequence INTEGER NOT NULL,
     part INTEGER NOT NULL,
     body BLOB NOT NULL,
     PRIMARY KEY (sequence, part)
   ) STRICT;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY,
     sequence INTEGER NOT NULL,
     at_ms INTEGER NOT NULL,
     reason TEXT NOT NULL,
     detail TEXT NOT NULL,
     items INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     signal TEXT NOT NULL,
     content_type TEXT NOT NULL,
     content_encoding TEXT NOT NULL,
     body BLOB
   ) STRICT;
   CREATE TABLE ledger (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     last_sequence INTEGER NOT NULL,
     delivered INTEGER NOT NULL,
     rejected INTEGER NOT NULL,
     dropped INTEGER NOT NULL
   ) STRICT;
   INSERT INTO ledger VALUES (1, 0, 0, 0, 0);
   CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE payloads ADD COLUMN path TEXT;
   ALTER TABLE dead_letters ADD COLUMN tenant_id TEXT;
   ALTER TABLE dead_letters ADD COLUMN path TEXT;
   ALTER TABLE ledger ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE ledger ADD COLUMN splits INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE ledger ADD COLUMN dead_letters INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE history (
     at_ms INTEGER PRIMARY KEY,
     payloads INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     oldest_age_ms INTEGER NOT NULL
   ) STRICT;`,
  `ALTER TABLE ledger ADD COLUMN counted_to INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE ledger ADD COLUMN counted_head INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE ledger ADD COLUMN counted_settled INTEGER NOT NULL DEFAULT -1;
   ALTER TABLE ledger ADD COLUMN counted_payloads INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE ledger ADD COLUMN counted_bytes INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE ledger ADD COLUMN counted_items INTEGER NOT NULL DEFAULT 0;`,
];

export function migrateOutbox(storage: DurableObjectStorage): void {
  migrate(storage, OUTBOX_SCHEMA);
}
