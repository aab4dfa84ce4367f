/** The arguments of each `prometheus.exporter.*`, from the integration of Grafana Agent that became it. */
import { stringify } from 'yaml';
import { attributes, type Body, block, blocks, optionalBlock, same } from '../alloy/block.ts';
import { toIdentifier } from '../alloy/identifier.ts';
import { type AlloyValue, Duration } from '../alloy/value.ts';
import type { IntegrationForms, IntegrationName } from '../forms/integrations.ts';
import { tlsBody } from '../prometheus/http-client.ts';
import { cloudwatchBody } from './cloudwatch.ts';
import { mysqlBody } from './mysql.ts';
import { nodeExporterBody } from './node-exporter.ts';
import { redisBody } from './redis.ts';

export interface Exporter<K extends IntegrationName> {
  /** The last part of `prometheus.exporter.unix`. */
  readonly component: string;
  body(form: IntegrationForms[K]): Body;
}

/** A part that the component takes as YAML text. */
function yamlText(value: unknown): string | undefined {
  return value === undefined ? undefined : stringify(value, { singleQuote: true });
}

function targetMaps(targets: readonly object[] | undefined): AlloyValue | undefined {
  return targets?.map((target) => {
    const { labels, ...named } = target as { labels?: ReadonlyMap<string, string> };
    return new Map<string, AlloyValue>([...Object.entries(named as Record<string, string>), ...(labels ?? [])]);
  });
}

export const exporters: { readonly [K in IntegrationName]: Exporter<K> } = {
  agent: { component: 'self', body: () => [] },
  apache_http: { component: 'apache', body: (form) => same(form, 'scrape_uri', 'host_override', 'insecure') },
  blackbox: {
    component: 'blackbox',
    body: (form) => [
      ...same(form, 'config_file'),
      ...attributes({
        config: yamlText(form.blackbox_config),
        probe_timeout_offset:
          form.probe_timeout_offset === undefined ? undefined : new Duration(form.probe_timeout_offset * 1000),
        targets: targetMaps(form.blackbox_targets),
      }),
    ],
  },
  snmp: {
    component: 'snmp',
    body: (form) => [
      ...same(form, 'config_file', 'concurrency'),
      ...attributes({ config: yamlText(form.snmp_config) }),
      ...same(form, 'config_merge_strategy'),
      ...[...(form.walk_params ?? [])].map(([name, params]) =>
        block(
          'walk_param',
          same(params, 'max_repetitions', 'retries', 'timeout', 'use_unconnected_udp_socket'),
          toIdentifier(name) ?? '_',
        ),
      ),
      ...attributes({ targets: targetMaps(form.snmp_targets) }),
    ],
  },
  azure_exporter: {
    component: 'azure',
    body: (form) => [
      ...same(form, 'subscriptions', 'resource_graph_query_filter', 'resource_type', 'metrics', 'metric_aggregations'),
      ...same(form, 'timespan', 'interval', 'included_dimensions', 'included_resource_tags', 'metric_namespace'),
      ...same(form, 'metric_name_template', 'metric_help_template', 'azure_cloud_environment', 'validate_dimensions'),
      ...same(form, 'regions'),
    ],
  },
  cadvisor: {
    component: 'cadvisor',
    body: (form) => [
      ...same(form, 'store_container_labels', 'allowlisted_container_labels', 'env_metadata_allowlist'),
      ...same(form, 'raw_cgroup_prefix_allowlist', 'perf_events_config', 'resctrl_interval', 'disabled_metrics'),
      ...same(form, 'enabled_metrics', 'storage_duration'),
      ...attributes({ containerd_host: form.containerd }),
      ...same(form, 'containerd_namespace'),
      ...attributes({ docker_host: form.docker, use_docker_tls: form.docker_tls }),
      ...same(form, 'docker_tls_cert', 'docker_tls_key', 'docker_tls_ca', 'docker_only', 'disable_root_cgroup_stats'),
    ],
  },
  cloudwatch_exporter: { component: 'cloudwatch', body: cloudwatchBody },
  consul_exporter: {
    component: 'consul',
    body: (form) => [
      ...same(form, 'server', 'ca_file', 'cert_file', 'key_file', 'server_name', 'timeout', 'insecure_skip_verify'),
      ...same(form, 'concurrent_request_limit', 'allow_stale', 'require_consistent', 'kv_prefix', 'kv_filter'),
      ...same(form, 'generate_health_summary'),
    ],
  },
  dnsmasq_exporter: {
    component: 'dnsmasq',
    body: (form) => [
      ...attributes({ address: form.dnsmasq_address, leases_file: form.leases_path }),
      ...same(form, 'expose_leases'),
    ],
  },
  elasticsearch_exporter: {
    component: 'elasticsearch',
    body: (form) => [
      ...same(form, 'address', 'timeout', 'all', 'node', 'indices', 'indices_settings', 'cluster_settings', 'shards'),
      ...same(form, 'aliases', 'snapshots', 'clusterinfo_interval', 'ca', 'client_private_key', 'client_cert'),
      ...same(form, 'ssl_skip_verify', 'data_stream', 'slm'),
      ...blocks('basic_auth', form.basic_auth ? [form.basic_auth] : [], (auth) =>
        same(auth, 'username', 'password', 'password_file'),
      ),
    ],
  },
  gcp_exporter: {
    component: 'gcp',
    body: (form) => [
      ...same(form, 'project_ids', 'metrics_prefixes', 'extra_filters', 'request_interval', 'request_offset'),
      ...same(form, 'ingest_delay', 'drop_delegated_projects', 'gcp_client_timeout'),
    ],
  },
  github_exporter: {
    component: 'github',
    body: (form) => [
      ...same(form, 'api_url', 'repositories', 'organizations', 'users', 'api_token', 'api_token_file'),
      ...same(form, 'github_app_key_path', 'github_app_id', 'github_app_installation_id', 'github_rate_limit'),
    ],
  },
  kafka_exporter: {
    component: 'kafka',
    body: (form) => [
      ...same(form, 'instance', 'kafka_uris', 'use_sasl', 'use_sasl_handshake', 'sasl_username', 'sasl_password'),
      ...same(form, 'sasl_mechanism', 'sasl_disable_pafx_fast', 'use_tls', 'tls_server_name', 'ca_file', 'cert_file'),
      ...same(form, 'key_file', 'insecure_skip_verify', 'kafka_version', 'use_zookeeper_lag', 'zookeeper_uris'),
      ...same(form, 'kafka_cluster_name', 'metadata_refresh_interval', 'gssapi_service_name'),
      ...same(form, 'gssapi_kerberos_config_path', 'gssapi_realm', 'gssapi_key_tab_path', 'gssapi_kerberos_auth_type'),
      ...same(form, 'offset_show_all', 'topic_workers', 'allow_concurrency', 'allow_auto_topic_creation'),
      ...same(form, 'max_offsets', 'prune_interval_seconds', 'topics_filter_regex', 'topics_exclude_regex'),
      ...same(form, 'groups_filter_regex', 'groups_exclude_regex'),
    ],
  },
  memcached_exporter: {
    component: 'memcached',
    body: (form) => [
      ...attributes({ address: form.memcached_address }),
      ...same(form, 'timeout'),
      ...(form.tls_config ? [block('tls_config', tlsBody(form.tls_config))] : []),
    ],
  },
  mysqld_exporter: { component: 'mysql', body: mysqlBody },
  node_exporter: { component: 'unix', body: nodeExporterBody },
  oracledb: {
    component: 'oracledb',
    body: (form) => [
      ...same(form, 'connection_string'),
      ...attributes({ max_idle_conns: form.max_idle_connections, max_open_conns: form.max_open_connections }),
      ...same(form, 'query_timeout', 'default_metrics', 'custom_metrics', 'username', 'password'),
    ],
  },
  postgres_exporter: {
    component: 'postgres',
    body: (form) => [
      ...same(form, 'data_source_names', 'disable_settings_metrics', 'disable_default_metrics'),
      ...attributes({ custom_queries_config_path: form.query_path }),
      optionalBlock(
        'autodiscovery',
        attributes({
          enabled: form.autodiscover_databases,
          database_allowlist: form.include_databases,
          database_denylist: form.exclude_databases,
        }),
      ),
    ],
  },
  process_exporter: {
    component: 'process',
    body: (form) => [
      ...blocks('matcher', form.process_names, (matcher) => same(matcher, 'name', 'comm', 'exe', 'cmdline')),
      ...same(form, 'procfs_path', 'track_children', 'track_threads', 'gather_smaps', 'recheck_on_scrape'),
      ...same(form, 'remove_empty_groups'),
    ],
  },
  redis_exporter: { component: 'redis', body: redisBody },
  snowflake: {
    component: 'snowflake',
    body: (form) => [
      ...same(form, 'account_name', 'username', 'password', 'private_key_path', 'private_key_password', 'role'),
      ...same(form, 'warehouse', 'exclude_deleted_tables', 'enable_tracing'),
    ],
  },
  squid: { component: 'squid', body: (form) => same(form, 'address', 'username', 'password') },
  statsd_exporter: {
    component: 'statsd',
    body: (form) => [
      ...same(form, 'listen_udp', 'listen_tcp', 'listen_unixgram', 'unix_socket_mode', 'read_buffer', 'cache_size'),
      ...same(form, 'cache_type', 'event_queue_size', 'event_flush_threshold', 'event_flush_interval'),
      ...same(form, 'parse_dogstatsd_tags', 'parse_influxdb_tags', 'parse_librato_tags', 'parse_signalfx_tags'),
      ...same(form, 'relay_addr', 'relay_packet_length'),
    ],
  },
  mssql: {
    component: 'mssql',
    body: (form) => [
      ...same(form, 'connection_string', 'connection_name', 'max_idle_connections', 'max_open_connections'),
      ...same(form, 'max_connection_lifetime', 'timeout'),
      ...attributes({ query_config: yamlText(form.query_config) }),
    ],
  },
  mongodb_exporter: {
    component: 'mongodb',
    body: (form) => [
      ...same(form, 'mongodb_uri', 'compatible_mode', 'collect_all'),
      // On in the agent unless it is told otherwise, off in the component.
      ...attributes({ direct_connect: form.direct_connect ?? true, discovering_mode: form.discovering_mode ?? true }),
      ...same(form, 'currentop_slow_time', 'enable_db_stats', 'enable_db_stats_free_storage', 'enable_diagnostic_data'),
      ...same(form, 'enable_replicaset_status', 'enable_replicaset_config', 'enable_currentop_metrics'),
      ...same(form, 'enable_top_metrics', 'enable_index_stats', 'enable_coll_stats', 'enable_profile', 'enable_shards'),
      ...same(form, 'enable_fcv', 'enable_pbm_metrics'),
    ],
  },
};
