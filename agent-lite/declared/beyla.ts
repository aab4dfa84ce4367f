/** Instrumentation with eBPF. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { attributesSchema, discoverySchema, ebpfSchema, injectorSchema, samplerSchema } from './blocks/beyla.ts';
import { outputSchema } from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const maxMindSchema = body({ asn_path: optional(t.string), country_path: optional(t.string) });

const geoIPSchema = body({
  cache_expiry: withDefault(t.duration, 0, { text: '0s' }),
  cache_len: withDefault(t.int, 0),
  ipinfo: block(body({ path: optional(t.string) })),
  maxmind: block(maxMindSchema),
});

const reverseDNSSchema = body({
  cache_expiry: withDefault(t.duration, 0, { text: '0s' }),
  cache_len: withDefault(t.int, 0),
  type: optional(t.string),
});

const attributeFamilySchema = body({
  attr: required(t.string),
  match: optional(t.string),
  not_match: optional(t.string),
  greater_than: optional(t.int),
  greater_equals: optional(t.int),
  equals: optional(t.int),
  not_equals: optional(t.int),
  less_equals: optional(t.int),
  less_than: optional(t.int),
});

export const beylaComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'beyla.ebpf',
    summary: 'Instruments applications with eBPF and emits their metrics and traces.',
    schema: body({
      open_port: optional(t.string),
      executable_name: optional(t.string),
      debug: withDefault(t.bool, false),
      log_level: optional(t.string),
      trace_printer: optional(t.string),
      enforce_sys_caps: withDefault(t.bool, false),
      routes: block(
        body({
          ignore_mode: optional(t.string),
          ignored_patterns: optional(t.list(t.string)),
          max_path_segment_cardinality: withDefault(t.int, 0),
          patterns: optional(t.list(t.string)),
          unmatched: optional(t.string),
          wildcard_char: optional(t.string),
        }),
      ),
      attributes: block(attributesSchema),
      discovery: block(discoverySchema),
      metrics: block(
        body({
          features: optional(t.list(t.string)),
          instrumentations: optional(t.list(t.string)),
          allow_service_graph_self_references: withDefault(t.bool, false),
          extra_resource_labels: optional(t.list(t.string)),
          extra_span_resource_labels: optional(t.list(t.string)),
          exemplar_filter: optional(t.string),
          ttl: withDefault(t.duration, 0, { text: '0s' }),
          network: block(
            body({
              enable: withDefault(t.bool, false),
              source: optional(t.string),
              agent_ip: optional(t.string),
              agent_ip_iface: optional(t.string),
              agent_ip_type: optional(t.string),
              interfaces: optional(t.list(t.string)),
              exclude_interfaces: optional(t.list(t.string)),
              protocols: optional(t.list(t.string)),
              exclude_protocols: optional(t.list(t.string)),
              cache_max_flows: withDefault(t.int, 0),
              cache_active_timeout: withDefault(t.duration, 0, { text: '0s' }),
              direction: optional(t.string),
              sampling: withDefault(t.int, 0),
              cidrs: optional(t.list(t.string)),
              deduper: optional(t.string),
              deduper_fc_ttl: withDefault(t.duration, 0, { text: '0s' }),
              guess_ports: optional(t.string),
              listen_interfaces: optional(t.string),
              listen_poll_period: withDefault(t.duration, 0, { text: '0s' }),
              print_flows: withDefault(t.bool, false),
              geo_ip: block(geoIPSchema),
              reverse_dns: block(reverseDNSSchema),
            }),
          ),
          buckets: block(
            body({
              duration_histogram: optional(t.list(t.float)),
              request_size_histogram: optional(t.list(t.float)),
              response_size_histogram: optional(t.list(t.float)),
              stat_tcp_rtt_histogram: optional(t.list(t.float)),
              gen_ai_client_operation_duration_histogram: optional(t.list(t.float)),
              gen_ai_client_token_usage_histogram: optional(t.list(t.float)),
            }),
          ),
          native_histogram: block(
            body({
              bucket_factor: withDefault(t.float, 0),
              max_bucket_number: withDefault(t.int, 0),
              min_reset_duration: withDefault(t.duration, 0, { text: '0s' }),
            }),
          ),
        }),
      ),
      traces: block(body({ instrumentations: optional(t.list(t.string)), sampler: block(samplerSchema) })),
      ebpf: block(ebpfSchema),
      filters: block(body({ application: blocks(attributeFamilySchema), network: blocks(attributeFamilySchema) })),
      output: block(outputSchema),
      injector: block(injectorSchema),
      stats: block(
        body({
          agent_ip: optional(t.string),
          agent_ip_iface: optional(t.string),
          agent_ip_type: optional(t.string),
          cidrs: optional(t.list(t.string)),
          print_stats: withDefault(t.bool, false),
          geo_ip: block(geoIPSchema),
          reverse_dns: block(reverseDNSSchema),
        }),
      ),
      internal_metrics: block(
        body({ bpf_metric_scrape_interval: withDefault(t.duration, 0, { text: '0s' }), exporter: optional(t.string) }),
      ),
      javaagent: block(
        body({
          attach_timeout: withDefault(t.duration, 0, { text: '0s' }),
          debug: withDefault(t.bool, false),
          debug_instrumentation: withDefault(t.bool, false),
          enabled: optional(t.bool),
        }),
      ),
      nodejs: block(body({ enabled: optional(t.bool) })),
      jvm_runtime_metrics: block(
        body({ enabled: withDefault(t.bool, false), sampling_interval: withDefault(t.duration, 0, { text: '0s' }) }),
      ),
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
