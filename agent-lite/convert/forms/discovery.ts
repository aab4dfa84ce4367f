/** Service discovery of Prometheus in YAML, as far as Alloy has a counterpart. */
import { anything, list, mapping, presence, type Read } from '../yaml/form.ts';
import { bool, int, promDuration, text, textList, textMap } from '../yaml/scalars.ts';
import { httpClientFields, tlsForm } from './http-client.ts';

const filtersForm = list(mapping({ name: text, values: textList }));
const awsFields = {
  endpoint: text,
  region: text,
  access_key: text,
  secret_key: text,
  profile: text,
  role_arn: text,
  external_id: text,
  refresh_interval: promDuration,
  port: int,
  ...httpClientFields,
};

export const staticForm = list(mapping({ targets: textList, labels: textMap }));

export const discoveryForms = {
  azure: mapping({
    environment: text,
    port: int,
    subscription_id: text,
    tenant_id: text,
    client_id: text,
    client_secret: text,
    refresh_interval: promDuration,
    authentication_method: text,
    resource_group: text,
    ...httpClientFields,
  }),
  consul: presence({
    server: text,
    path_prefix: text,
    token: text,
    datacenter: text,
    namespace: text,
    partition: text,
    tag_separator: text,
    scheme: text,
    username: text,
    password: text,
    allow_stale: bool,
    refresh_interval: promDuration,
    services: textList,
    tags: textList,
    node_meta: textMap,
    filter: text,
    health_filter: text,
    ...httpClientFields,
  }),
  digitalocean: presence({ refresh_interval: promDuration, port: int, role: text, ...httpClientFields }),
  dns: mapping({ names: textList, refresh_interval: promDuration, type: text, port: int }, { required: ['names'] }),
  docker: mapping(
    {
      host: text,
      port: int,
      filters: filtersForm,
      host_networking_host: text,
      refresh_interval: promDuration,
      match_first_network: bool,
      ...httpClientFields,
    },
    { required: ['host'] },
  ),
  dockerswarm: mapping(
    { host: text, role: text, port: int, filters: filtersForm, refresh_interval: promDuration, ...httpClientFields },
    { required: ['host', 'role'] },
  ),
  ec2: presence({ ...awsFields, filters: filtersForm }),
  file: mapping({ files: textList, refresh_interval: promDuration }, { required: ['files'] }),
  gce: mapping(
    { project: text, zone: text, filter: text, refresh_interval: promDuration, port: int, tag_separator: text },
    { required: ['project', 'zone'] },
  ),
  http: mapping({ url: text, refresh_interval: promDuration, ...httpClientFields }, { required: ['url'] }),
  ionos: mapping(
    { datacenter_id: text, refresh_interval: promDuration, port: int, ...httpClientFields },
    { required: ['datacenter_id'] },
  ),
  kubernetes: mapping(
    {
      api_server: text,
      role: text,
      kubeconfig_file: text,
      namespaces: mapping({ own_namespace: bool, names: textList }),
      selectors: list(mapping({ role: text, label: text, field: text })),
      attach_metadata: mapping({ node: bool, namespace: bool, deployment: bool, job: bool, cronjob: bool }),
      ...httpClientFields,
    },
    { required: ['role'] },
  ),
  kuma: mapping(
    {
      server: text,
      refresh_interval: promDuration,
      fetch_timeout: promDuration,
      client_id: text,
      ...httpClientFields,
    },
    { required: ['server'] },
  ),
  lightsail: presence(awsFields),
  linode: presence({
    refresh_interval: promDuration,
    port: int,
    tag_separator: text,
    region: text,
    ...httpClientFields,
  }),
  marathon: mapping(
    {
      servers: textList,
      refresh_interval: promDuration,
      auth_token: text,
      auth_token_file: text,
      ...httpClientFields,
    },
    { required: ['servers'] },
  ),
  nerve: mapping({ servers: textList, paths: textList, timeout: promDuration }, { required: ['servers', 'paths'] }),
  openstack: mapping(
    {
      identity_endpoint: text,
      username: text,
      userid: text,
      password: text,
      project_name: text,
      project_id: text,
      domain_name: text,
      domain_id: text,
      application_credential_name: text,
      application_credential_id: text,
      application_credential_secret: text,
      role: text,
      region: text,
      refresh_interval: promDuration,
      port: int,
      all_tenants: bool,
      tls_config: tlsForm,
      availability: text,
    },
    { required: ['role', 'region'] },
  ),
  ovhcloud: mapping(
    {
      endpoint: text,
      application_key: text,
      application_secret: text,
      consumer_key: text,
      refresh_interval: promDuration,
      service: text,
    },
    { required: ['service'] },
  ),
  scaleway: mapping(
    {
      project_id: text,
      api_url: text,
      zone: text,
      access_key: text,
      secret_key: text,
      secret_key_file: text,
      name_filter: text,
      tags_filter: textList,
      refresh_interval: promDuration,
      port: int,
      role: text,
      ...httpClientFields,
    },
    { required: ['project_id', 'role'] },
  ),
  serverset: mapping({ servers: textList, paths: textList, timeout: promDuration }, { required: ['servers', 'paths'] }),
  triton: mapping(
    {
      account: text,
      role: text,
      dns_suffix: text,
      endpoint: text,
      groups: textList,
      port: int,
      refresh_interval: promDuration,
      tls_config: tlsForm,
      version: int,
    },
    { required: ['account', 'dns_suffix', 'endpoint'] },
  ),
};

export type DiscoveryKind = keyof typeof discoveryForms;
export type DiscoveryForms = { readonly [K in DiscoveryKind]: Read<(typeof discoveryForms)[K]> };

/** Service discovery that Prometheus has and the converter does not. */
const UNSUPPORTED = [
  'aws',
  'ecs',
  'elasticache',
  'eureka',
  'hetzner',
  'msk',
  'nomad',
  'outscale',
  'puppetdb',
  'rds',
  'stackit',
  'uyuni',
  'vultr',
] as const;

/** The name in YAML is `consul_sd_configs`. */
const supportedFields = Object.fromEntries(
  Object.entries(discoveryForms).map(([kind, form]) => [`${kind}_sd_configs`, list(form as never)]),
) as unknown as { readonly [K in DiscoveryKind as `${K}_sd_configs`]: ReturnType<typeof list<DiscoveryForms[K]>> };

const unsupportedFields = Object.fromEntries(
  UNSUPPORTED.map((kind) => [`${kind}_sd_configs`, list(anything)]),
) as unknown as { readonly [K in (typeof UNSUPPORTED)[number] as `${K}_sd_configs`]: ReturnType<typeof list<true>> };

export const unsupportedKinds: readonly string[] = UNSUPPORTED;
export const discoveryFields = { static_configs: staticForm, ...supportedFields, ...unsupportedFields };
export const discoveryKinds = Object.keys(discoveryForms) as readonly DiscoveryKind[];
