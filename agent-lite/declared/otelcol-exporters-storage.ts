/** OpenTelemetry exporters to files, object storage, brokers and syslog. */
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import {
  compressionParamsSchema,
  debugMetricsSchema,
  queueSchema,
  retrySchema,
  tlsClientSchema,
} from './blocks/otelcol.ts';
import { kafkaAuthenticationSchema, kafkaMetadataSchema } from './blocks/otelcol-kafka.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const kafkaExporterSignalSchema = body({
  topic: optional(t.string),
  topic_from_metadata_key: optional(t.string),
  encoding: optional(t.string),
  message_key_from_metadata_key: optional(t.string),
});

export const otelcolExportersStorageComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.exporter.awss3',
    summary: 'Writes telemetry to an S3 bucket.',
    stability: 'experimental',
    schema: body({
      timeout: withDefault(t.duration, 5000, { text: '5s' }),
      sending_queue: block(queueSchema),
      s3_uploader: requiredBlock(
        body({
          s3_bucket: required(t.string),
          s3_prefix: required(t.string),
          region: withDefault(t.string, 'us-east-1'),
          s3_base_prefix: optional(t.string),
          s3_partition_format: withDefault(t.string, 'year=%Y/month=%m/day=%d/hour=%H/minute=%M'),
          s3_partition_timezone: optional(t.string),
          role_arn: optional(t.string),
          file_prefix: optional(t.string),
          endpoint: optional(t.string),
          s3_force_path_style: withDefault(t.bool, false),
          disable_ssl: withDefault(t.bool, false),
          compression: withDefault(
            t.oneOf('gzip', 'zlib', 'deflate', 'snappy', 'x-snappy-framed', 'zstd', 'lz4', 'none', ''),
            'none',
          ),
          acl: optional(t.string),
          storage_class: withDefault(t.string, 'STANDARD'),
          unique_key_func_name: optional(t.string),
          retry_mode: withDefault(t.string, 'standard'),
          retry_max_attempts: withDefault(t.int, 3),
          retry_max_backoff: withDefault(t.duration, 20_000, { text: '20s' }),
        }),
      ),
      marshaler: block(body({ type: withDefault(t.string, 'otlp_json') })),
      resource_attrs_to_s3: block(body({ s3_prefix: required(t.string), s3_bucket: optional(t.string) })),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.file',
    summary: 'Writes telemetry to files.',
    stability: 'public-preview',
    schema: body({
      path: required(t.string),
      append: withDefault(t.bool, false),
      format: withDefault(t.string, 'json'),
      encoding: optional(t.string),
      compression: optional(t.string),
      flush_interval: withDefault(t.duration, 1000, { text: '1s' }),
      rotation: block(
        body({
          max_megabytes: withDefault(t.int, 100),
          max_days: withDefault(t.int, 0),
          max_backups: withDefault(t.int, 100),
          localtime: withDefault(t.bool, false),
        }),
      ),
      compression_params: block(compressionParamsSchema),
      group_by: block(
        body({
          enabled: withDefault(t.bool, false),
          resource_attribute: withDefault(t.string, 'fileexporter.path_segment'),
          max_open_files: withDefault(t.int, 100),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.kafka',
    summary: 'Sends telemetry to Kafka.',
    schema: body({
      protocol_version: required(t.string),
      brokers: withDefault(t.list(t.string), ['localhost:9092']),
      resolve_canonical_bootstrap_servers_only: withDefault(t.bool, false),
      client_id: withDefault(t.string, 'otel-collector'),
      topic: optional(t.string),
      topic_from_attribute: optional(t.string),
      encoding: optional(t.string),
      partition_traces_by_id: withDefault(t.bool, false),
      partition_metrics_by_resource_attributes: withDefault(t.bool, false),
      partition_logs_by_resource_attributes: withDefault(t.bool, false),
      partition_logs_by_trace_id: withDefault(t.bool, false),
      timeout: withDefault(t.duration, 5000, { text: '5s' }),
      conn_idle_timeout: withDefault(t.duration, 540_000, { text: '9m' }),
      include_metadata_keys: optional(t.list(t.string)),
      logs: block(kafkaExporterSignalSchema),
      metrics: block(kafkaExporterSignalSchema),
      traces: block(kafkaExporterSignalSchema),
      authentication: block(kafkaAuthenticationSchema),
      metadata: block(kafkaMetadataSchema),
      retry_on_failure: block(retrySchema),
      sending_queue: block(queueSchema),
      producer: block(
        body({
          max_message_bytes: withDefault(t.int, 1_000_000),
          max_broker_write_bytes: withDefault(t.int, 104_857_600),
          required_acks: withDefault(t.int, 1),
          compression: withDefault(t.string, 'none'),
          flush_max_messages: withDefault(t.int, 10_000),
          allow_auto_topic_creation: withDefault(t.bool, true),
          linger: withDefault(t.duration, 10, { text: '10ms' }),
          compression_params: block(body({ level: withDefault(t.int, 0) })),
        }),
      ),
      record_partitioner: block(
        body({
          round_robin: withDefault(t.bool, false),
          least_backup: withDefault(t.bool, false),
          sticky_key: block(body({ hasher: withDefault(t.string, 'sarama_compat') })),
        }),
      ),
      tls: block(tlsClientSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.syslog',
    summary: 'Sends logs as syslog messages.',
    stability: 'public-preview',
    schema: body({
      endpoint: required(t.string),
      timeout: withDefault(t.duration, 5000, { text: '5s' }),
      port: withDefault(t.int, 514),
      network: withDefault(t.string, 'tcp'),
      protocol: withDefault(t.oneOf('rfc5424', 'rfc3164'), 'rfc5424'),
      enable_octet_counting: withDefault(t.bool, false),
      sending_queue: block(queueSchema),
      retry_on_failure: block(retrySchema),
      debug_metrics: block(debugMetricsSchema),
      tls: block(tlsClientSchema),
    }),
    exports: { input: 'Consumer' },
  }),
];
