/** Storage of a tenant's hub. docs/storage-schema.md explains it; a change adds a version below, never edits one. */
import { migrate } from '../storage/migrate.ts';

export const HUB_SCHEMA: readonly string[] = [
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
  `CREATE TABLE refusals (
     signal TEXT NOT NULL,
     reason TEXT NOT NULL,
     pushes INTEGER NOT NULL,
     PRIMARY KEY (signal, reason)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE elections (
     cluster TEXT PRIMARY KEY,
     replica TEXT NOT NULL,
     received_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   ALTER TABLE agents ADD COLUMN taken_at_ms INTEGER;
   UPDATE agents SET taken_at_ms = last_seen_at_ms;`,
  // The tables of before stay as they were: an older version that comes back finds its numbers of that day. Batches are left
  // out: their text may be larger than a row.
  `CREATE TABLE snapshot (part INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
   INSERT INTO snapshot VALUES (0, json_object(
     'batches', json_object(),
     'ledger', json_object(
       'totals', (SELECT json_group_object(signal, json_object('accepted', accepted, 'rejected', rejected,
           'dropped', dropped, 'delivered', delivered, 'queued', queued)) FROM totals),
       'agents', (SELECT json_group_array(json_object('id', id, 'kind', kind, 'lastSeenAtMs', last_seen_at_ms,
           'lastTakenAtMs', taken_at_ms, 'userAgent', user_agent, 'tokenName', token_name)) FROM agents),
       'errors', (SELECT json_group_array(json_object('reason', reason, 'message', message, 'atMs', at_ms,
           'count', count)) FROM errors),
       'refusals', (SELECT json_group_array(json_object('signal', signal, 'reason', reason, 'pushes', pushes))
           FROM refusals)
     )
   ));`,
  'CREATE TABLE usage (day TEXT PRIMARY KEY, signals TEXT NOT NULL) STRICT, WITHOUT ROWID;',
];

export function migrateHub(storage: DurableObjectStorage): void {
  migrate(storage, HUB_SCHEMA);
}
