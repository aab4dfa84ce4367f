/** Query samples and plans of databases. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver } from '../../core/pipeline/capsules.ts';
import { clusteringSchema } from './blocks/common.ts';
import { mysqlExporterSchema, postgresAutodiscoverySchema, postgresStatementsSchema } from './blocks/databases.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const azureCloudProviderInfoSchema = body({
  subscription_id: required(t.string),
  resource_group: required(t.string),
  server_name: optional(t.string),
});

const cloudProviderSchema = body({
  aws: block(body({ arn: required(t.string) })),
  azure: block(azureCloudProviderInfoSchema),
  gcp: block(body({ connection_name: required(t.string) })),
});

/** Databases of cloud providers that nobody wants to watch. */
const SYSTEM_DATABASES = [
  'alloydbadmin',
  'alloydbmetadata',
  'azure_maintenance',
  'azure_sys',
  'cloudsqladmin',
  'rdsadmin',
];

const schemaDetailsSchema = body({
  collect_interval: withDefault(t.duration, 60_000, { text: '1m' }),
  cache_enabled: optional(t.bool),
  cache_size: optional(t.int),
  cache_ttl: optional(t.duration),
});

export const databaseObservabilityComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'database_observability.mysql',
    summary: 'Collects query samples, plans and health of MySQL.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      data_source_name: optional(t.secret),
      targets: optional(t.targets),
      enable_collectors: optional(t.list(t.string)),
      disable_collectors: optional(t.list(t.string)),
      exclude_schemas: withDefault(t.list(t.string), SYSTEM_DATABASES),
      allow_update_performance_schema_settings: withDefault(t.bool, false),
      database_instance: blocks(
        body({ data_source_name: required(t.secret), cloud_provider: block(cloudProviderSchema) }),
        { labelled: true },
      ),
      clustering: block(clusteringSchema),
      cloud_provider: block(cloudProviderSchema),
      setup_consumers: block(body({ collect_interval: withDefault(t.duration, 3_600_000, { text: '1h' }) })),
      setup_actors: block(
        body({
          collect_interval: withDefault(t.duration, 3_600_000, { text: '1h' }),
          auto_update_setup_actors: withDefault(t.bool, false),
        }),
      ),
      query_details: block(
        body({
          collect_interval: withDefault(t.duration, 60_000, { text: '1m' }),
          statements_limit: withDefault(t.int, 250),
        }),
      ),
      schema_details: block(schemaDetailsSchema),
      explain_plans: block(
        body({
          collect_interval: withDefault(t.duration, 60_000, { text: '1m' }),
          per_collect_ratio: withDefault(t.float, 1),
          initial_lookback: withDefault(t.duration, 86_400_000, { text: '24h' }),
        }),
      ),
      locks: block(
        body({
          collect_interval: withDefault(t.duration, 30_000, { text: '30s' }),
          threshold: withDefault(t.duration, 1000, { text: '1s' }),
        }),
      ),
      query_samples: block(
        body({
          collect_interval: withDefault(t.duration, 10_000, { text: '10s' }),
          disable_query_redaction: withDefault(t.bool, false),
          auto_enable_setup_consumers: withDefault(t.bool, false),
          setup_consumers_check_interval: withDefault(t.duration, 3_600_000, { text: '1h' }),
          sample_min_duration: withDefault(t.duration, 0, { text: '0s' }),
          wait_event_min_duration: withDefault(t.duration, 0.001, { text: '1µs' }),
          enable_pre_classified_wait_events: withDefault(t.bool, false),
        }),
      ),
      health_check: block(body({ collect_interval: withDefault(t.duration, 3_600_000, { text: '1h' }) })),
      prometheus_exporter: block(mysqlExporterSchema),
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'database_observability.postgres',
    summary: 'Collects query samples, plans and health of PostgreSQL.',
    schema: body({
      data_source_name: required(t.secret),
      forward_to: required(t.list(logsReceiver)),
      targets: optional(t.targets),
      enable_collectors: optional(t.list(t.string)),
      disable_collectors: optional(t.list(t.string)),
      exclude_databases: withDefault(t.list(t.string), SYSTEM_DATABASES),
      exclude_users: withDefault(t.list(t.string), ['azuresu', 'cloudsqladmin', 'db-o11y', 'rdsadmin']),
      exclude_current_user: withDefault(t.bool, true),
      cloud_provider: block(cloudProviderSchema),
      query_samples: block(
        body({
          collect_interval: withDefault(t.duration, 10_000, { text: '10s' }),
          disable_query_redaction: withDefault(t.bool, false),
          exclude_current_user: optional(t.bool),
          enable_pre_classified_wait_events: withDefault(t.bool, false),
        }),
      ),
      query_details: block(
        body({
          collect_interval: withDefault(t.duration, 60_000, { text: '1m' }),
          statements_limit: withDefault(t.int, 100),
        }),
      ),
      schema_details: block(schemaDetailsSchema),
      explain_plans: block(
        body({
          collect_interval: withDefault(t.duration, 60_000, { text: '1m' }),
          per_collect_ratio: withDefault(t.float, 1),
        }),
      ),
      health_check: block(body({ collect_interval: withDefault(t.duration, 3_600_000, { text: '1h' }) })),
      logs: block(body({ enable_error_logs_processing: withDefault(t.bool, false) })),
      prometheus_exporter: block(
        body({
          data_source_names: optional(t.list(t.secret)),
          disable_settings_metrics: withDefault(t.bool, false),
          disable_default_metrics: withDefault(t.bool, false),
          custom_queries_config_path: optional(t.string),
          enabled_collectors: optional(t.list(t.string)),
          autodiscovery: block(postgresAutodiscoverySchema),
          stat_statements: block(postgresStatementsSchema),
        }),
      ),
    }),
    exports: { targets: 'list(map(string))', logs_receiver: 'LogsReceiver' },
  }),
  declareComponent({
    name: 'database_observability.sql_server',
    summary: 'Collects query samples and health of Microsoft SQL Server.',
    stability: 'experimental',
    schema: body({
      data_source_name: required(t.secret),
      forward_to: required(t.list(logsReceiver)),
      targets: optional(t.targets),
      enable_collectors: optional(t.list(t.string)),
      disable_collectors: optional(t.list(t.string)),
      exclude_schemas: withDefault(t.list(t.string), SYSTEM_DATABASES),
      exclude_databases: withDefault(t.list(t.string), SYSTEM_DATABASES),
      cloud_provider: block(cloudProviderSchema),
      schema_details: block(body({ collect_interval: withDefault(t.duration, 60_000, { text: '1m' }) })),
      query_metrics: block(
        body({
          collect_interval: withDefault(t.duration, 60_000, { text: '1m' }),
          statements_limit: withDefault(t.int, 50),
          statements_lookback: withDefault(t.duration, 3_600_000, { text: '1h' }),
        }),
      ),
      query_details: block(body({ collect_interval: withDefault(t.duration, 60_000, { text: '1m' }) })),
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
