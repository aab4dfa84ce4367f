/** Discovery of containers and their orchestrators. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { need, needAtMostOne, needOneOf, needPositive, needText, ruled } from './rules.ts';

export const discoveryContainersComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'discovery.dockerswarm',
    summary: 'Finds services, tasks or nodes of Docker Swarm.',
    schema: ruled(
      body({
        host: required(t.string),
        role: required(t.string),
        port: withDefault(t.int, 80),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        filter: blocks(body({ name: required(t.string), values: required(t.list(t.string)) })),
        ...httpClientFields,
      }),
      (args, path) => {
        needPositive(args, path, 'refresh_interval');
        needOneOf(args, path, 'role', 'services', 'nodes', 'tasks');
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.kubelet',
    summary: 'Finds the pods of one node from its kubelet.',
    schema: body({
      url: withDefault(t.string, 'https://localhost:10250'),
      refresh_interval: withDefault(t.duration, 0, { text: '0s' }),
      namespaces: optional(t.list(t.string)),
      ...httpClientFields,
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.kubernetes',
    summary: 'Finds pods, nodes, services, endpoints or ingresses of Kubernetes.',
    schema: body({
      role: required(t.oneOf('node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress')),
      api_server: optional(t.string),
      kubeconfig_file: optional(t.string),
      namespaces: block(body({ own_namespace: withDefault(t.bool, false), names: optional(t.list(t.string)) })),
      selectors: blocks(body({ role: required(t.string), label: optional(t.string), field: optional(t.string) })),
      attach_metadata: block(body({ node: withDefault(t.bool, false), namespace: withDefault(t.bool, false) })),
      ...httpClientFields,
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.kuma',
    summary: 'Finds data planes of a Kuma mesh.',
    schema: ruled(
      body({
        server: required(t.string),
        refresh_interval: withDefault(t.duration, 30_000, { text: '30s' }),
        fetch_timeout: withDefault(t.duration, 120_000, { text: '2m' }),
        ...httpClientFields,
      }),
      (args, path) => needPositive(args, path, 'refresh_interval', 'fetch_timeout'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.marathon',
    summary: 'Finds applications of Marathon.',
    schema: ruled(
      body({
        servers: required(t.list(t.string)),
        refresh_interval: withDefault(t.duration, 30_000, { text: '30s' }),
        auth_token: optional(t.secret),
        auth_token_file: optional(t.string),
        ...httpClientFields,
      }),
      (args, path) => {
        needPositive(args, path, 'refresh_interval');
        needText(args, path, 'servers');
        needAtMostOne(
          args,
          path,
          'auth_token',
          'auth_token_file',
          'basic_auth',
          'bearer_token',
          'bearer_token_file',
          'authorization',
        );
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.nomad',
    summary: 'Finds services of Nomad.',
    schema: ruled(
      body({
        allow_stale: withDefault(t.bool, true),
        namespace: withDefault(t.string, 'default'),
        refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        region: withDefault(t.string, 'global'),
        server: withDefault(t.string, 'http://localhost:4646'),
        tag_separator: withDefault(t.string, ','),
        ...httpClientFields,
      }),
      (args, path) => need(args.server.trim() !== '', path, 'server', 'must not be empty'),
    ),
    exports: { targets: 'list(map(string))' },
  }),
];
