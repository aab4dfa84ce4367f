/** prometheus.yml: what may stand in it, and what of it is converted. */
import { anything, list, mapping, presence, type Read } from '../yaml/form.ts';
import { bool, byteSize, float, int, promDuration, text, textList, textListMap, textMap } from '../yaml/scalars.ts';
import { discoveryFields } from './discovery.ts';
import { httpClientFields } from './http-client.ts';
import { relabelForm } from './relabel.ts';

/** Settings of a scrape that `global` gives all of them. */
const scrapeDefaults = {
  scrape_interval: promDuration,
  scrape_timeout: promDuration,
  scrape_protocols: textList,
  scrape_failure_log_file: text,
  body_size_limit: byteSize,
  sample_limit: int,
  target_limit: int,
  label_limit: int,
  label_name_length_limit: int,
  label_value_length_limit: int,
  keep_dropped_targets: int,
  metric_name_validation_scheme: text,
  metric_name_escaping_scheme: text,
  scrape_native_histograms: bool,
  convert_classic_histograms_to_nhcb: bool,
  always_scrape_classic_histograms: bool,
  extra_scrape_metrics: bool,
};

export const globalFields = {
  ...scrapeDefaults,
  evaluation_interval: promDuration,
  rule_query_offset: promDuration,
  query_log_file: text,
  external_labels: textMap,
};
const globalForm = mapping(globalFields);
export type GlobalForm = Read<typeof globalForm>;

export const scrapeForm = mapping(
  {
    job_name: text,
    honor_labels: bool,
    honor_timestamps: bool,
    track_timestamps_staleness: bool,
    params: textListMap,
    ...scrapeDefaults,
    fallback_scrape_protocol: text,
    metrics_path: text,
    scheme: text,
    enable_compression: bool,
    native_histogram_bucket_limit: int,
    native_histogram_min_bucket_factor: float,
    relabel_configs: relabelForm,
    metric_relabel_configs: relabelForm,
    ...discoveryFields,
    ...httpClientFields,
  },
  { required: ['job_name'] },
);
export type ScrapeForm = Read<typeof scrapeForm>;

const queueForm = mapping({
  capacity: int,
  max_shards: int,
  min_shards: int,
  max_samples_per_send: int,
  batch_send_deadline: promDuration,
  min_backoff: promDuration,
  max_backoff: promDuration,
  retry_on_http_429: bool,
  sample_age_limit: promDuration,
});

export const remoteWriteForm = mapping(
  {
    url: text,
    name: text,
    remote_timeout: promDuration,
    headers: textMap,
    write_relabel_configs: relabelForm,
    send_exemplars: bool,
    send_native_histograms: bool,
    round_robin_dns: bool,
    protobuf_message: text,
    queue_config: queueForm,
    metadata_config: mapping({ send: bool, send_interval: promDuration, max_samples_per_send: int }),
    sigv4: presence({
      region: text,
      access_key: text,
      secret_key: text,
      profile: text,
      role_arn: text,
      external_id: text,
      use_fips_sts_endpoint: bool,
      service_name: text,
    }),
    azuread: mapping({
      managed_identity: mapping({ client_id: text }),
      workload_identity: mapping({ client_id: text, tenant_id: text, token_file_path: text }),
      oauth: mapping({ client_id: text, client_secret: text, tenant_id: text }),
      sdk: mapping({ tenant_id: text }),
      certificate: anything,
      cloud: text,
      scope: text,
    }),
    google_iam: presence({ credentials_file: text }),
    ...httpClientFields,
  },
  { required: ['url'] },
);
export type RemoteWriteForm = Read<typeof remoteWriteForm>;

const storageForm = mapping({ tsdb: anything, exemplars: anything });

export const prometheusForm = mapping({
  global: globalForm,
  runtime: anything,
  alerting: mapping({ alertmanagers: list(anything), alert_relabel_configs: list(anything) }),
  rule_files: textList,
  scrape_config_files: textList,
  scrape_configs: list(scrapeForm),
  storage: storageForm,
  tracing: anything,
  remote_write: list(remoteWriteForm),
  remote_read: list(anything),
  otlp: anything,
});
export type PrometheusForm = Read<typeof prometheusForm>;
