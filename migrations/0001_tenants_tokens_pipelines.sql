-- Tenants, their tokens and their pipelines. docs/storage-schema.md explains every column.
-- Append-only: a change of the schema is a new file.

CREATE TABLE tenants (
  name TEXT PRIMARY KEY,
  limits TEXT NOT NULL DEFAULT '{}',
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants (name),
  name TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL,
  scopes TEXT NOT NULL,
  labels TEXT NOT NULL DEFAULT '{}',
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT;

CREATE INDEX tokens_by_tenant ON tokens (tenant, created_at_ms);

CREATE TABLE pipelines (
  tenant TEXT NOT NULL REFERENCES tenants (name),
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, version)
) STRICT, WITHOUT ROWID;

-- Outboxes that hold data now, so that the cron sweep visits those and no others.
CREATE TABLE active_outboxes (
  tenant TEXT NOT NULL,
  destination TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, destination)
) STRICT, WITHOUT ROWID;
