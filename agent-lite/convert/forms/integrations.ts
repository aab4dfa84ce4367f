/** Integrations of Grafana Agent in YAML, as far as they have an exporter in Alloy. Keys are the agent's. */
import { type Form, plain, presence, type Read } from '../yaml/form.ts';
import { bool, goDuration, text } from '../yaml/scalars.ts';
import { databaseFields } from './integrations-databases.ts';
import { hostFields } from './integrations-hosts.ts';
import { serviceFields } from './integrations-services.ts';
import { relabelForm } from './relabel.ts';

/** What each of them has besides. */
const commonFields = {
  enabled: bool,
  instance: text,
  scrape_integration: bool,
  scrape_interval: goDuration,
  scrape_timeout: goDuration,
  relabel_configs: relabelForm,
  metric_relabel_configs: relabelForm,
  wal_truncate_frequency: goDuration,
};
export type CommonForm = Named<typeof commonFields>;

/** In the order in which Alloy's converter writes them. */
const integrationFields = {
  agent: hostFields.agent,
  apache_http: hostFields.apache_http,
  blackbox: hostFields.blackbox,
  snmp: hostFields.snmp,
  azure_exporter: serviceFields.azure_exporter,
  cadvisor: hostFields.cadvisor,
  cloudwatch_exporter: serviceFields.cloudwatch_exporter,
  consul_exporter: serviceFields.consul_exporter,
  dnsmasq_exporter: hostFields.dnsmasq_exporter,
  elasticsearch_exporter: databaseFields.elasticsearch_exporter,
  gcp_exporter: serviceFields.gcp_exporter,
  github_exporter: serviceFields.github_exporter,
  kafka_exporter: serviceFields.kafka_exporter,
  memcached_exporter: databaseFields.memcached_exporter,
  mysqld_exporter: databaseFields.mysqld_exporter,
  node_exporter: hostFields.node_exporter,
  oracledb: databaseFields.oracledb,
  postgres_exporter: databaseFields.postgres_exporter,
  process_exporter: hostFields.process_exporter,
  redis_exporter: databaseFields.redis_exporter,
  snowflake: databaseFields.snowflake,
  squid: hostFields.squid,
  statsd_exporter: hostFields.statsd_exporter,
  mssql: databaseFields.mssql,
  mongodb_exporter: databaseFields.mongodb_exporter,
};

type Fields = typeof integrationFields;
export type IntegrationName = keyof Fields;
export type IntegrationForms = {
  readonly [K in IntegrationName]: Named<Fields[K] & typeof commonFields>;
};
type Named<S> = { readonly [F in keyof S]?: Read<S[F]> };

export const integrationNames = Object.keys(integrationFields) as readonly IntegrationName[];

/** Integrations that have no component here. */
const UNSUPPORTED = ['catchpoint_exporter', 'vmware_exporter', 'windows_exporter', 'vsphere', 'eventhandler'] as const;
export const unsupportedIntegrations: readonly string[] = UNSUPPORTED;

const supportedForms = Object.fromEntries(
  Object.entries(integrationFields).map(([name, fields]) => [name, presence({ ...fields, ...commonFields })]),
) as unknown as { readonly [K in IntegrationName]: Form<IntegrationForms[K]> };

export const integrationForms = {
  ...supportedForms,
  ...(Object.fromEntries(UNSUPPORTED.map((name) => [name, plain])) as Record<
    (typeof UNSUPPORTED)[number],
    typeof plain
  >),
};
