/** OpenTelemetry connectors: what makes one signal of another. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, ottlErrorMode, outputSchema } from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const attributeSchema = body({ key: required(t.string), default_value: optional(t.any) });

const metricInfoSchema = body({
  name: optional(t.string),
  description: optional(t.string),
  conditions: optional(t.list(t.string)),
  attributes: blocks(attributeSchema),
});

const otherAttributeSchema = body({
  key: required(t.string),
  optional: withDefault(t.bool, false),
  default_value: optional(t.any),
});

const histogramSchema = body({
  value: required(t.string),
  buckets: withDefault(
    t.list(t.float),
    [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
  ),
  count: optional(t.string),
});

const exponentialHistogramSchema = body({
  value: required(t.string),
  max_size: withDefault(t.int, 160),
  count: optional(t.string),
});

const otherMetricInfoSchema = body({
  name: required(t.string),
  description: optional(t.string),
  unit: optional(t.string),
  conditions: optional(t.list(t.string)),
  include_resource_attributes: blocks(otherAttributeSchema),
  attributes: blocks(otherAttributeSchema),
  histogram: block(histogramSchema),
  exponential_histogram: block(exponentialHistogramSchema),
  sum: block(body({ value: required(t.string) })),
  gauge: block(body({ value: required(t.string) })),
});

const dimensionSchema = body({ name: optional(t.string), default: optional(t.string), glob: optional(t.string) });

export const otelcolConnectorsComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.connector.count',
    summary: 'Counts spans, metrics and logs.',
    stability: 'experimental',
    schema: body({
      spans: blocks(metricInfoSchema),
      spanevents: blocks(metricInfoSchema),
      metrics: blocks(metricInfoSchema),
      datapoints: blocks(metricInfoSchema),
      logs: blocks(metricInfoSchema),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.connector.host_info',
    summary: 'Makes a metric of the hosts seen in spans.',
    schema: body({
      host_identifiers: withDefault(t.list(t.string), ['host.id']),
      metrics_flush_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.connector.servicegraph',
    summary: 'Makes metrics of the calls between services from spans.',
    schema: body({
      latency_histogram_buckets: withDefault(
        t.list(t.duration),
        [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
      ),
      dimensions: optional(t.list(t.string)),
      cache_loop: withDefault(t.duration, 60_000, { text: '1m' }),
      store_expiration_loop: withDefault(t.duration, 2000, { text: '2s' }),
      virtual_node_peer_attributes: withDefault(t.list(t.string), ['peer.service', 'db.name', 'db.system']),
      virtual_node_extra_label: withDefault(t.bool, false),
      metrics_flush_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      database_name_attributes: withDefault(t.list(t.string), ['db.name']),
      exponential_histogram_max_size: withDefault(t.int, 0),
      store: block(body({ max_items: withDefault(t.int, 1000), ttl: withDefault(t.duration, 2000, { text: '2s' }) })),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.connector.signaltometrics',
    summary: 'Makes metrics from spans, logs, metrics or profiles.',
    stability: 'experimental',
    schema: body({
      error_mode: withDefault(ottlErrorMode, 'propagate'),
      spans: blocks(otherMetricInfoSchema),
      datapoints: blocks(otherMetricInfoSchema),
      logs: blocks(otherMetricInfoSchema),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.connector.spanlogs',
    summary: 'Makes log lines from spans.',
    schema: body({
      spans: withDefault(t.bool, false),
      roots: withDefault(t.bool, false),
      processes: withDefault(t.bool, false),
      events: withDefault(t.bool, false),
      span_attributes: optional(t.list(t.string)),
      process_attributes: optional(t.list(t.string)),
      event_attributes: optional(t.list(t.string)),
      labels: optional(t.list(t.string)),
      overrides: block(
        body({
          logs_instance_tag: withDefault(t.string, 'traces'),
          service_key: withDefault(t.string, 'svc'),
          span_name_key: withDefault(t.string, 'span'),
          status_key: withDefault(t.string, 'status'),
          duration_key: withDefault(t.string, 'dur'),
          trace_id_key: withDefault(t.string, 'tid'),
        }),
      ),
      output: requiredBlock(outputSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.connector.spanmetrics',
    summary: 'Makes request, error and duration metrics from spans.',
    schema: body({
      exclude_dimensions: optional(t.list(t.string)),
      dimensions_cache_size: withDefault(t.int, 0),
      resource_metrics_cache_size: withDefault(t.int, 1000),
      resource_metrics_key_attributes: optional(t.list(t.string)),
      aggregation_cardinality_limit: withDefault(t.int, 0),
      aggregation_temporality: withDefault(t.string, 'CUMULATIVE'),
      metrics_flush_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      metrics_expiration: withDefault(t.duration, 0, { text: '0s' }),
      series_expiration: withDefault(t.duration, 0, { text: '0s' }),
      metric_timestamp_cache_size: withDefault(t.int, 1000),
      namespace: withDefault(t.string, 'traces.span.metrics'),
      include_instrumentation_scope: optional(t.list(t.string)),
      include_collector_instance_id: withDefault(t.bool, false),
      dimension: blocks(dimensionSchema),
      calls_dimension: blocks(dimensionSchema),
      histogram: requiredBlock(
        body({
          disable: withDefault(t.bool, false),
          unit: withDefault(t.string, 'ms'),
          dimension: blocks(dimensionSchema),
          exponential: block(body({ max_size: withDefault(t.int, 160) })),
          explicit: block(
            body({
              buckets: withDefault(
                t.list(t.duration),
                [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
              ),
            }),
          ),
        }),
      ),
      exemplars: block(body({ enabled: withDefault(t.bool, false), max_per_data_point: withDefault(t.int, 5) })),
      events: block(body({ enabled: withDefault(t.bool, false), dimension: blocks(dimensionSchema) })),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
];
