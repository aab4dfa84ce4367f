-- Who administers the gateway, tenants' secrets, a pipeline for tenants without their own, and what was done.
-- docs/storage-schema.md explains every column.

-- Gateway-wide administrators beside the Worker's secret ADMIN_TOKEN: spo_<id>_<secret>.
CREATE TABLE operators (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'viewer', 'metrics')),
  secret_sha256 TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT;

-- A token's own rates, in the form of tenant_limits.limits; {}: those of the tenant only.
ALTER TABLE tokens ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
-- The token that this one was made to replace.
ALTER TABLE tokens ADD COLUMN replaces TEXT;

-- Who set it, why, and which version it restored.
ALTER TABLE pipelines ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE pipelines ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE pipelines ADD COLUMN restores INTEGER;

-- For tenants without a pipeline of their own.
CREATE TABLE default_pipelines (
  version INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  author TEXT NOT NULL DEFAULT '',
  comment TEXT NOT NULL DEFAULT '',
  restores INTEGER
) STRICT;

-- Versions grow by tenant; '' are the gateway's own, which the default pipeline reads. The newest row of a name counts;
-- sealed is NULL where a newer row replaced or deleted it.
CREATE TABLE secrets (
  tenant TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, version)
) STRICT, WITHOUT ROWID;

-- Every administrative act, also those that were refused. Never a secret.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  tenant TEXT,
  target TEXT NOT NULL DEFAULT '',
  status INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX audit_by_tenant ON audit (tenant, id);
