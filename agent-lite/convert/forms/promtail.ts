/** Promtail's configuration, and the parts of it that Grafana Agent's `logs` shares. */
import { anything, list, mapping, type Read } from '../yaml/form.ts';
import {
  bool,
  byteSize,
  bytes,
  float,
  goDuration,
  int,
  promDuration,
  text,
  textList,
  textMap,
} from '../yaml/scalars.ts';
import { discoveryFields } from './discovery.ts';
import { httpClientFields, tlsForm } from './http-client.ts';
import { serverFields } from './http-server.ts';
import { sourceFields } from './promtail-sources.ts';
import { relabelForm } from './relabel.ts';
import { stageList } from './stages.ts';

export const clientForm = mapping(
  {
    name: text,
    url: text,
    batchwait: goDuration,
    batchsize: bytes,
    headers: textMap,
    backoff_config: mapping({ min_period: goDuration, max_period: goDuration, max_retries: int }),
    external_labels: textMap,
    timeout: goDuration,
    tenant_id: text,
    drop_rate_limited_batches: bool,
    stream_lag_labels: anything,
    ...httpClientFields,
  },
  { required: ['url'] },
);
export type ClientForm = Read<typeof clientForm>;

const consulAgentForm = mapping({
  server: text,
  token: text,
  datacenter: text,
  tag_separator: text,
  scheme: text,
  username: text,
  password: text,
  allow_stale: bool,
  refresh_interval: promDuration,
  services: textList,
  tags: textList,
  node_meta: textMap,
  tls_config: tlsForm,
});

export const logsScrapeForm = mapping(
  {
    job_name: text,
    pipeline_stages: stageList,
    relabel_configs: relabelForm,
    encoding: text,
    decompression: mapping({ enabled: bool, initial_delay: goDuration, format: text }),
    static_configs: discoveryFields.static_configs,
    azure_sd_configs: discoveryFields.azure_sd_configs,
    consul_sd_configs: discoveryFields.consul_sd_configs,
    consulagent_sd_configs: list(consulAgentForm),
    digitalocean_sd_configs: discoveryFields.digitalocean_sd_configs,
    dns_sd_configs: discoveryFields.dns_sd_configs,
    docker_sd_configs: discoveryFields.docker_sd_configs,
    dockerswarm_sd_configs: discoveryFields.dockerswarm_sd_configs,
    ec2_sd_configs: discoveryFields.ec2_sd_configs,
    file_sd_configs: discoveryFields.file_sd_configs,
    gce_sd_configs: discoveryFields.gce_sd_configs,
    kubernetes_sd_configs: discoveryFields.kubernetes_sd_configs,
    marathon_sd_configs: discoveryFields.marathon_sd_configs,
    nerve_sd_configs: discoveryFields.nerve_sd_configs,
    openstack_sd_configs: discoveryFields.openstack_sd_configs,
    serverset_sd_configs: discoveryFields.serverset_sd_configs,
    triton_sd_configs: discoveryFields.triton_sd_configs,
    ...sourceFields,
  },
  { required: ['job_name'] },
);
export type LogsScrapeForm = Read<typeof logsScrapeForm>;

export const limitsForm = mapping({
  readline_rate: float,
  readline_burst: int,
  readline_rate_enabled: bool,
  readline_rate_drop: bool,
  max_streams: int,
  max_line_size: byteSize,
  max_line_size_truncate: bool,
});
export type LimitsForm = Read<typeof limitsForm>;

export const positionsForm = mapping({ filename: text, sync_period: goDuration, ignore_invalid_yaml: bool });
export const targetForm = mapping({ sync_period: goDuration, stdin: bool });
export const fileWatchForm = mapping({ min_poll_frequency: goDuration, max_poll_frequency: goDuration });

export const promtailForm = mapping({
  global: mapping({ file_watch_config: fileWatchForm }),
  server: mapping({
    ...serverFields,
    external_url: text,
    health_check_target: bool,
    disable: bool,
    profiling_enabled: bool,
    enable_runtime_reload: bool,
  }),
  client: clientForm,
  clients: list(clientForm),
  positions: positionsForm,
  scrape_configs: list(logsScrapeForm),
  target_config: targetForm,
  limits_config: limitsForm,
  options: mapping({ stream_lag_labels: anything }),
  tracing: mapping({ enabled: bool }),
  wal: mapping({
    enabled: bool,
    dir: text,
    cleanSegmentsOlderThan: goDuration,
    watchConfig: anything,
  }),
});
export type PromtailForm = Read<typeof promtailForm>;
export type FileWatchForm = Read<typeof fileWatchForm>;
