/** OpenTelemetry receivers of traces, metrics and logs over the network. */
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { otelConsumer } from '../../core/pipeline/capsules.ts';
import {
  debugMetricsSchema,
  grpcServerFields,
  httpServerFields,
  outputSchema,
  tlsClientSchema,
} from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent, KiB } from './declare.ts';

export const otelcolReceiversComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.receiver.datadog',
    summary: 'Takes metrics, logs and traces of Datadog agents.',
    stability: 'experimental',
    schema: body({
      ...httpServerFields,
      endpoint: withDefault(t.string, 'localhost:8126'),
      read_timeout: withDefault(t.duration, 60_000, { text: '1m' }),
      trace_id_cache_size: withDefault(t.int, 0),
      idle_series_timeout: withDefault(t.duration, 0, { text: '0s' }),
      idle_series_cleanup_interval: withDefault(t.duration, 300_000, { text: '5m' }),
      decode_json_message: withDefault(t.bool, true),
      intake: block(
        body({
          behavior: required(t.string),
          proxy: block(
            body({
              api: requiredBlock(
                body({
                  key: required(t.secret),
                  site: optional(t.string),
                  fail_on_invalid_key: withDefault(t.bool, false),
                }),
              ),
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
    name: 'otelcol.receiver.faro',
    summary: 'Takes logs and traces from the Faro web SDK.',
    stability: 'experimental',
    schema: body({
      ...httpServerFields,
      endpoint: withDefault(t.string, 'localhost:8080'),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.fluentforward',
    summary: "Takes logs over Fluent's forward protocol.",
    stability: 'experimental',
    schema: body({
      endpoint: required(t.string),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(body({ logs: optional(t.list(otelConsumer)) })),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.influxdb',
    summary: "Takes metrics in InfluxDB's line protocol.",
    schema: body({
      ...httpServerFields,
      endpoint: withDefault(t.string, 'localhost:8086'),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.jaeger',
    summary: "Takes traces in Jaeger's protocols.",
    schema: body({
      protocols: requiredBlock(
        body({
          grpc: block(body({ ...grpcServerFields, endpoint: withDefault(t.string, '0.0.0.0:14250') })),
          thrift_http: block(body({ ...httpServerFields, endpoint: withDefault(t.string, '0.0.0.0:14268') })),
          thrift_binary: block(
            body({
              endpoint: withDefault(t.string, '0.0.0.0:6832'),
              queue_size: withDefault(t.int, 1000),
              max_packet_size: withDefault(t.size, 65 * KiB, { text: '65KiB' }),
              workers: withDefault(t.int, 10),
              socket_buffer_size: optional(t.size),
            }),
          ),
          thrift_compact: block(
            body({
              endpoint: withDefault(t.string, '0.0.0.0:6831'),
              queue_size: withDefault(t.int, 1000),
              max_packet_size: withDefault(t.size, 65 * KiB, { text: '65KiB' }),
              workers: withDefault(t.int, 10),
              socket_buffer_size: optional(t.size),
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
    name: 'otelcol.receiver.loki',
    summary: "Turns Loki's log lines into OTLP logs.",
    schema: body({ output: requiredBlock(outputSchema) }),
    exports: { receiver: 'LogsReceiver' },
  }),
  declareComponent({
    name: 'otelcol.receiver.prometheus',
    summary: "Turns Prometheus metrics into OTLP's.",
    schema: body({ output: requiredBlock(outputSchema), debug_metrics: block(debugMetricsSchema) }),
    exports: { receiver: 'MetricsReceiver' },
  }),
  declareComponent({
    name: 'otelcol.receiver.solace',
    summary: 'Takes traces from Solace brokers.',
    schema: body({
      queue: required(t.string),
      broker: withDefault(t.string, 'localhost:5671'),
      max_unacknowledged: withDefault(t.int, 1000),
      tls: block(tlsClientSchema),
      flow_control: block(
        body({ delayed_retry: requiredBlock(body({ delay: withDefault(t.duration, 10, { text: '10ms' }) })) }),
      ),
      debug_metrics: block(debugMetricsSchema),
      auth: requiredBlock(
        body({
          sasl_plain: block(body({ username: required(t.string), password: required(t.secret) })),
          sasl_xauth2: block(body({ username: required(t.string), bearer: required(t.string) })),
          sasl_external: block(body({})),
        }),
      ),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.splunkhec',
    summary: "Takes metrics and logs over Splunk's HTTP event collector.",
    stability: 'public-preview',
    schema: body({
      ...httpServerFields,
      endpoint: withDefault(t.string, 'localhost:8088'),
      raw_path: withDefault(t.string, '/services/collector/raw'),
      health_path: withDefault(t.string, '/services/collector/health'),
      splitting: withDefault(t.oneOf('none', 'line'), 'line'),
      access_token_passthrough: withDefault(t.bool, false),
      hec_metadata_to_otel_attrs: block(
        body({
          source: withDefault(t.string, 'com.splunk.source'),
          sourcetype: withDefault(t.string, 'com.splunk.sourcetype'),
          index: withDefault(t.string, 'com.splunk.index'),
          host: withDefault(t.string, 'host.name'),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(body({ metrics: optional(t.list(otelConsumer)), logs: optional(t.list(otelConsumer)) })),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.zipkin',
    summary: "Takes spans in Zipkin's formats.",
    schema: body({
      parse_string_tags: withDefault(t.bool, false),
      ...httpServerFields,
      endpoint: withDefault(t.string, '0.0.0.0:9411'),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
];
