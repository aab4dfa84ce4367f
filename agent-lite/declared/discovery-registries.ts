/** Discovery from service registries. */
import { block, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { httpClientFields, tlsConfigSchema } from '../../core/pipeline/http-client-blocks.ts';
import { proxyFields } from './blocks/common.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { need, needPositive, needText, ruled } from './rules.ts';

export const discoveryRegistriesComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'discovery.consul',
    summary: 'Finds services in a Consul catalogue.',
    schema: ruled(
      body({
        server: withDefault(t.string, 'localhost:8500'),
        token: optional(t.secret),
        datacenter: optional(t.string),
        namespace: optional(t.string),
        partition: optional(t.string),
        tag_separator: withDefault(t.string, ','),
        scheme: withDefault(t.string, 'http'),
        username: optional(t.string),
        password: optional(t.secret),
        allow_stale: withDefault(t.bool, true),
        services: optional(t.list(t.string)),
        tags: optional(t.list(t.string)),
        node_meta: optional(t.map(t.string)),
        refresh_interval: withDefault(t.duration, 30_000, { text: '30s' }),
        ...httpClientFields,
      }),
      (args, path) => needPositive(args, path, 'refresh_interval'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.consulagent',
    summary: 'Finds services of one Consul agent.',
    schema: ruled(
      body({
        server: withDefault(t.string, 'localhost:8500'),
        token: optional(t.secret),
        datacenter: optional(t.string),
        tag_separator: withDefault(t.string, ','),
        scheme: withDefault(t.string, 'http'),
        username: optional(t.string),
        password: optional(t.secret),
        refresh_interval: withDefault(t.duration, 30_000, { text: '30s' }),
        services: optional(t.list(t.string)),
        tags: optional(t.list(t.string)),
        tls_config: block(tlsConfigSchema),
      }),
      (args, path) => needPositive(args, path, 'refresh_interval'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.eureka',
    summary: 'Finds applications in a Eureka registry.',
    schema: ruled(
      body({
        server: required(t.string),
        refresh_interval: withDefault(t.duration, 30_000, { text: '30s' }),
        ...httpClientFields,
      }),
      (args, path) =>
        need(/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(args.server), path, 'server', 'must be a URL with scheme and host'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.nerve',
    summary: "Finds services that Airbnb's Nerve keeps in ZooKeeper.",
    schema: ruled(
      body({
        servers: required(t.list(t.string)),
        paths: required(t.list(t.string)),
        timeout: withDefault(t.duration, 10_000, { text: '10s' }),
      }),
      (args, path) => needPositive(args, path, 'timeout'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.puppetdb',
    summary: 'Finds resources in PuppetDB.',
    schema: ruled(
      body({
        url: required(t.string),
        query: required(t.string),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        include_parameters: withDefault(t.bool, false),
        port: withDefault(t.int, 80),
        ...httpClientFields,
      }),
      (args, path) => need(/^https?:\/\/[^/]/i.test(args.url), path, 'url', 'must be an http or https URL with a host'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.serverset',
    summary: 'Finds serversets that Finagle keeps in ZooKeeper.',
    schema: ruled(
      body({
        servers: required(t.list(t.string)),
        paths: required(t.list(t.string)),
        timeout: withDefault(t.duration, 10_000, { text: '10s' }),
      }),
      (args, path) => {
        needText(args, path, 'servers', 'paths');
        for (const each of args.paths) {
          need(each.startsWith('/'), path, 'paths', 'paths must begin with "/"');
        }
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.uyuni',
    summary: 'Finds systems that Uyuni manages.',
    schema: body({
      server: required(t.string),
      username: required(t.string),
      password: required(t.secret),
      entitlement: withDefault(t.string, 'monitoring_entitled'),
      separator: withDefault(t.string, ','),
      refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      ...proxyFields,
      follow_redirects: withDefault(t.bool, true),
      enable_http2: withDefault(t.bool, true),
      http_headers: optional(t.map(t.list(t.secret))),
      tls_config: block(tlsConfigSchema),
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
