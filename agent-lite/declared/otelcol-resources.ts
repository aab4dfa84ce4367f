/** OpenTelemetry processors that add where telemetry comes from, by targets and Kubernetes. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, outputSchema } from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const fieldExtractSchema = body({
  tag_name: optional(t.string),
  key: optional(t.string),
  key_regex: optional(t.string),
  from: optional(t.string),
});

const fieldFilterSchema = body({ key: required(t.string), value: required(t.string), op: optional(t.string) });

export const otelcolResourcesComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.processor.discovery',
    summary: 'Adds labels of targets to spans of the same address.',
    schema: body({
      targets: required(t.targets),
      operation_type: withDefault(t.string, 'upsert'),
      pod_associations: withDefault(t.list(t.string), ['ip', 'net.host.ip', 'k8s.pod.ip', 'hostname', 'connection']),
      output: requiredBlock(outputSchema),
    }),
    exports: { input: 'Consumer' },
  }),
  declareComponent({
    name: 'otelcol.processor.k8sattributes',
    summary: 'Adds metadata of Kubernetes to telemetry.',
    schema: body({
      auth_type: optional(t.string),
      passthrough: withDefault(t.bool, false),
      wait_for_metadata: withDefault(t.bool, false),
      wait_for_metadata_timeout: withDefault(t.duration, 10_000, { text: '10s' }),
      watch_sync_period: withDefault(t.duration, 300_000, { text: '5m' }),
      pod_delete_grace_period: withDefault(t.duration, 120_000, { text: '2m' }),
      extract: block(
        body({
          metadata: optional(t.list(t.string)),
          otel_annotations: withDefault(t.bool, false),
          deployment_name_from_replicaset: withDefault(t.bool, true),
          annotation: blocks(fieldExtractSchema),
          label: blocks(fieldExtractSchema),
        }),
      ),
      filter: block(
        body({
          node: optional(t.string),
          namespace: optional(t.string),
          field: blocks(fieldFilterSchema),
          label: blocks(fieldFilterSchema),
        }),
      ),
      pod_association: blocks(
        body({ source: blocks(body({ from: required(t.string), name: optional(t.string) }), { required: true }) }),
      ),
      exclude: block(body({ pod: blocks(body({ name: required(t.string) })) })),
      output: requiredBlock(outputSchema),
      debug_metrics: block(debugMetricsSchema),
    }),
    exports: { input: 'Consumer' },
  }),
];
