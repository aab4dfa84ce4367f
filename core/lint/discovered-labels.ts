/** Which labels a discovery gives its targets: the prefixes of their names, as Alloy's reference lists them. */
import type { LintNode } from './model.ts';
import { attribute, blocksNamed, type Reader } from './syntax.ts';

const META: Readonly<Record<string, string>> = {
  'discovery.azure': '__meta_azure_',
  'discovery.consul': '__meta_consul_',
  'discovery.consulagent': '__meta_consulagent_',
  'discovery.digitalocean': '__meta_digitalocean_',
  'discovery.dns': '__meta_dns_',
  'discovery.docker': '__meta_docker_',
  'discovery.dockerswarm': '__meta_dockerswarm_',
  'discovery.ec2': '__meta_ec2_',
  'discovery.eureka': '__meta_eureka_',
  'discovery.gce': '__meta_gce_',
  'discovery.hetzner': '__meta_hetzner_',
  'discovery.ionos': '__meta_ionos_',
  'discovery.kuma': '__meta_kuma_',
  'discovery.lightsail': '__meta_lightsail_',
  'discovery.linode': '__meta_linode_',
  'discovery.marathon': '__meta_marathon_',
  'discovery.nerve': '__meta_nerve_',
  'discovery.nomad': '__meta_nomad_',
  'discovery.openstack': '__meta_openstack_',
  'discovery.ovhcloud': '__meta_ovhcloud_',
  'discovery.puppetdb': '__meta_puppetdb_',
  'discovery.scaleway': '__meta_scaleway_',
  'discovery.serverset': '__meta_serverset_',
  'discovery.triton': '__meta_triton_',
  'discovery.uyuni': '__meta_uyuni_',
};

/** Behind `__meta_kubernetes_`, by role. */
const KUBERNETES: Readonly<Record<string, readonly string[]>> = {
  node: ['node_'],
  service: ['namespace', 'service_'],
  pod: ['namespace', 'pod_', 'node_'],
  endpoints: ['namespace', 'endpoints_', 'endpoint_', 'service_', 'pod_', 'node_'],
  endpointslice: ['namespace', 'endpointslice_', 'endpoint_', 'service_', 'pod_', 'node_'],
  ingress: ['namespace', 'ingress_'],
};

/** Uyuni, Puppet DB and Nerve add some that have no prefix of their own, and a few labels are the same everywhere. */
const OTHERS = ['__address__', '__scheme__', '__metrics_path__', 'instance'];

/** Undefined where a discovery's targets carry labels of other origin too (files, HTTP, joined lists). */
export function discoveredPrefixes(node: LintNode, read: Reader): readonly string[] | undefined {
  const { name } = node.block;
  if (name === 'discovery.kubelet') return kubernetes('pod');
  if (name === 'discovery.kubernetes') {
    const role = attribute(node.block, 'role');
    const text = role === undefined ? undefined : read.text(role.value)?.toLowerCase();
    return kubernetes(text ?? '');
  }
  const prefix = META[name];
  return prefix === undefined || blocksNamed(node.block, 'rule').length > 0 ? undefined : [prefix];
}

function kubernetes(role: string): readonly string[] {
  return (KUBERNETES[role] ?? ['']).map((rest) => `__meta_kubernetes_${rest}`);
}

export function isDiscovered(name: string, prefixes: readonly string[]): boolean {
  return OTHERS.includes(name) || name.startsWith('__param_') || prefixes.some((prefix) => name.startsWith(prefix));
}

/** Labels that sources of logs offer to `relabel_rules`, and to nothing behind them. */
const INTERNAL: Readonly<Record<string, string>> = {
  'loki.source.journal': '__journal_',
  'loki.source.syslog': '__syslog_',
  'loki.source.docker': '__meta_docker_',
  'loki.source.kafka': '__meta_kafka_',
  'loki.source.gelf': '__gelf_',
  'loki.source.gcplog': '__gcp_',
  'loki.source.heroku': '__heroku_',
  'loki.source.awsfirehose': '__aws_',
  'loki.source.azure_event_hubs': '__azure_event_hubs_',
};

/** The prefix of a source's own internal labels. */
export function internalPrefix(componentName: string): string | undefined {
  return INTERNAL[componentName];
}

/** The source whose internal labels have this name's prefix, which another source then does not have. */
export function ownerOfInternal(label: string): string | undefined {
  return Object.entries(INTERNAL).find(([, prefix]) => label.startsWith(prefix))?.[0];
}
