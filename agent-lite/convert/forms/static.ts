/** Grafana Agent's configuration in static mode. */
import { anything, list, mapping, type Read } from '../yaml/form.ts';
import { bool, goDuration, text, textList, textMap } from '../yaml/scalars.ts';
import { tlsForm } from './http-client.ts';
import { integrationForms } from './integrations.ts';
import { globalFields, remoteWriteForm, scrapeForm } from './prometheus.ts';
import { clientForm, fileWatchForm, limitsForm, logsScrapeForm, positionsForm, targetForm } from './promtail.ts';
import { traceInstanceForm } from './traces.ts';

const serverTlsForm = mapping({
  cert_file: text,
  key_file: text,
  client_auth_type: text,
  client_ca_file: text,
  cipher_suites: textList,
  curve_preferences: textList,
  min_version: text,
  max_version: text,
  prefer_server_cipher_suites: bool,
  windows_certificate_filter: anything,
});

const metricsInstanceForm = mapping({
  name: text,
  host_filter: bool,
  host_filter_relabel_configs: list(anything),
  scrape_configs: list(scrapeForm),
  remote_write: list(remoteWriteForm),
  wal_truncate_frequency: goDuration,
  min_wal_time: goDuration,
  max_wal_time: goDuration,
  remote_flush_deadline: goDuration,
  write_stale_on_shutdown: bool,
});
export type MetricsInstanceForm = Read<typeof metricsInstanceForm>;

const metricsForm = mapping({
  global: mapping({ ...globalFields, remote_write: list(remoteWriteForm) }),
  wal_directory: text,
  wal_cleanup_age: goDuration,
  wal_cleanup_period: goDuration,
  scraping_service: anything,
  scraping_service_client: anything,
  configs: list(metricsInstanceForm),
  instance_restart_backoff: goDuration,
  instance_mode: text,
  http_disable_keepalives: bool,
  http_idle_conn_timeout: goDuration,
});
export type StaticMetricsForm = Read<typeof metricsForm>;

const logsForm = mapping({
  positions_directory: text,
  global: mapping({ file_watch_config: fileWatchForm, clients: list(clientForm) }),
  configs: list(
    mapping({
      name: text,
      clients: list(clientForm),
      positions: positionsForm,
      scrape_configs: list(logsScrapeForm),
      target_config: targetForm,
      limits_config: limitsForm,
    }),
  ),
});
export type StaticLogsForm = Read<typeof logsForm>;

const integrationsForm = mapping({
  ...integrationForms,
  scrape_integrations: bool,
  labels: textMap,
  prometheus_remote_write: list(remoteWriteForm),
  integration_restart_backoff: goDuration,
  http_tls_config: tlsForm,
  replace_instance_label: bool,
  use_hostname_label: bool,
});
export type StaticIntegrationsForm = Read<typeof integrationsForm>;

export const staticForm = mapping({
  server: mapping({
    log_level: text,
    log_format: text,
    http_tls_config: serverTlsForm,
    grpc_tls_config: serverTlsForm,
  }),
  metrics: metricsForm,
  prometheus: metricsForm,
  integrations: integrationsForm,
  traces: mapping({ configs: list(traceInstanceForm) }),
  tempo: mapping({ configs: list(traceInstanceForm) }),
  logs: logsForm,
  loki: logsForm,
  agent_management: anything,
});
export type StaticForm = Read<typeof staticForm>;
