/** Metrics: receiving, enriching and printing them. */
import { body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { metricsReceiver } from '../../core/pipeline/capsules.ts';
import { serverFields } from './blocks/http-server.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

export const prometheusComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'prometheus.echo',
    summary: 'Writes metrics to standard output.',
    schema: body({ format: withDefault(t.string, 'text') }),
    exports: { receiver: 'MetricsReceiver' },
  }),
  declareComponent({
    name: 'prometheus.enrich',
    summary: 'Adds labels of matching targets to metrics.',
    stability: 'experimental',
    schema: body({
      targets: required(t.targets),
      forward_to: required(t.list(metricsReceiver)),
      target_to_metric_match: optional(t.map(t.string)),
      target_match_label: optional(t.string),
      metrics_match_label: optional(t.string),
      labels_to_copy: optional(t.list(t.string)),
    }),
    exports: { receiver: 'MetricsReceiver' },
  }),
  declareComponent({
    name: 'prometheus.receive_http',
    summary: 'Takes metrics over Prometheus remote write.',
    schema: body({
      forward_to: required(t.list(metricsReceiver)),
      ...serverFields,
      append_metadata: withDefault(t.bool, false),
      enable_type_and_unit_labels: withDefault(t.bool, false),
      accepted_remote_write_protobuf_messages: withDefault(t.list(t.string), ['prometheus.WriteRequest']),
    }),
    exports: {},
  }),
];
