/** Scrapes by resources of the Prometheus operator. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { metricsReceiver } from '../../core/pipeline/capsules.ts';
import { ruleSchema } from '../../core/pipeline/rule-block.ts';
import { clusteringSchema } from './blocks/common.ts';
import { kubernetesClientSchema, labelSelectorSchema } from './blocks/kubernetes.ts';
import { scrapeOptionsSchema } from './blocks/prometheus-operator.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const selection = {
  forward_to: required(t.list(metricsReceiver)),
  namespaces: optional(t.list(t.string)),
  kubernetes_role: withDefault(t.string, 'endpoints'),
  informer_sync_timeout: withDefault(t.duration, 60_000, { text: '1m' }),
};

const scraping = {
  client: block(kubernetesClientSchema),
  selector: block(labelSelectorSchema),
  clustering: block(clusteringSchema),
  rule: blocks(ruleSchema),
  scrape: block(scrapeOptionsSchema),
};

export const prometheusOperatorComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'prometheus.operator.podmonitors',
    summary: 'Scrapes what PodMonitor resources of Kubernetes select.',
    schema: body({ ...selection, ...scraping }),
    exports: {},
  }),
  declareComponent({
    name: 'prometheus.operator.probes',
    summary: 'Scrapes what Probe resources of Kubernetes select.',
    schema: body({ ...selection, ...scraping }),
    exports: {},
  }),
  declareComponent({
    name: 'prometheus.operator.scrapeconfigs',
    summary: 'Scrapes what ScrapeConfig resources of Kubernetes define.',
    stability: 'experimental',
    schema: body({ ...selection, ...scraping }),
    exports: {},
  }),
  declareComponent({
    name: 'prometheus.operator.servicemonitors',
    summary: 'Scrapes what ServiceMonitor resources of Kubernetes select.',
    schema: body({
      ...selection,
      allow_arbitrary_file_access: withDefault(t.bool, false),
      ...scraping,
    }),
    exports: {},
  }),
];
