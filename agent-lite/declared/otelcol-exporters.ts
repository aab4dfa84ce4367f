/** OpenTelemetry exporters to other collectors, to this pipeline and to the log. */
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import {
  compressionParamsSchema,
  compressionType,
  cookiesSchema,
  debugMetricsSchema,
  keepaliveClientSchema,
  queueSchema,
  retrySchema,
  tlsClientSchema,
} from './blocks/otelcol.ts';
import { authHandler, type DeclaredComponent, declareComponent, KiB } from './declare.ts';

export const otelcolExportersComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.exporter.debug',
    summary: "Writes telemetry to the agent's own log.",
    stability: 'experimental',
    schema: body({
      verbosity: withDefault(t.string, 'basic'),
      sampling_initial: withDefault(t.int, 2),
      sampling_thereafter: withDefault(t.int, 1),
      use_internal_logger: withDefault(t.bool, true),
      output_paths: optional(t.list(t.string)),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.faro',
    summary: 'Sends logs and traces to a Faro endpoint.',
    stability: 'experimental',
    schema: body({
      client: requiredBlock(
        body({
          endpoint: required(t.string),
          proxy_url: optional(t.string),
          compression: withDefault(compressionType, 'gzip'),
          read_buffer_size: optional(t.size),
          write_buffer_size: withDefault(t.size, 512 * KiB, { text: '512KiB' }),
          timeout: withDefault(t.duration, 30_000, { text: '30s' }),
          headers: optional(t.map(t.string)),
          max_idle_conns: withDefault(t.int, 100),
          max_idle_conns_per_host: withDefault(t.int, 0),
          max_conns_per_host: withDefault(t.int, 0),
          idle_conn_timeout: withDefault(t.duration, 90_000, { text: '1m30s' }),
          disable_keep_alives: withDefault(t.bool, false),
          http2_read_idle_timeout: withDefault(t.duration, 0, { text: '0s' }),
          http2_ping_timeout: withDefault(t.duration, 0, { text: '0s' }),
          force_attempt_http2: withDefault(t.bool, true),
          auth: optional(authHandler),
          compression_params: block(compressionParamsSchema),
          tls: block(tlsClientSchema),
          cookies: block(cookiesSchema),
        }),
      ),
      sending_queue: block(queueSchema),
      retry_on_failure: block(retrySchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.loadbalancing',
    summary: 'Spreads logs and traces over several OTLP receivers.',
    schema: body({
      routing_key: withDefault(t.string, 'traceID'),
      timeout: withDefault(t.duration, 0, { text: '0s' }),
      protocol: requiredBlock(
        body({
          otlp: requiredBlock(
            body({
              timeout: withDefault(t.duration, 5000, { text: '5s' }),
              queue: block(queueSchema),
              retry: block(retrySchema),
              client: requiredBlock(
                body({
                  compression: withDefault(compressionType, 'gzip'),
                  read_buffer_size: optional(t.size),
                  write_buffer_size: withDefault(t.size, 512 * KiB, { text: '512KiB' }),
                  wait_for_ready: withDefault(t.bool, false),
                  headers: optional(t.map(t.string)),
                  balancer_name: withDefault(t.string, 'round_robin'),
                  authority: optional(t.string),
                  auth: optional(authHandler),
                  tls: block(tlsClientSchema),
                  keepalive: block(keepaliveClientSchema),
                }),
              ),
            }),
          ),
        }),
      ),
      resolver: requiredBlock(
        body({
          static: block(body({ hostnames: required(t.list(t.string)) })),
          dns: block(
            body({
              hostname: required(t.string),
              port: withDefault(t.string, '4317'),
              interval: withDefault(t.duration, 5000, { text: '5s' }),
              timeout: withDefault(t.duration, 1000, { text: '1s' }),
            }),
          ),
          kubernetes: block(
            body({
              service: required(t.string),
              ports: withDefault(t.list(t.int), [4317]),
              timeout: withDefault(t.duration, 60_000, { text: '1m' }),
              return_hostnames: withDefault(t.bool, false),
            }),
          ),
          aws_cloud_map: block(
            body({
              namespace: required(t.string),
              service_name: required(t.string),
              health_status: withDefault(t.string, 'HEALTHY'),
              interval: withDefault(t.duration, 30_000, { text: '30s' }),
              timeout: withDefault(t.duration, 5000, { text: '5s' }),
              port: optional(t.uint),
              owner_account: optional(t.string),
            }),
          ),
        }),
      ),
      retry_on_failure: block(retrySchema),
      sending_queue: block(queueSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.exporter.otlp',
    summary: 'Sends telemetry over OTLP/gRPC.',
    schema: body({
      timeout: withDefault(t.duration, 5000, { text: '5s' }),
      sending_queue: block(queueSchema),
      retry_on_failure: block(retrySchema),
      debug_metrics: block(debugMetricsSchema),
      client: requiredBlock(
        body({
          endpoint: required(t.string),
          compression: withDefault(compressionType, 'gzip'),
          read_buffer_size: optional(t.size),
          write_buffer_size: withDefault(t.size, 512 * KiB, { text: '512KiB' }),
          wait_for_ready: withDefault(t.bool, false),
          headers: optional(t.map(t.string)),
          balancer_name: withDefault(t.string, 'round_robin'),
          authority: optional(t.string),
          auth: optional(authHandler),
          tls: block(tlsClientSchema),
          keepalive: block(keepaliveClientSchema),
        }),
      ),
    }),
    exports: { input: 'Consumer' },
  }),
];
