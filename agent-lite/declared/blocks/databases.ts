/** Blocks of the MySQL and PostgreSQL exporters, which database_observability embeds. */
import { block, body, optional, t, withDefault } from '../../../core/alloy/schema.ts';

const mysqlProcesslistSchema = body({
  min_time: withDefault(t.int, 0),
  processes_by_user: withDefault(t.bool, true),
  processes_by_host: withDefault(t.bool, true),
});

const mysqlTablesSchema = body({ databases: withDefault(t.string, '*') });

const mysqlStatementsSchema = body({
  limit: withDefault(t.int, 250),
  time_limit: withDefault(t.int, 86_400),
  text_limit: withDefault(t.int, 120),
  exclude_schemas: optional(t.list(t.string)),
});

const mysqlFilesSchema = body({
  filter: withDefault(t.string, '.*'),
  remove_prefix: withDefault(t.string, '/var/lib/mysql'),
});

const mysqlMemorySchema = body({ remove_prefix: withDefault(t.string, 'memory/') });

const mysqlHeartbeatSchema = body({
  database: withDefault(t.string, 'heartbeat'),
  table: withDefault(t.string, 'heartbeat'),
  utc: withDefault(t.bool, false),
});

const mysqlUserSchema = body({ privileges: withDefault(t.bool, false) });

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

/** Of `prometheus.exporter.mysql`, and of `database_observability.mysql`, which has one inside. */
export const mysqlExporterSchema = body({
  data_source_name: optional(t.secret),
  enable_collectors: optional(t.list(t.string)),
  disable_collectors: optional(t.list(t.string)),
  set_collectors: optional(t.list(t.string)),
  enable_lock_wait_timeout: withDefault(t.bool, true),
  lock_wait_timeout: withDefault(t.int, 2),
  log_slow_filter: withDefault(t.bool, false),
  'info_schema.processlist': block(mysqlProcesslistSchema),
  'info_schema.tables': block(mysqlTablesSchema),
  'perf_schema.eventsstatements': block(mysqlStatementsSchema),
  'perf_schema.file_instances': block(mysqlFilesSchema),
  'perf_schema.memory_events': block(mysqlMemorySchema),
  heartbeat: block(mysqlHeartbeatSchema),
  'mysql.user': block(mysqlUserSchema),
});
