/** OpenTelemetry components that the community looks after. */
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, outputSchema, queueSchema, retrySchema } from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

export const otelcolCommunityComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.exporter.datadog',
    summary: 'Sends telemetry to Datadog.',
    community: true,
    schema: body({
      hostname_detection_timeout: withDefault(t.duration, 25_000, { text: '25s' }),
      only_metadata: withDefault(t.bool, false),
      hostname: optional(t.string),
      client: block(
        body({
          read_buffer_size: withDefault(t.int, 0),
          write_buffer_size: withDefault(t.int, 0),
          timeout: withDefault(t.duration, 15_000, { text: '15s' }),
          max_idle_conns: withDefault(t.int, 100),
          max_idle_conns_per_host: withDefault(t.int, 0),
          max_conns_per_host: withDefault(t.int, 0),
          idle_conn_timeout: withDefault(t.duration, 90_000, { text: '1m30s' }),
          disable_keep_alives: withDefault(t.bool, false),
          insecure_skip_verify: withDefault(t.bool, false),
        }),
      ),
      sending_queue: block(queueSchema),
      retry_on_failure: block(retrySchema),
      api: requiredBlock(
        body({
          api_key: required(t.secret),
          site: withDefault(t.string, 'datadoghq.com'),
          fail_on_invalid_key: withDefault(t.bool, false),
        }),
      ),
      traces: block(
        body({
          endpoint: optional(t.string),
          ignore_resources: optional(t.list(t.string)),
          span_name_remappings: optional(t.map(t.string)),
          span_name_as_resource_name: withDefault(t.bool, false),
          compute_stats_by_span_kind: withDefault(t.bool, false),
          compute_top_level_by_span_kind: withDefault(t.bool, false),
          peer_tags_aggregation: withDefault(t.bool, false),
          peer_tags: optional(t.list(t.string)),
          trace_buffer: withDefault(t.int, 0),
        }),
      ),
      metrics: block(
        body({
          delta_ttl: withDefault(t.int, 3600),
          endpoint: optional(t.string),
          exporter: block(
            body({
              resource_attributes_as_tags: withDefault(t.bool, false),
              instrumentation_scope_metadata_as_tags: withDefault(t.bool, true),
            }),
          ),
          histograms: block(
            body({
              mode: withDefault(t.string, 'distributions'),
              send_aggregation_metrics: withDefault(t.bool, false),
            }),
          ),
          sums: block(
            body({
              cumulative_monotonic_mode: withDefault(t.string, 'to_delta'),
              initial_cumulative_monotonic_value: withDefault(t.string, 'auto'),
            }),
          ),
          summaries: block(body({ mode: withDefault(t.string, 'gauges') })),
        }),
      ),
      logs: block(
        body({
          endpoint: optional(t.string),
          use_compression: withDefault(t.bool, true),
          compression_level: withDefault(t.int, 6),
          batch_wait: withDefault(t.int, 5),
        }),
      ),
      host_metadata: block(
        body({
          enabled: withDefault(t.bool, true),
          hostname_source: withDefault(t.string, 'config_or_system'),
          tags: optional(t.list(t.string)),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.googlecloud',
    summary: 'Sends telemetry to Google Cloud.',
    community: true,
    schema: body({
      project: optional(t.string),
      destination_project_quota: withDefault(t.bool, false),
      user_agent: withDefault(t.string, 'opentelemetry-collector-contrib {{version}}'),
      sending_queue: block(queueSchema),
      impersonate: block(
        body({
          target_principal: optional(t.string),
          subject: optional(t.string),
          delegates: optional(t.list(t.string)),
        }),
      ),
      metric: block(
        body({
          prefix: withDefault(t.string, 'workload.googleapis.com'),
          endpoint: withDefault(t.string, 'monitoring.googleapis.com:443'),
          compression: optional(t.string),
          grpc_pool_size: withDefault(t.int, 0),
          use_insecure: withDefault(t.bool, false),
          known_domains: withDefault(t.list(t.string), ['googleapis.com', 'kubernetes.io', 'istio.io', 'knative.dev']),
          skip_create_descriptor: withDefault(t.bool, false),
          instrumentation_library_labels: withDefault(t.bool, true),
          create_service_timeseries: withDefault(t.bool, false),
          create_metric_descriptor_buffer_size: withDefault(t.int, 10),
          service_resource_labels: withDefault(t.bool, true),
          resource_filters: optional(t.list(t.map(t.string))),
          cumulative_normalization: withDefault(t.bool, true),
          sum_of_squared_deviation: withDefault(t.bool, false),
          experimental_wal: block(
            body({ directory: optional(t.string), max_backoff: withDefault(t.duration, 0, { text: '0s' }) }),
          ),
        }),
      ),
      trace: block(
        body({
          endpoint: withDefault(t.string, 'cloudtrace.googleapis.com:443'),
          grpc_pool_size: withDefault(t.int, 0),
          use_insecure: withDefault(t.bool, false),
          attribute_mappings: optional(t.list(t.map(t.string))),
        }),
      ),
      log: block(
        body({
          endpoint: withDefault(t.string, 'logging.googleapis.com:443'),
          compression: optional(t.string),
          grpc_pool_size: withDefault(t.int, 0),
          use_insecure: withDefault(t.bool, false),
          default_log_name: optional(t.string),
          resource_filters: optional(t.list(t.map(t.string))),
          service_resource_labels: withDefault(t.bool, true),
          error_reporting_type: withDefault(t.bool, false),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.googlecloudpubsub',
    summary: 'Sends telemetry to Google Cloud Pub/Sub.',
    community: true,
    schema: body({
      topic: required(t.string),
      project: optional(t.string),
      user_agent: withDefault(t.string, 'opentelemetry-collector-contrib {{version}}'),
      compression: optional(t.string),
      endpoint: optional(t.string),
      universe_domain: optional(t.string),
      insecure: withDefault(t.bool, false),
      timeout: withDefault(t.duration, 12_000, { text: '12s' }),
      sending_queue: block(queueSchema),
      retry_on_failure: block(retrySchema),
      watermark: block(
        body({ behavior: optional(t.string), allowed_drift: withDefault(t.duration, 0, { text: '0s' }) }),
      ),
      ordering: block(
        body({
          enabled: withDefault(t.bool, false),
          from_resource_attribute: optional(t.string),
          remove_resource_attribute: withDefault(t.bool, false),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.splunkhec',
    summary: "Sends telemetry to Splunk's HTTP event collector.",
    community: true,
    schema: body({
      client: requiredBlock(
        body({
          endpoint: required(t.string),
          read_buffer_size: withDefault(t.int, 0),
          write_buffer_size: withDefault(t.int, 0),
          timeout: withDefault(t.duration, 15_000, { text: '15s' }),
          max_idle_conns: withDefault(t.int, 100),
          max_idle_conns_per_host: withDefault(t.int, 0),
          max_conns_per_host: withDefault(t.int, 0),
          idle_conn_timeout: withDefault(t.duration, 90_000, { text: '1m30s' }),
          disable_keep_alives: withDefault(t.bool, false),
          insecure_skip_verify: withDefault(t.bool, false),
          force_attempt_http2: withDefault(t.bool, true),
        }),
      ),
      sending_queue: block(queueSchema),
      retry_on_failure: block(retrySchema),
      splunk: requiredBlock(
        body({
          token: required(t.secret),
          log_data_enabled: withDefault(t.bool, true),
          profiling_data_enabled: withDefault(t.bool, true),
          source: optional(t.string),
          sourcetype: optional(t.string),
          index: optional(t.string),
          disable_compression: withDefault(t.bool, false),
          max_content_length_logs: withDefault(t.uint, 2_097_152),
          max_content_length_metrics: withDefault(t.uint, 2_097_152),
          max_content_length_traces: withDefault(t.uint, 2_097_152),
          max_event_size: withDefault(t.uint, 5_242_880),
          splunk_app_name: withDefault(t.string, 'Alloy'),
          splunk_app_version: optional(t.string),
          health_path: withDefault(t.string, '/services/collector/health'),
          health_check_enabled: withDefault(t.bool, false),
          export_raw: withDefault(t.bool, false),
          use_multi_metric_format: withDefault(t.bool, false),
          otel_to_hec_fields: block(body({ severity_text: optional(t.string), severity_number: optional(t.string) })),
          heartbeat: block(
            body({ interval: withDefault(t.duration, 0, { text: '0s' }), startup: withDefault(t.bool, false) }),
          ),
          telemetry: block(
            body({
              enabled: withDefault(t.bool, false),
              override_metrics_names: optional(t.map(t.string)),
              extra_attributes: optional(t.map(t.string)),
            }),
          ),
        }),
      ),
      otel_attrs_to_hec_metadata: block(
        body({
          source: withDefault(t.string, 'com.splunk.source'),
          sourcetype: withDefault(t.string, 'com.splunk.sourcetype'),
          index: withDefault(t.string, 'com.splunk.index'),
          host: withDefault(t.string, 'host.name'),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.receiver.googlecloudpubsub',
    summary: 'Reads telemetry from Google Cloud Pub/Sub.',
    community: true,
    schema: body({
      subscription: required(t.string),
      project: optional(t.string),
      user_agent: withDefault(t.string, 'opentelemetry-collector-contrib {{version}}'),
      endpoint: optional(t.string),
      universe_domain: optional(t.string),
      insecure: withDefault(t.bool, false),
      encoding: optional(t.string),
      compression: optional(t.string),
      ignore_encoding_error: withDefault(t.bool, false),
      client_id: optional(t.string),
      timeout: withDefault(t.duration, 12_000, { text: '12s' }),
      flow_control: block(
        body({
          trigger_ack_batch_duration: withDefault(t.duration, 10_000, { text: '10s' }),
          stream_ack_deadline: withDefault(t.duration, 60_000, { text: '1m' }),
          max_outstanding_messages: withDefault(t.int, 0),
          max_outstanding_bytes: withDefault(t.int, 0),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: { input: 'Consumer' },
  }),
];
