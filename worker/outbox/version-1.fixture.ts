/**
 * The storage of an outbox as its first version left it, with a payload of two rows, one of a tenant of its own, and a dead
 * letter. Never changed: it stands for objects that nobody has woken since.
 */
export const VERSION_1_TABLES = `
  CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
  INSERT INTO schema_version VALUES (1);
  CREATE TABLE payloads (
    sequence INTEGER PRIMARY KEY, enqueued_at_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, items INTEGER NOT NULL,
    signal TEXT NOT NULL, content_type TEXT NOT NULL, content_encoding TEXT NOT NULL, tenant_id TEXT, body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE parts (
    sequence INTEGER NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (sequence, part)
  ) STRICT;
  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    items INTEGER NOT NULL, bytes INTEGER NOT NULL, signal TEXT NOT NULL, content_type TEXT NOT NULL,
    content_encoding TEXT NOT NULL, body BLOB
  ) STRICT;
  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1), last_sequence INTEGER NOT NULL, delivered INTEGER NOT NULL,
    rejected INTEGER NOT NULL, dropped INTEGER NOT NULL
  ) STRICT;
  INSERT INTO ledger VALUES (1, 7, 40, 3, 2);
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO settings VALUES
    ('drain', '{"attempts":3,"nextAttemptAtMs":1700000060000,"lastError":{"reason":"service_unavailable","detail":"HTTP 503","status":503,"atMs":1700000000000}}'),
    ('announced', 'true'),
    ('known', 'true');
`;

/** `?1`: when; `?2`: the first 1.9 MB of a body of 3 MB; `?3`: the rest of it; `?4`: a body of 3 bytes. */
export const VERSION_1_ROWS = [
  `INSERT INTO payloads VALUES (8, ?1, 3000000, 5, 'metrics', 'application/x-protobuf', 'snappy', NULL, ?2)`,
  `INSERT INTO parts VALUES (8, 1, ?1)`,
  `INSERT INTO payloads VALUES (9, ?1, 3, 2, 'metrics', 'application/x-protobuf', 'snappy', 'team-a', ?2)`,
  `INSERT INTO dead_letters VALUES (4, 7, ?1, 'bad_request', 'HTTP 400: no', 3, 3, 'metrics', 'application/x-protobuf', 'snappy', ?2)`,
] as const;
