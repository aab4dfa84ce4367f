/** Discovery on this host and in files, DNS and HTTP. */
import { block, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { need, ruled } from './rules.ts';

export const discoveryLocalComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'discovery.dns',
    summary: 'Finds targets in DNS records.',
    schema: ruled(
      body({
        names: required(t.list(t.string)),
        refresh_interval: withDefault(t.duration, 30_000, { text: '30s' }),
        type: withDefault(t.string, 'SRV'),
        port: withDefault(t.int, 0),
      }),
      (args, path) => {
        const type = args.type.toUpperCase();
        need(['SRV', 'A', 'AAAA', 'MX', 'NS'].includes(type), path, 'type', `invalid DNS-SD records type ${args.type}`);
        need(type === 'SRV' || args.port !== 0, path, 'port', 'a port is required for all record types but SRV');
      },
    ),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.file',
    summary: 'Reads targets from JSON or YAML files.',
    schema: body({
      files: required(t.list(t.string)),
      refresh_interval: withDefault(t.duration, 300_000, { text: '5m' }),
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.http',
    summary: 'Reads targets from an HTTP endpoint.',
    schema: body({
      url: required(t.string),
      refresh_interval: withDefault(t.duration, 0, { text: '0s' }),
      ...httpClientFields,
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.process',
    summary: 'Finds processes of this Linux host.',
    schema: body({
      join: optional(t.targets),
      refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      discover_config: block(
        body({
          cwd: withDefault(t.bool, true),
          exe: withDefault(t.bool, true),
          commandline: withDefault(t.bool, true),
          username: withDefault(t.bool, false),
          uid: withDefault(t.bool, false),
          container_id: withDefault(t.bool, true),
          cgroup_path: withDefault(t.bool, false),
        }),
      ),
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
