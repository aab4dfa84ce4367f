/** OpenTelemetry receivers of logs and of metrics of files. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import {
  consumerRetrySchema,
  debugMetricsSchema,
  multilineSchema,
  outputSchema,
  tlsServerSchema,
  trimFields,
} from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent, KiB, MiB, storageHandler, toggles } from './declare.ts';

const filterSchema = body({ strict: optional(t.string), regexp: optional(t.string) });

const resourceAttributeSchema = body({
  enabled: withDefault(t.bool, true),
  metrics_include: blocks(filterSchema),
  metrics_exclude: blocks(filterSchema),
});

export const otelcolReceiversLogsComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.receiver.file_stats',
    summary: 'Makes metrics of the size and age of files.',
    schema: body({
      include: required(t.string),
      collection_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      initial_delay: withDefault(t.duration, 1000, { text: '1s' }),
      timeout: withDefault(t.duration, 0, { text: '0s' }),
      metrics: block(
        body({ ...toggles(false, 'file.atime file.count file.ctime'), ...toggles(true, 'file.mtime file.size') }),
      ),
      resource_attributes: block(
        body({
          'file.name': block(resourceAttributeSchema),
          'file.path': block(body({ ...resourceAttributeSchema, enabled: withDefault(t.bool, false) })),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.filelog',
    summary: 'Follows log files as the OpenTelemetry Collector does.',
    stability: 'public-preview',
    schema: body({
      include: required(t.list(t.string)),
      exclude: optional(t.list(t.string)),
      exclude_older_than: withDefault(t.duration, 0, { text: '0s' }),
      poll_interval: withDefault(t.duration, 200, { text: '200ms' }),
      max_concurrent_files: withDefault(t.int, 1024),
      max_batches: withDefault(t.int, 0),
      start_at: withDefault(t.string, 'end'),
      fingerprint_size: withDefault(t.size, 1 * KiB, { text: '1KiB' }),
      max_log_size: withDefault(t.size, 1 * MiB, { text: '1MiB' }),
      encoding: withDefault(t.string, 'utf-8'),
      force_flush_period: withDefault(t.duration, 500, { text: '500ms' }),
      delete_after_read: withDefault(t.bool, false),
      include_file_record_number: withDefault(t.bool, false),
      compression: optional(t.string),
      acquire_fs_lock: withDefault(t.bool, false),
      file_cache_advise: withDefault(t.bool, false),
      ...trimFields,
      include_file_name: withDefault(t.bool, true),
      include_file_path: withDefault(t.bool, false),
      include_file_name_resolved: withDefault(t.bool, false),
      include_file_path_resolved: withDefault(t.bool, false),
      include_file_owner_name: withDefault(t.bool, false),
      include_file_owner_group_name: withDefault(t.bool, false),
      include_file_permissions: withDefault(t.bool, false),
      attributes: optional(t.map(t.string)),
      resource: optional(t.map(t.string)),
      operators: optional(t.list(t.map(t.any))),
      storage: optional(storageHandler),
      ordering_criteria: block(
        body({
          regex: optional(t.string),
          top_n: withDefault(t.int, 0),
          group_by: optional(t.string),
          sort_by: blocks(
            body({
              sort_type: optional(t.string),
              regex_key: optional(t.string),
              ascending: withDefault(t.bool, false),
              layout: optional(t.string),
              location: optional(t.string),
            }),
            { required: true },
          ),
        }),
      ),
      multiline: block(multilineSchema),
      header: block(body({ pattern: required(t.string), metadata_operators: required(t.list(t.map(t.any))) })),
      retry_on_failure: block(consumerRetrySchema),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.syslog',
    summary: 'Takes syslog messages as OTLP logs.',
    stability: 'public-preview',
    schema: body({
      protocol: withDefault(t.oneOf('rfc5424', 'rfc3164'), 'rfc5424'),
      location: withDefault(t.string, 'UTC'),
      enable_octet_counting: withDefault(t.bool, false),
      max_octets: withDefault(t.int, 0),
      allow_skip_pri_header: withDefault(t.bool, false),
      non_transparent_framing_trailer: optional(t.oneOf('NUL', 'LF')),
      on_error: withDefault(t.string, 'send'),
      retry_on_failure: block(consumerRetrySchema),
      tcp: block(
        body({
          max_log_size: optional(t.size),
          listen_address: optional(t.string),
          add_attributes: withDefault(t.bool, false),
          one_log_per_packet: withDefault(t.bool, false),
          encoding: optional(t.string),
          ...trimFields,
          tls: block(tlsServerSchema),
          multiline: block(multilineSchema),
        }),
      ),
      udp: block(
        body({
          listen_address: optional(t.string),
          one_log_per_packet: withDefault(t.bool, false),
          add_attributes: withDefault(t.bool, false),
          encoding: optional(t.string),
          ...trimFields,
          multiline: block(multilineSchema),
          async: block(
            body({
              readers: withDefault(t.int, 0),
              processors: withDefault(t.int, 0),
              max_queue_length: withDefault(t.int, 0),
            }),
          ),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.tcplog',
    summary: 'Takes log lines over TCP.',
    stability: 'experimental',
    schema: body({
      listen_address: required(t.string),
      max_log_size: withDefault(t.size, 1 * MiB, { text: '1MiB' }),
      add_attributes: withDefault(t.bool, false),
      one_log_per_packet: withDefault(t.bool, false),
      encoding: optional(t.string),
      tls: block(tlsServerSchema),
      multiline: block(
        body({
          line_start_pattern: optional(t.string),
          line_end_pattern: optional(t.string),
          omit_pattern: withDefault(t.bool, false),
        }),
      ),
      retry_on_failure: block(consumerRetrySchema),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
];
