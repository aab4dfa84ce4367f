/** Log lines of Kubernetes, and rules for Loki and Mimir from its resources. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver } from '../../core/pipeline/capsules.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { clusteringSchema } from './blocks/common.ts';
import { kubernetesClientSchema, labelSelectorSchema } from './blocks/kubernetes.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { needOneOf, needText, ruled } from './rules.ts';

export const lokiKubernetesComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'loki.source.kubernetes',
    summary: 'Reads logs of pods through the Kubernetes API.',
    schema: body({
      targets: required(t.targets),
      forward_to: required(t.list(logsReceiver)),
      client: block(kubernetesClientSchema),
      clustering: block(clusteringSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.kubernetes_events',
    summary: 'Reads events of Kubernetes as log lines.',
    schema: ruled(
      body({
        forward_to: required(t.list(logsReceiver)),
        job_name: withDefault(t.string, 'loki.source.kubernetes_events'),
        namespaces: optional(t.list(t.string)),
        log_format: withDefault(t.string, 'logfmt'),
        client: block(kubernetesClientSchema),
        clustering: block(clusteringSchema),
      }),
      (args, path) => {
        needText(args, path, 'job_name');
        needOneOf(args, path, 'log_format', 'logfmt', 'json');
      },
    ),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.podlogs',
    summary: 'Reads logs of the pods that PodLogs resources select.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      tail_from_end: withDefault(t.bool, false),
      preserve_discovered_labels: withDefault(t.bool, false),
      client: block(kubernetesClientSchema),
      selector: block(labelSelectorSchema),
      namespace_selector: block(labelSelectorSchema),
      node_filter: block(body({ enabled: withDefault(t.bool, false), node_name: optional(t.string) })),
      clustering: block(clusteringSchema),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.rules.kubernetes',
    summary: 'Loads PrometheusRule resources of Kubernetes into Loki.',
    schema: body({
      address: required(t.string),
      tenant_id: optional(t.string),
      use_legacy_routes: withDefault(t.bool, false),
      sync_interval: withDefault(t.duration, 30_000, { text: '30s' }),
      loki_namespace_prefix: withDefault(t.string, 'alloy'),
      loki_namespace_separator: withDefault(t.string, '-'),
      external_labels: optional(t.map(t.string)),
      extra_query_matchers: block(
        body({
          matcher: blocks(
            body({ name: required(t.string), value: required(t.string), match_type: required(t.string) }),
          ),
        }),
      ),
      rule_selector: block(labelSelectorSchema),
      rule_namespace_selector: block(labelSelectorSchema),
      ...httpClientFields,
    }),
    exports: {},
  }),
  declareComponent({
    name: 'mimir.alerts.kubernetes',
    summary: 'Loads AlertmanagerConfig resources of Kubernetes into Mimir.',
    stability: 'experimental',
    schema: body({
      address: required(t.string),
      global_config: required(t.secret),
      sync_interval: withDefault(t.duration, 300_000, { text: '5m' }),
      template_files: optional(t.map(t.string)),
      alertmanagerconfig_selector: block(labelSelectorSchema),
      alertmanagerconfig_namespace_selector: block(labelSelectorSchema),
      alertmanagerconfig_matcher: block(
        body({ strategy: required(t.string), alertmanager_namespace: optional(t.string) }),
      ),
      ...httpClientFields,
    }),
    exports: {},
  }),
  declareComponent({
    name: 'mimir.rules.kubernetes',
    summary: 'Loads PrometheusRule resources of Kubernetes into Mimir.',
    schema: body({
      address: required(t.string),
      tenant_id: optional(t.string),
      use_legacy_routes: withDefault(t.bool, false),
      prometheus_http_prefix: withDefault(t.string, '/prometheus'),
      sync_interval: withDefault(t.duration, 300_000, { text: '5m' }),
      mimir_namespace_prefix: withDefault(t.string, 'alloy'),
      mimir_namespace_separator: withDefault(t.string, '/'),
      external_labels: optional(t.map(t.string)),
      extra_query_matchers: block(
        body({
          matcher: blocks(
            body({
              name: required(t.string),
              match_type: required(t.string),
              value: optional(t.string),
              value_from_label: optional(t.string),
            }),
          ),
        }),
      ),
      rule_selector: block(labelSelectorSchema),
      rule_namespace_selector: block(labelSelectorSchema),
      ...httpClientFields,
    }),
    exports: {},
  }),
];
