-- Limits of tenants under the names of Mimir, Loki, Tempo and Pyroscope, every version of them. docs/limits.md.
-- tenants.limits is read no more. Its limit of samples is carried over; logs and traces were counted in items and are
-- limited in bytes now, by the defaults until they are set.

CREATE TABLE tenant_limits (
  tenant TEXT NOT NULL REFERENCES tenants (name),
  version INTEGER NOT NULL,
  limits TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, version)
) STRICT, WITHOUT ROWID;

INSERT INTO tenant_limits (tenant, version, limits, created_at_ms)
SELECT
  name,
  1,
  json_object('metrics', json_object(
    'ingestion_rate', json_extract(limits, '$.metrics.itemsPerSecond'),
    'ingestion_burst_size', json_extract(limits, '$.metrics.burstItems')
  )),
  created_at_ms
FROM tenants
WHERE json_extract(limits, '$.metrics.itemsPerSecond') IS NOT NULL;
