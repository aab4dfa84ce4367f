/** OpenTelemetry processors that change, drop or gather telemetry. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, ottlErrorMode, outputSchema } from './blocks/otelcol.ts';
import { matchPropertiesSchema } from './blocks/otelcol-match.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { attributeAction, memoryLimits, metricMatch, spanStatus } from './otelcol-processor-rules.ts';
import { need, needOneOf, needPositive, ruled } from './rules.ts';

const matchArgsSchema = ruled(
  body({
    metrics: optional(t.list(t.string)),
    match_type: optional(t.string),
    metric_types: optional(t.list(t.string)),
  }),
  (args, path) => metricMatch(args, path),
);

const contextConditionsSchema = body({ conditions: required(t.list(t.string)), context: optional(t.string) });

const dbSanitizerSchema = body({ enabled: withDefault(t.bool, false), attributes: optional(t.list(t.string)) });

const contextStatementsSchema = body({
  context: required(t.oneOfAnyCase('resource', 'scope', 'span', 'spanevent', 'metric', 'datapoint', 'log')),
  statements: required(t.list(t.string)),
  conditions: optional(t.list(t.string)),
  error_mode: optional(ottlErrorMode),
});

export const otelcolProcessorsComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.processor.attributes',
    summary: 'Changes attributes of spans, metrics and logs.',
    schema: body({
      include: block(matchPropertiesSchema),
      exclude: block(matchPropertiesSchema),
      action: blocks(
        ruled(
          body({
            action: required(t.string),
            key: optional(t.string),
            value: optional(t.any),
            pattern: optional(t.string),
            from_attribute: optional(t.string),
            from_context: optional(t.string),
            converted_type: optional(t.string),
          }),
          (args, path) => attributeAction(args, path),
        ),
      ),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.cumulativetodelta',
    summary: 'Turns cumulative metrics into deltas.',
    stability: 'public-preview',
    schema: ruled(
      body({
        max_staleness: withDefault(t.duration, 0, { text: '0s' }),
        initial_value: withDefault(t.string, 'auto'),
        include: block(matchArgsSchema),
        exclude: block(matchArgsSchema),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => {
        need(args.max_staleness >= 0, path, 'max_staleness', 'must not be negative');
        needOneOf(args, path, 'initial_value', 'auto', 'keep', 'drop');
      },
    ),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.deltatocumulative',
    summary: 'Turns delta metrics into cumulative ones.',
    stability: 'experimental',
    schema: ruled(
      body({
        max_stale: withDefault(t.duration, 300_000, { text: '5m' }),
        max_streams: withDefault(t.int, Number.MAX_SAFE_INTEGER, { text: '9223372036854775807' }),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => {
        needPositive(args, path, 'max_stale');
        need(args.max_streams >= 0, path, 'max_streams', 'must not be negative');
      },
    ),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.filter',
    summary: 'Drops telemetry by OTTL conditions.',
    schema: body({
      error_mode: withDefault(ottlErrorMode, 'ignore'),
      traces: block(body({ span: optional(t.list(t.string)), spanevent: optional(t.list(t.string)) })),
      metrics: block(body({ metric: optional(t.list(t.string)), datapoint: optional(t.list(t.string)) })),
      logs: block(body({ log_record: optional(t.list(t.string)) })),
      trace_conditions: blocks(contextConditionsSchema),
      metric_conditions: blocks(contextConditionsSchema),
      log_conditions: blocks(contextConditionsSchema),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.groupbyattrs',
    summary: 'Groups telemetry by attributes into resources.',
    schema: body({
      keys: optional(t.list(t.string)),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.interval',
    summary: 'Passes on the last value of metrics at an interval.',
    stability: 'experimental',
    schema: ruled(
      body({
        interval: withDefault(t.duration, 60_000, { text: '1m' }),
        passthrough: block(body({ gauge: withDefault(t.bool, false), summary: withDefault(t.bool, false) })),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => needPositive(args, path, 'interval'),
    ),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.memory_limiter',
    summary: 'Refuses telemetry when memory runs short.',
    schema: ruled(
      body({
        check_interval: required(t.duration),
        limit: optional(t.size),
        spike_limit: optional(t.size),
        limit_percentage: withDefault(t.uint, 0),
        spike_limit_percentage: withDefault(t.uint, 0),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => memoryLimits(args, path),
    ),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.metric_start_time',
    summary: 'Sets the start time of cumulative metrics.',
    schema: ruled(
      body({
        strategy: withDefault(t.string, 'true_reset_point'),
        gc_interval: withDefault(t.duration, 600_000, { text: '10m' }),
        start_time_metric_regex: optional(t.string),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => {
        needOneOf(args, path, 'strategy', 'true_reset_point', 'subtract_initial_point', 'start_time_metric');
        needPositive(args, path, 'gc_interval');
      },
    ),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.probabilistic_sampler',
    summary: 'Samples traces and logs at random.',
    schema: body({
      sampling_percentage: withDefault(t.float, 0),
      hash_seed: withDefault(t.uint, 0),
      mode: optional(t.string),
      fail_closed: withDefault(t.bool, true),
      sampling_precision: withDefault(t.int, 4),
      attribute_source: withDefault(t.string, 'traceID'),
      from_attribute: optional(t.string),
      sampling_priority: optional(t.string),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.redaction',
    summary: 'Removes or masks attributes.',
    stability: 'experimental',
    schema: body({
      allow_all_keys: withDefault(t.bool, false),
      allowed_keys: optional(t.list(t.string)),
      ignored_keys: optional(t.list(t.string)),
      blocked_key_patterns: optional(t.list(t.string)),
      ignored_key_patterns: optional(t.list(t.string)),
      allowed_values: optional(t.list(t.string)),
      blocked_values: optional(t.list(t.string)),
      hash_function: optional(t.string),
      hmac_key: optional(t.secret),
      redact_all_types: withDefault(t.bool, false),
      summary: optional(t.string),
      url_sanitizer: block(
        body({
          enabled: withDefault(t.bool, false),
          attributes: optional(t.list(t.string)),
          sanitize_span_name: optional(t.bool),
        }),
      ),
      db_sanitizer: block(
        body({
          sanitize_span_name: optional(t.bool),
          sql: block(dbSanitizerSchema),
          redis: block(dbSanitizerSchema),
          valkey: block(dbSanitizerSchema),
          memcached: block(dbSanitizerSchema),
          mongo: block(dbSanitizerSchema),
          opensearch: block(dbSanitizerSchema),
          es: block(dbSanitizerSchema),
        }),
      ),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.span',
    summary: 'Renames spans and takes attributes from their names.',
    schema: body({
      include: block(matchPropertiesSchema),
      exclude: block(matchPropertiesSchema),
      name: block(
        body({
          from_attributes: optional(t.list(t.string)),
          separator: optional(t.string),
          to_attributes: block(
            body({
              rules: required(t.list(t.string)),
              break_after_match: withDefault(t.bool, false),
              keep_original_name: withDefault(t.bool, false),
            }),
          ),
        }),
      ),
      status: block(
        ruled(body({ code: required(t.string), description: optional(t.string) }), (args, path) =>
          spanStatus(args, path),
        ),
      ),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.transform',
    summary: 'Changes telemetry with OTTL statements.',
    schema: body({
      error_mode: withDefault(ottlErrorMode, 'ignore'),
      statements: block(
        body({
          trace: optional(t.list(t.string)),
          metric: optional(t.list(t.string)),
          log: optional(t.list(t.string)),
        }),
      ),
      trace_statements: blocks(contextStatementsSchema),
      metric_statements: blocks(contextStatementsSchema),
      log_statements: blocks(contextStatementsSchema),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
];
