/** Log files: the targets that discovery finds, and the source that reads their `__path__`. */
import { attributes, block, optionalBlock, same } from '../alloy/block.ts';
import { type AlloyValue, Expression } from '../alloy/value.ts';
import type { DiscoveryKind } from '../forms/discovery.ts';
import { checkDiscovery, convertDiscovery } from '../prometheus/discovery.ts';
import { kubernetesBody } from '../prometheus/discovery-blocks.ts';
import { tlsBlock } from '../prometheus/http-client.ts';
import type { LogsScrape } from './scrape.ts';

/** In the order in which Promtail goes through them. Docker is a source of its own. */
const KINDS: readonly DiscoveryKind[] = [
  'azure',
  'consul',
  'digitalocean',
  'dockerswarm',
  'dns',
  'ec2',
  'file',
  'gce',
  'kubernetes',
  'marathon',
  'nerve',
  'openstack',
  'serverset',
  'triton',
];

export function appendDiscovery(scrape: LogsScrape): void {
  const { static_configs, docker_sd_configs, ...form } = scrape.form;
  const { blocks, targets } = convertDiscovery(form, scrape.label(), {
    kinds: KINDS,
    bodies: { kubernetes: (config) => kubernetesBody(config, config.role === 'pod') },
  });
  scrape.blocks.push(...blocks);
  scrape.targets.push(...targets, ...staticTargets(scrape));
  checkDiscovery(form, scrape.context.diagnostics);
  appendConsulAgent(scrape);
}

/** Promtail gives a group without targets the address localhost, because files have no address. */
function staticTargets({ form: { static_configs: groups } }: LogsScrape): AlloyValue[] {
  if (!groups?.length) return [];
  const targets = groups.flatMap(({ targets: addresses = [], labels = new Map<string, string>() }) =>
    (addresses.length > 0 ? addresses : ['localhost']).map((address) => new Map([...labels, ['__address__', address]])),
  );
  return [targets];
}

function appendConsulAgent(scrape: LogsScrape): void {
  scrape.form.consulagent_sd_configs?.forEach((form, i) => {
    if (form.node_meta?.size) {
      scrape.context.diagnostics.add('Warning', 'node_meta is not used by discovery.consulagent and will be ignored');
    }
    const body = [
      ...same(form, 'server', 'token', 'datacenter', 'tag_separator', 'scheme', 'username', 'password'),
      ...same(form, 'refresh_interval', 'services', 'tags'),
      tlsBlock(form.tls_config),
    ];
    scrape.blocks.push(block('discovery.consulagent', body, scrape.label(i)));
    scrape.targets.push(new Expression(`discovery.consulagent.${scrape.label(i)}.targets`));
  });
}

export function appendFileSource(scrape: LogsScrape): void {
  if (scrape.targets.length === 0) return;
  const { decompression, encoding } = scrape.form;
  const { fileWatch, syncPeriod, positionsFile } = scrape.context;
  const forward_to = scrape.receivers();
  const targets = scrape.relabelledTargets();
  const body = [
    ...attributes({ targets, forward_to, encoding }),
    ...(decompression ? [block('decompression', decompressionBody(decompression))] : []),
    optionalBlock('file_watch', same(fileWatch, 'min_poll_frequency', 'max_poll_frequency')),
    block('file_match', attributes({ enabled: true, sync_period: syncPeriod })),
    // With it, reading goes on where Promtail stopped: no line twice, none lost.
    ...attributes({ legacy_positions_file: positionsFile }),
  ];
  scrape.blocks.push(block('loki.source.file', body, scrape.label()));
}

function decompressionBody(form: NonNullable<LogsScrape['form']['decompression']>) {
  const { enabled = false, format = '' } = form;
  return [...attributes({ enabled }), ...same(form, 'initial_delay'), ...attributes({ format })];
}
