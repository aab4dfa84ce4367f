/** Exporters of cloud metrics. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const roleSchema = body({ role_arn: required(t.string), external_id: optional(t.string) });

const metricSchema = body({
  name: required(t.string),
  statistics: required(t.list(t.string)),
  period: withDefault(t.duration, 0, { text: '0s' }),
  length: withDefault(t.duration, 0, { text: '0s' }),
  nil_to_zero: optional(t.bool),
  add_cloudwatch_timestamp: optional(t.bool),
});

export const exportersCloudComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'prometheus.exporter.azure',
    summary: 'Metrics of Azure Monitor.',
    schema: body({
      subscriptions: required(t.list(t.string)),
      resource_type: required(t.string),
      metrics: required(t.list(t.string)),
      resource_graph_query_filter: optional(t.string),
      metric_aggregations: optional(t.list(t.string)),
      timespan: withDefault(t.string, 'PT5M'),
      interval: withDefault(t.string, 'PT1M'),
      included_dimensions: optional(t.list(t.string)),
      included_resource_tags: withDefault(t.list(t.string), ['owner']),
      metric_namespace: optional(t.string),
      metric_name_template: withDefault(t.string, 'azure_{type}_{metric}_{aggregation}_{unit}'),
      metric_help_template: withDefault(
        t.string,
        'Azure metric {metric} for {type} with aggregation {aggregation} as {unit}',
      ),
      azure_cloud_environment: withDefault(t.string, 'azurecloud'),
      validate_dimensions: withDefault(t.bool, false),
      regions: optional(t.list(t.string)),
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'prometheus.exporter.cloudwatch',
    summary: 'Metrics of AWS CloudWatch.',
    schema: body({
      sts_region: required(t.string),
      fips_disabled: withDefault(t.bool, true),
      discovery_exported_tags: optional(t.map(t.list(t.string))),
      labels_snake_case: withDefault(t.bool, false),
      aws_sdk_version_v2: withDefault(t.bool, true),
      debug: withDefault(t.bool, false),
      discovery: blocks(
        body({
          regions: required(t.list(t.string)),
          type: required(t.string),
          custom_tags: optional(t.map(t.string)),
          search_tags: optional(t.map(t.string)),
          dimension_name_requirements: optional(t.list(t.string)),
          recently_active_only: withDefault(t.bool, false),
          period: withDefault(t.duration, 0, { text: '0s' }),
          length: withDefault(t.duration, 0, { text: '0s' }),
          delay: withDefault(t.duration, 0, { text: '0s' }),
          add_cloudwatch_timestamp: optional(t.bool),
          nil_to_zero: optional(t.bool),
          role: blocks(roleSchema),
          metric: blocks(metricSchema, { required: true }),
        }),
      ),
      static: blocks(
        body({
          regions: required(t.list(t.string)),
          namespace: required(t.string),
          dimensions: required(t.map(t.string)),
          custom_tags: optional(t.map(t.string)),
          period: withDefault(t.duration, 0, { text: '0s' }),
          length: withDefault(t.duration, 0, { text: '0s' }),
          delay: withDefault(t.duration, 0, { text: '0s' }),
          nil_to_zero: optional(t.bool),
          role: blocks(roleSchema),
          metric: blocks(metricSchema, { required: true }),
        }),
        { labelled: true },
      ),
      custom_namespace: blocks(
        body({
          regions: required(t.list(t.string)),
          namespace: required(t.string),
          custom_tags: optional(t.map(t.string)),
          dimension_name_requirements: optional(t.list(t.string)),
          recently_active_only: withDefault(t.bool, false),
          delay: withDefault(t.duration, 0, { text: '0s' }),
          period: withDefault(t.duration, 0, { text: '0s' }),
          length: withDefault(t.duration, 0, { text: '0s' }),
          add_cloudwatch_timestamp: optional(t.bool),
          nil_to_zero: optional(t.bool),
          role: blocks(roleSchema),
          metric: blocks(metricSchema, { required: true }),
        }),
        { labelled: true },
      ),
      decoupled_scraping: block(
        body({
          enabled: withDefault(t.bool, false),
          scrape_interval: withDefault(t.duration, 300_000, { text: '5m' }),
        }),
      ),
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'prometheus.exporter.gcp',
    summary: 'Metrics of Google Cloud Monitoring.',
    schema: body({
      project_ids: required(t.list(t.string)),
      metrics_prefixes: required(t.list(t.string)),
      extra_filters: optional(t.list(t.string)),
      request_interval: withDefault(t.duration, 300_000, { text: '5m' }),
      request_offset: withDefault(t.duration, 0, { text: '0s' }),
      ingest_delay: withDefault(t.bool, false),
      drop_delegated_projects: withDefault(t.bool, false),
      gcp_client_timeout: withDefault(t.duration, 15_000, { text: '15s' }),
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
