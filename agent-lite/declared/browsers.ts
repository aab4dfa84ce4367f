/** Telemetry of browsers. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver, otelConsumer } from '../../core/pipeline/capsules.ts';
import { type DeclaredComponent, declareComponent, MiB } from './declare.ts';

export const browsersComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'faro.receiver',
    summary: 'Takes telemetry of browsers from the Faro web SDK.',
    schema: body({
      extra_log_labels: optional(t.map(t.string)),
      log_format: withDefault(t.oneOf('logfmt', 'json', ''), 'logfmt'),
      server: block(
        body({
          listen_address: withDefault(t.string, '127.0.0.1'),
          listen_port: withDefault(t.int, 12_347),
          cors_allowed_origins: optional(t.list(t.string)),
          api_key: optional(t.secret),
          max_allowed_payload_size: withDefault(t.size, 5 * MiB, { text: '5MiB' }),
          include_metadata: withDefault(t.bool, false),
          rate_limiting: block(
            body({
              enabled: withDefault(t.bool, true),
              strategy: withDefault(t.oneOf('global', 'per_app', ''), 'global'),
              rate: withDefault(t.float, 50),
              burst_size: withDefault(t.float, 100),
            }),
          ),
        }),
      ),
      sourcemaps: block(
        body({
          download: withDefault(t.bool, true),
          download_from_origins: withDefault(t.list(t.string), ['*']),
          download_timeout: withDefault(t.duration, 1000, { text: '1s' }),
          cache: block(
            body({
              ttl: withDefault(t.duration, Number.POSITIVE_INFINITY, { text: 'infinity' }),
              error_cleanup_interval: withDefault(t.duration, 3_600_000, { text: '1h' }),
              cleanup_check_interval: withDefault(t.duration, 30_000, { text: '30s' }),
            }),
          ),
          location: blocks(body({ path: required(t.string), minified_path_prefix: required(t.string) })),
        }),
      ),
      output: requiredBlock(body({ logs: optional(t.list(logsReceiver)), traces: optional(t.list(otelConsumer)) })),
    }),
    exports: {},
  }),
];
