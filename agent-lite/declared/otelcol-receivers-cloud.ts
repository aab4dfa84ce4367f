/** OpenTelemetry receivers that read from cloud services and servers. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, outputSchema, tlsClientSchema, tlsServerSchema } from './blocks/otelcol.ts';
import { kafkaAuthenticationSchema, kafkaMetadataSchema } from './blocks/otelcol-kafka.ts';
import { type DeclaredComponent, declareComponent, storageHandler, switches } from './declare.ts';

const kafkaReceiverTopicEncodingSchema = body({
  topic: optional(t.string),
  topics: withDefault(t.list(t.string), ['otlp_logs']),
  encoding: withDefault(t.string, 'otlp_proto'),
  exclude_topics: optional(t.list(t.string)),
});

export const otelcolReceiversCloudComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.receiver.awscloudwatch',
    summary: 'Reads logs from AWS CloudWatch.',
    stability: 'experimental',
    schema: body({
      region: required(t.string),
      profile: optional(t.string),
      imds_endpoint: optional(t.string),
      storage: optional(storageHandler),
      logs: block(
        body({
          poll_interval: withDefault(t.duration, 60_000, { text: '1m' }),
          max_events_per_request: withDefault(t.int, 1000),
          start_from: optional(t.string),
          initial_lookback: withDefault(t.duration, 0, { text: '0s' }),
          groups: block(
            body({
              autodiscover: block(
                body({
                  prefix: optional(t.string),
                  limit: withDefault(t.int, 50),
                  streams: block(body({ prefixes: optional(t.list(t.string)), names: optional(t.list(t.string)) })),
                }),
              ),
              named: blocks(
                body({
                  group_name: required(t.string),
                  prefixes: optional(t.list(t.string)),
                  names: optional(t.list(t.string)),
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
    name: 'otelcol.receiver.awsecscontainermetrics',
    summary: 'Reads metrics of AWS ECS tasks.',
    stability: 'experimental',
    schema: body({
      collection_interval: withDefault(t.duration, 20_000, { text: '20s' }),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.awss3',
    summary: 'Reads telemetry from an S3 bucket.',
    stability: 'experimental',
    schema: body({
      start_time: optional(t.string),
      end_time: optional(t.string),
      s3downloader: requiredBlock(
        body({
          s3_bucket: required(t.string),
          s3_prefix: required(t.string),
          region: withDefault(t.string, 'us-east-1'),
          s3_partition_format: withDefault(t.string, 'year=%Y/month=%m/day=%d/hour=%H/minute=%M'),
          s3_partition_timezone: optional(t.string),
          file_prefix: optional(t.string),
          endpoint: optional(t.string),
          endpoint_partition_id: withDefault(t.string, 'aws'),
          s3_force_path_style: withDefault(t.bool, false),
        }),
      ),
      sqs: block(
        body({
          queue_url: optional(t.string),
          region: optional(t.string),
          endpoint: optional(t.string),
          wait_time_seconds: optional(t.int),
          max_number_of_messages: optional(t.int),
        }),
      ),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.cloudflare',
    summary: "Takes logs from Cloudflare's LogPush.",
    stability: 'experimental',
    schema: body({
      endpoint: required(t.string),
      secret: optional(t.string),
      timestamp_field: optional(t.string),
      timestamp_format: optional(t.string),
      separator: optional(t.string),
      attributes: optional(t.map(t.string)),
      tls: block(tlsServerSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.kafka',
    summary: 'Reads telemetry from Kafka.',
    schema: body({
      brokers: required(t.list(t.string)),
      protocol_version: required(t.string),
      session_timeout: withDefault(t.duration, 10_000, { text: '10s' }),
      heartbeat_interval: withDefault(t.duration, 3000, { text: '3s' }),
      encoding: optional(t.string),
      group_id: withDefault(t.string, 'otel-collector'),
      client_id: withDefault(t.string, 'otel-collector'),
      initial_offset: withDefault(t.string, 'latest'),
      resolve_canonical_bootstrap_servers_only: withDefault(t.bool, false),
      min_fetch_size: withDefault(t.int, 1),
      max_fetch_size: withDefault(t.int, 1_048_576),
      max_partition_fetch_size: withDefault(t.int, 1_048_576),
      max_fetch_wait: withDefault(t.duration, 250, { text: '250ms' }),
      group_rebalance_strategy: optional(t.string),
      group_rebalance_strategies: optional(t.list(t.string)),
      group_instance_id: optional(t.string),
      rack_id: optional(t.string),
      use_leader_epoch: withDefault(t.bool, true),
      conn_idle_timeout: withDefault(t.duration, 540_000, { text: '9m' }),
      logs: block(kafkaReceiverTopicEncodingSchema),
      metrics: block(
        body({ ...kafkaReceiverTopicEncodingSchema, topics: withDefault(t.list(t.string), ['otlp_metrics']) }),
      ),
      traces: block(
        body({ ...kafkaReceiverTopicEncodingSchema, topics: withDefault(t.list(t.string), ['otlp_spans']) }),
      ),
      authentication: block(kafkaAuthenticationSchema),
      metadata: block(kafkaMetadataSchema),
      autocommit: block(
        body({ enable: withDefault(t.bool, true), interval: withDefault(t.duration, 1000, { text: '1s' }) }),
      ),
      message_marking: block(
        body({ after_execution: withDefault(t.bool, false), include_unsuccessful: withDefault(t.bool, false) }),
      ),
      header_extraction: block(
        body({ extract_headers: withDefault(t.bool, false), headers: optional(t.list(t.string)) }),
      ),
      tls: block(tlsClientSchema),
      error_backoff: block(
        body({
          enabled: withDefault(t.bool, false),
          initial_interval: withDefault(t.duration, 0, { text: '0s' }),
          randomization_factor: withDefault(t.float, 0),
          multiplier: withDefault(t.float, 0),
          max_interval: withDefault(t.duration, 0, { text: '0s' }),
          max_elapsed_time: withDefault(t.duration, 0, { text: '0s' }),
        }),
      ),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.nginx',
    summary: 'Reads the status page of NGINX.',
    stability: 'public-preview',
    schema: body({
      endpoint: required(t.string),
      collection_interval: withDefault(t.duration, 10_000, { text: '10s' }),
      initial_delay: withDefault(t.duration, 1000, { text: '1s' }),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'otelcol.receiver.vcenter',
    summary: 'Reads metrics from vCenter.',
    stability: 'experimental',
    schema: body({
      endpoint: required(t.string),
      username: required(t.string),
      password: required(t.secret),
      collection_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      initial_delay: withDefault(t.duration, 1000, { text: '1s' }),
      timeout: withDefault(t.duration, 0, { text: '0s' }),
      max_query_metrics: withDefault(t.int, 256),
      metrics: block(
        switches(
          'vcenter.cluster.cpu.effective vcenter.cluster.cpu.limit vcenter.cluster.host.count',
          'vcenter.cluster.memory.effective vcenter.cluster.memory.limit vcenter.cluster.vm.count',
          'vcenter.cluster.vm_template.count vcenter.cluster.vsan.congestions',
          'vcenter.cluster.vsan.latency.avg vcenter.cluster.vsan.operations',
          'vcenter.cluster.vsan.throughput vcenter.datacenter.cluster.count',
          'vcenter.datacenter.cpu.limit vcenter.datacenter.datastore.count',
          'vcenter.datacenter.disk.space vcenter.datacenter.host.count',
          'vcenter.datacenter.memory.limit vcenter.datacenter.vm.count vcenter.datastore.disk.usage',
          'vcenter.datastore.disk.utilization vcenter.host.cpu.capacity vcenter.host.cpu.reserved',
          'vcenter.host.cpu.usage vcenter.host.cpu.utilization vcenter.host.disk.latency.avg',
          'vcenter.host.disk.latency.max vcenter.host.disk.throughput vcenter.host.memory.capacity',
          'vcenter.host.memory.usage vcenter.host.memory.utilization',
          'vcenter.host.network.packet.rate vcenter.host.network.packet.error.rate',
          'vcenter.host.network.packet.drop.rate vcenter.host.network.throughput',
          'vcenter.host.network.usage vcenter.host.vsan.cache.hit_rate',
          'vcenter.host.vsan.congestions vcenter.host.vsan.latency.avg vcenter.host.vsan.operations',
          'vcenter.host.vsan.throughput vcenter.resource_pool.cpu.shares',
          'vcenter.resource_pool.cpu.usage vcenter.resource_pool.memory.ballooned',
          'vcenter.resource_pool.memory.granted vcenter.resource_pool.memory.shares',
          'vcenter.resource_pool.memory.swapped vcenter.resource_pool.memory.usage',
          'vcenter.vm.cpu.readiness vcenter.vm.cpu.time vcenter.vm.cpu.usage',
          'vcenter.vm.cpu.utilization vcenter.vm.disk.latency.avg vcenter.vm.disk.latency.max',
          'vcenter.vm.disk.throughput vcenter.vm.disk.usage vcenter.vm.disk.utilization',
          'vcenter.vm.memory.ballooned vcenter.vm.memory.granted vcenter.vm.memory.swapped',
          'vcenter.vm.memory.swapped_ssd vcenter.vm.memory.usage vcenter.vm.memory.utilization',
          'vcenter.vm.network.broadcast.packet.rate vcenter.vm.network.multicast.packet.rate',
          'vcenter.vm.network.packet.rate vcenter.vm.network.packet.drop.rate',
          'vcenter.vm.network.throughput vcenter.vm.network.usage vcenter.vm.vsan.latency.avg',
          'vcenter.vm.vsan.operations vcenter.vm.vsan.throughput',
        ),
      ),
      resource_attributes: block(
        switches(
          'vcenter.datacenter.name vcenter.cluster.name vcenter.datastore.name vcenter.host.name',
          'vcenter.resource_pool.inventory_path vcenter.resource_pool.name',
          'vcenter.virtual_app.inventory_path vcenter.virtual_app.name vcenter.vm.id',
          'vcenter.vm.name vcenter.vm_template.id vcenter.vm_template.name',
        ),
      ),
      tls: block(tlsClientSchema),
      debug_metrics: block(debugMetricsSchema),
      output: requiredBlock(outputSchema),
    }),
    exports: {},
  }),
];
