/** Grafana Agent's `traces`: receivers and processors as the OpenTelemetry Collector writes them, the rest its own. */

import { isScalar, isSeq } from 'yaml';
import { isIdentifier } from '../alloy/identifier.ts';
import type { AlloyValue } from '../alloy/value.ts';
import { anything, type Form, list, mapOf, mapping, presence, type Read, refuse } from '../yaml/form.ts';
import { anyScalar, bool, float, goDuration, int, text, textList, textMap } from '../yaml/scalars.ts';
import { discoveryFields } from './discovery.ts';
import { basicAuthForm, tlsForm } from './http-client.ts';
import { relabelForm } from './relabel.ts';
import { grpcForm, httpForm, receivers } from './trace-receivers.ts';

const matchForm = mapping({
  match_type: text,
  regexp: mapping({ cacheenabled: bool, cachemaxnumentries: int }),
  services: textList,
  span_names: textList,
  span_kinds: textList,
  log_bodies: textList,
  log_severity_texts: textList,
  metric_names: textList,
  attributes: list(mapping({ key: text, value: anyScalar })),
  resources: list(mapping({ key: text, value: anyScalar })),
  libraries: list(mapping({ name: text, version: text })),
});
export type MatchForm = Read<typeof matchForm>;

const sendingQueueForm = presence({
  enabled: bool,
  num_consumers: int,
  queue_size: int,
  block_on_overflow: bool,
  sizer: text,
});
const retryForm = presence({
  enabled: bool,
  initial_interval: goDuration,
  randomization_factor: float,
  multiplier: float,
  max_interval: goDuration,
  max_elapsed_time: goDuration,
});
export type RetryForm = Read<typeof retryForm>;

const traceWriteForm = mapping(
  {
    endpoint: text,
    compression: text,
    protocol: text,
    insecure: bool,
    format: text,
    insecure_skip_verify: bool,
    tls_config: tlsForm,
    basic_auth: basicAuthForm,
    oauth2: mapping({
      client_id: text,
      client_secret: text,
      endpoint_params: mapOf(textList),
      token_url: text,
      scopes: textList,
      tls: mapping({ ca_file: text, cert_file: text, key_file: text, insecure: bool, insecure_skip_verify: bool }),
      timeout: goDuration,
    }),
    headers: textMap,
    sending_queue: sendingQueueForm,
    retry_on_failure: retryForm,
  },
  { required: ['endpoint'] },
);
export type TraceWriteForm = Read<typeof traceWriteForm>;

/** Settings of a sampling policy, as they come: `{key: level, values: [error]}`. */
const settings: Form<AlloyValue> = {
  read(node, source, path) {
    if (isScalar(node)) return anyScalar.read(node, source, path);
    if (isSeq(node)) return list(settings).read(node, source, path);
    return policyForm.read(node, source, path);
  },
};

/** Its names become names of attributes and blocks, so nothing else may stand there. */
const policyForm: Form<ReadonlyMap<string, AlloyValue>> = {
  read(node, source, path) {
    const read = mapOf(settings).read(node, source, path);
    const bad = [...(read?.keys() ?? [])].find((name) => !isIdentifier(name));
    return bad === undefined ? read : refuse(source, node, path, `${JSON.stringify(bad)} is no name of a setting`);
  },
};
export type PolicyForm = Read<typeof policyForm>;

const remoteSamplingForm = mapping({
  source: mapping({
    reload_interval: goDuration,
    file: text,
    remote: mapping({ endpoint: text, compression: text, headers: textMap, tls: mapping({ insecure: bool }) }),
  }),
  grpc: grpcForm,
  http: httpForm,
});
export type RemoteSamplingForm = Read<typeof remoteSamplingForm>;

export const traceInstanceForm = mapping(
  {
    name: text,
    remote_write: list(traceWriteForm),
    receivers,
    batch: presence({
      timeout: goDuration,
      send_batch_size: int,
      send_batch_max_size: int,
      metadata_keys: textList,
      metadata_cardinality_limit: int,
    }),
    attributes: mapping({
      actions: list(
        mapping({
          key: text,
          value: anyScalar,
          pattern: text,
          from_attribute: text,
          from_context: text,
          converted_type: text,
          action: text,
        }),
      ),
      include: matchForm,
      exclude: matchForm,
    }),
    scrape_configs: list(mapping({ job_name: text, relabel_configs: relabelForm, ...discoveryFields })),
    prom_sd_operation_type: text,
    prom_sd_pod_associations: textList,
    spanmetrics: mapping({
      latency_histogram_buckets: list(goDuration),
      dimensions: list(mapping({ name: text, default: text })),
      namespace: text,
      const_labels: textMap,
      metrics_instance: text,
      handler_endpoint: text,
      dimensions_cache_size: int,
      aggregation_temporality: text,
      metrics_flush_interval: goDuration,
    }),
    automatic_logging: mapping({
      backend: text,
      logs_instance_name: text,
      spans: bool,
      roots: bool,
      processes: bool,
      span_attributes: textList,
      process_attributes: textList,
      overrides: anything,
      timeout: goDuration,
      labels: textList,
    }),
    tail_sampling: mapping({
      policies: list(policyForm),
      decision_wait: goDuration,
      num_traces: int,
      expected_new_traces_per_sec: int,
    }),
    load_balancing: mapping({
      exporter: mapping({
        compression: text,
        insecure: bool,
        insecure_skip_verify: bool,
        basic_auth: basicAuthForm,
        format: text,
      }),
      resolver: mapping({
        static: mapping({ hostnames: textList }),
        dns: mapping({ hostname: text, port: text, interval: goDuration, timeout: goDuration }),
        kubernetes: mapping({ service: text, ports: list(int), timeout: goDuration, return_hostnames: bool }),
      }),
      receiver_port: text,
      routing_key: text,
    }),
    service_graphs: mapping({ enabled: bool, wait: goDuration, max_items: int }),
    jaeger_remote_sampling: list(remoteSamplingForm),
  },
  { required: ['name'] },
);
export type TraceInstanceForm = Read<typeof traceInstanceForm>;
