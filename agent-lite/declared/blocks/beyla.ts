/** The large blocks of beyla.ebpf. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../../core/alloy/schema.ts';
import { toggles } from '../declare.ts';

export const kubernetesServiceSchema = body({
  namespace: optional(t.string),
  pod_name: optional(t.string),
  deployment_name: optional(t.string),
  replicaset_name: optional(t.string),
  statefulset_name: optional(t.string),
  daemonset_name: optional(t.string),
  owner_name: optional(t.string),
  pod_labels: optional(t.map(t.string)),
  pod_annotations: optional(t.map(t.string)),
});

export const samplerSchema = body({ arg: optional(t.string), name: optional(t.string) });

export const serviceSchema = body({
  name: optional(t.string),
  namespace: optional(t.string),
  open_ports: optional(t.string),
  exe_path: optional(t.string),
  cmd_args: optional(t.string),
  containers_only: withDefault(t.bool, false),
  exports: optional(t.list(t.string)),
  languages: optional(t.string),
  kubernetes: block(kubernetesServiceSchema),
  sampler: block(samplerSchema),
});

export const discoverySchema = body({
  bpf_pid_filter_off: withDefault(t.bool, false),
  default_otlp_grpc_port: withDefault(t.int, 0),
  disabled_route_harvesters: optional(t.list(t.string)),
  exclude_otel_instrumented_services: optional(t.bool),
  exclude_otel_instrumented_services_span_metrics: withDefault(t.bool, false),
  excluded_linux_system_paths: optional(t.list(t.string)),
  min_process_age: withDefault(t.duration, 0, { text: '0s' }),
  poll_interval: withDefault(t.duration, 0, { text: '0s' }),
  route_harvester_timeout: withDefault(t.duration, 0, { text: '0s' }),
  skip_go_specific_tracers: withDefault(t.bool, false),
  default_exclude_instrument: blocks(serviceSchema),
  default_exclude_services: blocks(serviceSchema),
  exclude_instrument: blocks(serviceSchema),
  exclude_services: blocks(serviceSchema),
  instrument: blocks(serviceSchema),
  route_harvester_advanced: block(body({ java_harvest_delay: withDefault(t.duration, 0, { text: '0s' }) })),
  services: blocks(serviceSchema),
  survey: blocks(serviceSchema),
});

export const ebpfSchema = body({
  batch_length: withDefault(t.int, 0),
  batch_timeout: withDefault(t.duration, 0, { text: '0s' }),
  bpf_debug: withDefault(t.bool, false),
  bpf_fs_path: optional(t.string),
  context_propagation: optional(t.string),
  couchbase_db_cache_size: withDefault(t.int, 0),
  disable_black_box_cp: withDefault(t.bool, false),
  dns_request_timeout: withDefault(t.duration, 0, { text: '0s' }),
  force_bpf_map_reader: optional(t.string),
  heuristic_sql_detect: withDefault(t.bool, false),
  high_request_volume: withDefault(t.bool, false),
  http_request_timeout: withDefault(t.duration, 0, { text: '0s' }),
  instrument_cuda: withDefault(t.int, 0),
  kafka_topic_uuid_cache_size: withDefault(t.int, 0),
  max_transaction_time: withDefault(t.duration, 0, { text: '0s' }),
  mongo_requests_cache_size: withDefault(t.int, 0),
  mssql_prepared_statements_cache_size: withDefault(t.int, 0),
  mysql_prepared_statements_cache_size: withDefault(t.int, 0),
  override_bpfloop_enabled: withDefault(t.bool, false),
  postgres_prepared_statements_cache_size: withDefault(t.int, 0),
  protocol_debug_print: withDefault(t.bool, false),
  stats_wakeup_data_bytes: withDefault(t.int, 0),
  track_request_headers: withDefault(t.bool, false),
  traffic_control_backend: optional(t.string),
  wakeup_len: withDefault(t.int, 0),
  buffer_sizes: block(
    body({
      http: withDefault(t.int, 0),
      kafka: withDefault(t.int, 0),
      mssql: withDefault(t.int, 0),
      mysql: withDefault(t.int, 0),
      postgres: withDefault(t.int, 0),
      tcp: withDefault(t.int, 0),
    }),
  ),
  log_enricher: block(
    body({
      async_writer_channel_len: withDefault(t.int, 0),
      async_writer_workers: withDefault(t.int, 0),
      cache_size: withDefault(t.int, 0),
      cache_ttl: withDefault(t.duration, 0, { text: '0s' }),
      services: blocks(body({ service: blocks(serviceSchema) })),
    }),
  ),
  maps_config: block(body({ global_scale_factor: withDefault(t.int, 0) })),
  payload_extraction: block(
    body({
      http: block(
        body({
          ...toggles(
            false,
            'aws elasticsearch openai anthropic gemini bedrock embedding mcp qwen rerank retrieval',
            'graphql jsonrpc',
          ),
          enrichment: block(
            body({
              enabled: withDefault(t.bool, false),
              policy: block(
                body({
                  obfuscation_string: optional(t.string),
                  default_action: block(body({ body: optional(t.string), headers: optional(t.string) })),
                }),
              ),
              rules: blocks(
                body({
                  action: optional(t.string),
                  scope: optional(t.string),
                  type: optional(t.string),
                  match: block(
                    body({
                      case_sensitive: withDefault(t.bool, false),
                      methods: optional(t.list(t.string)),
                      obfuscation_json_paths: optional(t.list(t.string)),
                      patterns: optional(t.list(t.string)),
                      url_path_patterns: optional(t.list(t.string)),
                    }),
                  ),
                }),
              ),
            }),
          ),
          sqlpp: block(body({ enabled: withDefault(t.bool, false), endpoint_patterns: optional(t.list(t.string)) })),
        }),
      ),
    }),
  ),
  redis_db_cache: block(body({ enabled: withDefault(t.bool, false), max_size: withDefault(t.int, 0) })),
});

export const injectorSchema = body({
  enabled_sdks: optional(t.list(t.string)),
  exporter_otlp_endpoint: optional(t.string),
  exporter_otlp_protocol: optional(t.string),
  image_version: optional(t.string),
  trace_propagators: optional(t.list(t.string)),
  disable_auto_restart: withDefault(t.bool, false),
  exclude_instrument: blocks(serviceSchema),
  instrument: blocks(serviceSchema),
  otel_exported_signals: block(body({ logs: optional(t.bool), metrics: optional(t.bool), traces: optional(t.bool) })),
  resources: block(
    body({
      add_k8s_ip_attribute: withDefault(t.bool, false),
      add_k8s_uid_attributes: withDefault(t.bool, false),
      attributes: optional(t.map(t.string)),
      use_k8s_labels_for_resource_attributes: withDefault(t.bool, false),
    }),
  ),
  trace_sampler: block(samplerSchema),
  webhook: block(body({ external_deployment_name: optional(t.string) })),
});

export const attributesSchema = body({
  metric_span_names_limit: withDefault(t.int, 0),
  rename_unresolved_hosts: optional(t.string),
  rename_unresolved_hosts_incoming: optional(t.string),
  rename_unresolved_hosts_outgoing: optional(t.string),
  kubernetes: requiredBlock(
    body({
      enable: required(t.string),
      cluster_name: optional(t.string),
      informers_sync_timeout: withDefault(t.duration, 0, { text: '0s' }),
      informers_resync_period: withDefault(t.duration, 0, { text: '0s' }),
      disable_informers: optional(t.list(t.string)),
      meta_restrict_local_node: withDefault(t.bool, false),
      meta_cache_address: optional(t.string),
      reconnect_initial_interval: withDefault(t.duration, 0, { text: '0s' }),
      drop_external: withDefault(t.bool, false),
      kubeconfig_path: optional(t.string),
      resource_labels: optional(t.map(t.list(t.string))),
      service_name_template: optional(t.string),
    }),
  ),
  instance_id: block(body({ dns: optional(t.bool), override_hostname: optional(t.string) })),
  select: blocks(
    body({ attr: required(t.string), include: optional(t.list(t.string)), exclude: optional(t.list(t.string)) }),
  ),
  host_id: block(body({ override: optional(t.string) })),
  metadata_retry: block(
    body({
      timeout: withDefault(t.duration, 0, { text: '0s' }),
      start_interval: withDefault(t.duration, 0, { text: '0s' }),
      max_interval: withDefault(t.duration, 0, { text: '0s' }),
    }),
  ),
});
