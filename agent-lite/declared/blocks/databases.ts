/** Blocks of the MySQL and PostgreSQL exporters, which database_observability embeds. */
import { body, optional, t, withDefault } from '../../../core/alloy/schema.ts';

export const mysqlProcesslistSchema = body({
  min_time: withDefault(t.int, 0),
  processes_by_user: withDefault(t.bool, true),
  processes_by_host: withDefault(t.bool, true),
});

export const mysqlTablesSchema = body({ databases: withDefault(t.string, '*') });

export const mysqlStatementsSchema = body({
  limit: withDefault(t.int, 250),
  time_limit: withDefault(t.int, 86_400),
  text_limit: withDefault(t.int, 120),
  exclude_schemas: optional(t.list(t.string)),
});

export const mysqlFilesSchema = body({
  filter: withDefault(t.string, '.*'),
  remove_prefix: withDefault(t.string, '/var/lib/mysql'),
});

export const mysqlMemorySchema = body({ remove_prefix: withDefault(t.string, 'memory/') });

export const mysqlHeartbeatSchema = body({
  database: withDefault(t.string, 'heartbeat'),
  table: withDefault(t.string, 'heartbeat'),
  utc: withDefault(t.bool, false),
});

export const mysqlUserSchema = body({ privileges: withDefault(t.bool, false) });

export const postgresAutodiscoverySchema = body({
  enabled: withDefault(t.bool, false),
  database_allowlist: optional(t.list(t.string)),
  database_denylist: optional(t.list(t.string)),
});

export const postgresStatementsSchema = body({
  include_query: withDefault(t.bool, false),
  query_length: withDefault(t.uint, 0),
  limit: withDefault(t.uint, 0),
  exclude_databases: optional(t.list(t.string)),
  exclude_users: optional(t.list(t.string)),
});
