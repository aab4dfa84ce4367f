/** Discovery at cloud providers. */
import { block, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { httpClientFields, tlsConfigSchema } from '../../core/pipeline/http-client-blocks.ts';
import { proxyFields } from './blocks/common.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { needExactlyOne, needOneOf, needPositive, needText, ruled } from './rules.ts';

export const discoveryCloudComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'discovery.azure',
    summary: 'Finds virtual machines in Azure.',
    schema: ruled(
      body({
        environment: withDefault(t.string, 'AzurePublicCloud'),
        port: withDefault(t.int, 80),
        subscription_id: optional(t.string),
        refresh_interval: withDefault(t.duration, 300_000, { text: '5m' }),
        resource_group: optional(t.string),
        ...proxyFields,
        follow_redirects: withDefault(t.bool, true),
        enable_http2: withDefault(t.bool, true),
        http_headers: optional(t.map(t.list(t.secret))),
        oauth: block(
          body({ client_id: required(t.string), tenant_id: required(t.string), client_secret: required(t.secret) }),
        ),
        managed_identity: block(body({ client_id: required(t.string) })),
        sdk_auth: block(body({ tenant_id: optional(t.string) })),
        workload_identity: block(body({})),
        tls_config: block(tlsConfigSchema),
      }),
      (args, path) => needExactlyOne(args, path, 'oauth', 'managed_identity', 'sdk_auth', 'workload_identity'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.digitalocean',
    summary: 'Finds droplets of DigitalOcean.',
    schema: ruled(
      body({
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        port: withDefault(t.int, 80),
        bearer_token: optional(t.secret),
        bearer_token_file: optional(t.string),
        ...proxyFields,
        follow_redirects: withDefault(t.bool, true),
        enable_http2: withDefault(t.bool, true),
        http_headers: optional(t.map(t.list(t.secret))),
      }),
      (args, path) => needExactlyOne(args, path, 'bearer_token', 'bearer_token_file'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.gce',
    summary: 'Finds instances of Google Compute Engine.',
    schema: body({
      project: required(t.string),
      zone: required(t.string),
      filter: optional(t.string),
      refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      port: withDefault(t.int, 80),
      tag_separator: withDefault(t.string, ','),
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.hetzner',
    summary: 'Finds servers of Hetzner Cloud or Hetzner Robot.',
    schema: ruled(
      body({
        role: required(t.string),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        port: withDefault(t.int, 80),
        ...httpClientFields,
      }),
      (args, path) => needOneOf(args, path, 'role', 'robot', 'hcloud'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.ionos',
    summary: 'Finds servers in a data centre of IONOS Cloud.',
    schema: ruled(
      body({
        datacenter_id: required(t.string),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        port: withDefault(t.int, 80),
        ...httpClientFields,
      }),
      (args, path) => {
        needText(args, path, 'datacenter_id');
        needPositive(args, path, 'refresh_interval');
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.linode',
    summary: 'Finds Linode instances.',
    schema: ruled(
      body({
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        port: withDefault(t.int, 80),
        tag_separator: withDefault(t.string, ','),
        region: optional(t.string),
        ...httpClientFields,
      }),
      (args, path) => needPositive(args, path, 'refresh_interval'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.openstack',
    summary: 'Finds instances or hypervisors of OpenStack.',
    schema: ruled(
      body({
        role: required(t.string),
        region: required(t.string),
        identity_endpoint: optional(t.string),
        username: optional(t.string),
        userid: optional(t.string),
        password: optional(t.secret),
        project_name: optional(t.string),
        project_id: optional(t.string),
        domain_name: optional(t.string),
        domain_id: optional(t.string),
        application_credential_name: optional(t.string),
        application_credential_id: optional(t.string),
        application_credential_secret: optional(t.secret),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        port: withDefault(t.int, 80),
        all_tenants: withDefault(t.bool, false),
        availability: withDefault(t.string, 'public'),
        tls_config: block(tlsConfigSchema),
      }),
      (args, path) => {
        needOneOf(args, path, 'availability', 'public', 'internal', 'admin');
        needOneOf(args, path, 'role', 'instance', 'hypervisor');
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.ovhcloud',
    summary: 'Finds dedicated servers or VPS of OVHcloud.',
    schema: ruled(
      body({
        application_key: required(t.string),
        application_secret: required(t.secret),
        consumer_key: required(t.secret),
        service: required(t.string),
        endpoint: withDefault(t.string, 'ovh-eu'),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      }),
      (args, path) => {
        needText(args, path, 'application_key', 'application_secret', 'consumer_key');
        needOneOf(args, path, 'service', 'dedicated_server', 'vps');
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.scaleway',
    summary: 'Finds servers of Scaleway.',
    schema: ruled(
      body({
        project_id: required(t.string),
        role: required(t.oneOf('baremetal', 'instance')),
        access_key: required(t.string),
        api_url: withDefault(t.string, 'https://api.scaleway.com'),
        zone: withDefault(t.string, 'fr-par-1'),
        secret_key: optional(t.secret),
        secret_key_file: optional(t.string),
        name_filter: optional(t.string),
        tags_filter: optional(t.list(t.string)),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        port: withDefault(t.int, 80),
        ...proxyFields,
        follow_redirects: withDefault(t.bool, true),
        enable_http2: withDefault(t.bool, true),
        http_headers: optional(t.map(t.list(t.secret))),
        tls_config: block(tlsConfigSchema),
      }),
      (args, path) => {
        needText(args, path, 'project_id', 'access_key');
        needExactlyOne(args, path, 'secret_key', 'secret_key_file');
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.triton',
    summary: 'Finds containers of Joyent Triton.',
    schema: ruled(
      body({
        account: required(t.string),
        dns_suffix: required(t.string),
        endpoint: required(t.string),
        role: withDefault(t.string, 'container'),
        groups: optional(t.list(t.string)),
        port: withDefault(t.int, 9163),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        version: withDefault(t.int, 1),
        tls_config: block(tlsConfigSchema),
      }),
      (args, path) => needPositive(args, path, 'refresh_interval'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
];
