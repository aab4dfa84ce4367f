/**
 * The names of Alloy's components, by stability, so that one that exists there but not here is not called unknown.
 * Source: grafana/alloy docs at 66ebea856d, between v1.18.0 and v1.19.0.
 */
import type { Block } from './ast.ts';
import type { Side } from './component.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { didYouMean } from './nearest.ts';

const NAMES: Readonly<Record<'generally-available' | 'experimental' | 'public-preview' | 'community', string>> = {
  'generally-available': `
    beyla.ebpf database_observability.mysql database_observability.postgres discovery.aws discovery.azure
    discovery.consul discovery.consulagent discovery.digitalocean discovery.dns discovery.docker
    discovery.dockerswarm discovery.ec2 discovery.eureka discovery.file discovery.gce discovery.hetzner
    discovery.http discovery.ionos discovery.kubelet discovery.kubernetes discovery.kuma discovery.lightsail
    discovery.linode discovery.marathon discovery.nerve discovery.nomad discovery.openstack discovery.ovhcloud
    discovery.process discovery.puppetdb discovery.relabel discovery.scaleway discovery.serverset discovery.triton
    discovery.uyuni faro.receiver local.file local.file_match loki.echo loki.process loki.relabel
    loki.rules.kubernetes loki.source.api loki.source.awsfirehose loki.source.azure_event_hubs
    loki.source.cloudflare loki.source.docker loki.source.file loki.source.gcplog loki.source.gelf
    loki.source.heroku loki.source.journal loki.source.kafka loki.source.kubernetes loki.source.kubernetes_events
    loki.source.podlogs loki.source.syslog loki.source.windowsevent loki.write mimir.rules.kubernetes
    otelcol.auth.basic otelcol.auth.bearer otelcol.auth.headers otelcol.auth.oauth2 otelcol.auth.sigv4
    otelcol.connector.host_info otelcol.connector.servicegraph otelcol.connector.spanlogs
    otelcol.connector.spanmetrics otelcol.exporter.kafka otelcol.exporter.loadbalancing otelcol.exporter.loki
    otelcol.exporter.otlp otelcol.exporter.otlphttp otelcol.exporter.prometheus
    otelcol.extension.jaeger_remote_sampling otelcol.processor.attributes otelcol.processor.batch
    otelcol.processor.discovery otelcol.processor.filter otelcol.processor.groupbyattrs
    otelcol.processor.k8sattributes otelcol.processor.memory_limiter otelcol.processor.metric_start_time
    otelcol.processor.probabilistic_sampler otelcol.processor.resourcedetection otelcol.processor.span
    otelcol.processor.tail_sampling otelcol.processor.transform otelcol.receiver.file_stats
    otelcol.receiver.influxdb otelcol.receiver.jaeger otelcol.receiver.kafka otelcol.receiver.loki
    otelcol.receiver.otlp otelcol.receiver.prometheus otelcol.receiver.solace
    otelcol.receiver.zipkin prometheus.echo prometheus.operator.podmonitors prometheus.operator.probes
    prometheus.operator.servicemonitors prometheus.receive_http prometheus.relabel prometheus.remote_write
    prometheus.scrape prometheus.exporter.apache prometheus.exporter.azure prometheus.exporter.blackbox
    prometheus.exporter.cadvisor prometheus.exporter.cloudwatch prometheus.exporter.consul
    prometheus.exporter.databricks prometheus.exporter.dnsmasq prometheus.exporter.elasticsearch
    prometheus.exporter.gcp prometheus.exporter.github prometheus.exporter.kafka prometheus.exporter.memcached
    prometheus.exporter.mongodb prometheus.exporter.mssql prometheus.exporter.mysql prometheus.exporter.oracledb
    prometheus.exporter.postgres prometheus.exporter.process prometheus.exporter.redis prometheus.exporter.self
    prometheus.exporter.snmp prometheus.exporter.snowflake prometheus.exporter.squid prometheus.exporter.statsd
    prometheus.exporter.unix prometheus.exporter.windows pyroscope.ebpf pyroscope.java pyroscope.receive_http
    pyroscope.relabel pyroscope.scrape pyroscope.write remote.http remote.kubernetes.configmap
    remote.kubernetes.secret remote.s3 remote.vault`,
  experimental: `
    database_observability.sql_server loki.enrich mimir.alerts.kubernetes otelcol.connector.count
    otelcol.connector.signaltometrics otelcol.exporter.awss3 otelcol.exporter.debug otelcol.exporter.faro
    otelcol.processor.deltatocumulative otelcol.processor.interval otelcol.processor.redaction
    otelcol.receiver.awscloudwatch otelcol.receiver.awsecscontainermetrics otelcol.receiver.awss3
    otelcol.receiver.cloudflare otelcol.receiver.datadog otelcol.receiver.faro otelcol.receiver.fluentforward
    otelcol.receiver.tcplog otelcol.receiver.vcenter prometheus.enrich
    prometheus.operator.scrapeconfigs prometheus.exporter.catchpoint prometheus.exporter.static pyroscope.enrich`,
  'public-preview': `
    loki.secretfilter otelcol.auth.google otelcol.exporter.file otelcol.exporter.syslog
    otelcol.processor.cumulativetodelta otelcol.receiver.filelog otelcol.receiver.nginx otelcol.receiver.splunkhec
    otelcol.receiver.syslog otelcol.storage.file`,
  community: `
    otelcol.exporter.datadog otelcol.exporter.googlecloud otelcol.exporter.googlecloudpubsub
    otelcol.exporter.splunkhec otelcol.receiver.googlecloudpubsub`,
};

/** Blocks that are no components there, but that a runtime may lack in the same way. */
const IMPORTS = ['import.file', 'import.git', 'import.http'];

const INDEX: ReadonlySet<string> = new Set([
  ...Object.values(NAMES).flatMap((names) => names.trim().split(/\s+/)),
  ...IMPORTS,
]);

/** What only makes sense beside the thing it reads: the gateway cannot scrape, tail or discover. */
const READS_FROM_A_HOST =
  /^(discovery|local|remote|import\.(file|git|http)|faro|beyla|database_observability|mimir|loki\.(source|rules)|otelcol\.receiver|prometheus\.(scrape|exporter|operator|receive_http)|pyroscope\.(scrape|ebpf|java|receive_http))\b/;

/** Names that Alloy once had, and what took their place: configurations in the wild still hold them. */
const REMOVED: ReadonlyMap<string, string> = new Map([['otelcol.receiver.opencensus', 'otelcol.receiver.otlp']]);

export function alloyComponents(): readonly string[] {
  return [...INDEX];
}

/** The diagnostic for a block whose name no component of this runtime has. */
export function unknownComponent(
  block: Block,
  runtime: { readonly registry: { keys(): Iterable<string> }; readonly side: Side },
  customNames: readonly string[],
): Diagnostic {
  const { name } = block;
  const quoted = JSON.stringify(name);
  if (runtime.side === 'edge' && READS_FROM_A_HOST.test(name)) {
    const hint = 'use it in the configuration of agent-lite, and spillway.receive to take what it sends';
    return diagnosticAt(block.nameSpan, `component ${quoted} runs on a host (agent-lite) only`, { hint });
  }
  if (INDEX.has(name)) {
    const where = runtime.side === 'host' ? 'agent-lite' : 'the gateway';
    const message = `component ${quoted} is a known Alloy component, not implemented by ${where}`;
    return diagnosticAt(block.nameSpan, message);
  }
  const successor = REMOVED.get(name);
  if (successor !== undefined) {
    const hint = `Alloy has it no more; use ${successor}`;
    return diagnosticAt(block.nameSpan, `cannot find the definition of component name ${quoted}`, { hint });
  }
  const known = [...runtime.registry.keys(), ...customNames, ...INDEX];
  return diagnosticAt(
    block.nameSpan,
    `cannot find the definition of component name ${quoted}`,
    didYouMean(name, known),
  );
}
