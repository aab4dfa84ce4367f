/** `mysqld_exporter` as `prometheus.exporter.mysql`: settings of collectors go into blocks of their own. */
import { attributes, type Body, optionalBlock, same } from '../alloy/block.ts';
import type { IntegrationForms } from '../forms/integrations.ts';

export function mysqlBody(form: IntegrationForms['mysqld_exporter']): Body {
  return [
    ...same(form, 'data_source_name', 'enable_collectors', 'disable_collectors', 'set_collectors'),
    ...same(form, 'enable_lock_wait_timeout', 'lock_wait_timeout', 'log_slow_filter'),
    optionalBlock(
      'info_schema.processlist',
      attributes({
        min_time: form.info_schema_processlist_min_time,
        processes_by_user: form.info_schema_processlist_processes_by_user,
        processes_by_host: form.info_schema_processlist_processes_by_host,
      }),
    ),
    optionalBlock('info_schema.tables', attributes({ databases: form.info_schema_tables_databases })),
    optionalBlock(
      'perf_schema.eventsstatements',
      attributes({
        limit: form.perf_schema_eventsstatements_limit,
        time_limit: form.perf_schema_eventsstatements_time_limit,
        text_limit: form.perf_schema_eventsstatements_digtext_text_limit,
        exclude_schemas: form.perf_schema_eventsstatements_exclude_schemas,
      }),
    ),
    optionalBlock(
      'perf_schema.file_instances',
      attributes({
        filter: form.perf_schema_file_instances_filter,
        remove_prefix: form.perf_schema_file_instances_remove_prefix,
      }),
    ),
    optionalBlock(
      'perf_schema.memory_events',
      attributes({ remove_prefix: form.perf_schema_memory_events_remove_prefix }),
    ),
    optionalBlock(
      'heartbeat',
      attributes({ database: form.heartbeat_database, table: form.heartbeat_table, utc: form.heartbeat_utc }),
    ),
    optionalBlock('mysql.user', attributes({ privileges: form.mysql_user_privileges })),
  ];
}
