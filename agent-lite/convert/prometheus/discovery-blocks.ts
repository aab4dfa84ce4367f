/** The arguments of each `discovery.*` component, from Prometheus's service discovery, in the order Alloy writes them. */
import { attributes, type Body, block, blocks, optionalBlock, type Statement, same } from '../alloy/block.ts';
import { Duration, Expression } from '../alloy/value.ts';
import type { DiscoveryForms, DiscoveryKind } from '../forms/discovery.ts';
import type { HttpClientForm } from '../forms/http-client.ts';
import { httpClient, proxy, tlsBlock } from './http-client.ts';

type Bodies = { readonly [K in DiscoveryKind]: (form: DiscoveryForms[K]) => Body };

type Filters = readonly { readonly name?: string; readonly values?: readonly string[] }[];

function filterBlocks(filters: Filters | undefined): Statement[] {
  return blocks('filter', filters, (filter) => same(filter, 'name', 'values'));
}

const AWS = [
  'endpoint',
  'region',
  'access_key',
  'secret_key',
  'profile',
  'role_arn',
  'refresh_interval',
  'port',
] as const;

/** The component itself has no interval of its own to fall back to. */
const HTTP_INTERVAL = new Duration(60_000);

/** Prometheus asks Kuma twice as often as Alloy does. */
const KUMA_INTERVAL = new Duration(15_000);

/** Agents of Grafana that run on a node watch the pods of that node alone. */
const OWN_NODE = new Expression('"spec.nodeName=" + coalesce(sys.env("HOSTNAME"), constants.hostname)');

export function kubernetesBody(form: DiscoveryForms['kubernetes'], ownNodeOnly: boolean): Body {
  const { namespaces, selectors = [], attach_metadata } = form;
  return [
    ...same(form, 'api_server', 'role', 'kubeconfig_file'),
    ...httpClient(form),
    optionalBlock('namespaces', namespaces ? same(namespaces, 'own_namespace', 'names') : []),
    ...blocks('selectors', selectors, (selector) => same(selector, 'role', 'label', 'field')),
    ...(ownNodeOnly ? [block('selectors', attributes({ role: 'pod', field: OWN_NODE }))] : []),
    optionalBlock('attach_metadata', attach_metadata ? same(attach_metadata, 'node', 'namespace') : []),
  ];
}

function azureAuthentication(form: DiscoveryForms['azure']): Statement[] {
  switch (form.authentication_method) {
    case 'ManagedIdentity':
      return [block('managed_identity', attributes({ client_id: form.client_id ?? '' }))];
    case 'SDK':
      return [block('sdk_auth', same(form, 'tenant_id'))];
    case 'WorkloadIdentity':
      return [block('workload_identity', [])];
    default: {
      const { client_id = '', tenant_id = '', client_secret = '' } = form;
      return [block('oauth', attributes({ client_id, tenant_id, client_secret }))];
    }
  }
}

/** Prometheus logs in to Consul with the same name and password twice over. */
function consulLogin({ basic_auth, username, password }: DiscoveryForms['consul']): Pick<HttpClientForm, 'basic_auth'> {
  if (basic_auth !== undefined || (username === undefined && password === undefined)) return {};
  return {
    basic_auth: { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) },
  };
}

export const discoveryBodies: Bodies = {
  azure: (form) => [
    ...same(form, 'environment', 'port', 'subscription_id'),
    ...azureAuthentication(form),
    ...same(form, 'refresh_interval', 'resource_group'),
    ...proxy(form),
    ...same(form, 'follow_redirects', 'enable_http2'),
    tlsBlock(form.tls_config),
  ],
  consul: (form) => [
    ...same(form, 'server', 'token', 'datacenter', 'namespace', 'partition', 'tag_separator', 'scheme', 'username'),
    ...same(form, 'password', 'allow_stale', 'services', 'tags', 'node_meta', 'refresh_interval'),
    ...httpClient({ ...form, ...consulLogin(form) }),
  ],
  digitalocean: (form) => [
    ...same(form, 'refresh_interval', 'port', 'bearer_token', 'bearer_token_file'),
    ...proxy(form),
    ...same(form, 'follow_redirects', 'enable_http2'),
  ],
  dns: (form) => same(form, 'names', 'refresh_interval', 'type', 'port'),
  docker: (form) => [
    ...same(form, 'host', 'port', 'host_networking_host', 'refresh_interval', 'match_first_network'),
    ...filterBlocks(form.filters),
    ...httpClient(form),
  ],
  dockerswarm: (form) => [
    ...same(form, 'host', 'role', 'port'),
    ...filterBlocks(form.filters),
    ...same(form, 'refresh_interval'),
    ...httpClient(form),
  ],
  ec2: (form) => [...same(form, ...AWS), ...filterBlocks(form.filters), ...httpClient(form)],
  file: (form) => same(form, 'files', 'refresh_interval'),
  gce: (form) => same(form, 'project', 'zone', 'filter', 'refresh_interval', 'port', 'tag_separator'),
  http: (form) => [
    ...httpClient(form),
    ...attributes({ refresh_interval: form.refresh_interval ?? HTTP_INTERVAL }),
    ...same(form, 'url'),
  ],
  ionos: (form) => [...same(form, 'datacenter_id'), ...httpClient(form), ...same(form, 'refresh_interval', 'port')],
  kubernetes: (form) => kubernetesBody(form, false),
  kuma: (form) => [
    ...same(form, 'server'),
    ...attributes({ refresh_interval: form.refresh_interval ?? KUMA_INTERVAL }),
    ...same(form, 'fetch_timeout'),
    ...httpClient(form),
  ],
  lightsail: (form) => [...same(form, ...AWS), ...httpClient(form)],
  linode: (form) => [...same(form, 'refresh_interval', 'port', 'tag_separator', 'region'), ...httpClient(form)],
  marathon: (form) => [
    ...same(form, 'servers', 'refresh_interval', 'auth_token', 'auth_token_file'),
    ...httpClient(form),
  ],
  nerve: (form) => same(form, 'servers', 'paths', 'timeout'),
  openstack: (form) => [
    ...same(form, 'identity_endpoint', 'username', 'userid', 'password', 'project_name', 'project_id', 'domain_name'),
    ...same(form, 'domain_id', 'application_credential_name', 'application_credential_id'),
    ...same(form, 'application_credential_secret', 'role', 'region', 'refresh_interval', 'port', 'all_tenants'),
    tlsBlock(form.tls_config),
    ...same(form, 'availability'),
  ],
  ovhcloud: (form) =>
    same(form, 'endpoint', 'application_key', 'application_secret', 'consumer_key', 'refresh_interval', 'service'),
  scaleway: (form) => [
    ...same(form, 'project_id', 'role', 'api_url', 'zone', 'access_key', 'secret_key', 'secret_key_file'),
    ...same(form, 'name_filter', 'tags_filter', 'refresh_interval', 'port'),
    ...proxy(form),
    tlsBlock(form.tls_config),
    ...same(form, 'follow_redirects', 'enable_http2'),
  ],
  serverset: (form) => same(form, 'servers', 'paths', 'timeout'),
  triton: (form) => [
    ...same(form, 'account', 'role', 'dns_suffix', 'endpoint', 'groups', 'port', 'refresh_interval', 'version'),
    tlsBlock(form.tls_config),
  ],
};
