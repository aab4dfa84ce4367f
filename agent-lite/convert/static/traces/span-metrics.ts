/** Metrics of spans: a connector counts them, and what it counts goes to a metrics instance of the agent. */
import { attributes, type Block, block, blocks, same } from '../../alloy/block.ts';
import { toIdentifier } from '../../alloy/identifier.ts';
import { Expression } from '../../alloy/value.ts';
import type { TraceInstanceForm } from '../../forms/traces.ts';
import { ruleBlocks } from '../../prometheus/relabel.ts';
import { type Labels, metricsTo, type Stage } from './pipeline.ts';

/** What automatic logging of spans becomes. */
export const debugStage: Stage = {
  component: 'otelcol.exporter.debug',
  name: '',
  body: () => attributes({ verbosity: 'Basic' }),
};

export interface SpanMetrics {
  readonly connector: Stage;
  /** What stands behind it. */
  readonly blocks: readonly Block[];
}

/** Undefined where there are none, or where they would be shown at an address that cannot exist here. */
export function spanMetrics({ spanmetrics: form }: TraceInstanceForm, labels: Labels): SpanMetrics | undefined {
  if (form === undefined || form.handler_endpoint) return undefined;
  const label = labels('');
  const exporter = new Expression(`otelcol.exporter.prometheus.${label}.input`);
  return { connector: connectorStage(form, exporter), blocks: writerBlocks(form, label) };
}

type Form = NonNullable<TraceInstanceForm['spanmetrics']>;

function connectorStage(form: Form, exporter: Expression): Stage {
  const temporality = form.aggregation_temporality?.replace(/^AGGREGATION_TEMPORALITY_/, '');
  const body = [
    ...blocks('dimension', form.dimensions, (dimension) => same(dimension, 'name', 'default')),
    ...attributes({
      dimensions_cache_size: form.dimensions_cache_size || undefined,
      aggregation_temporality: temporality || undefined,
    }),
    block('histogram', [
      block(
        'explicit',
        attributes({ buckets: form.latency_histogram_buckets?.length ? form.latency_histogram_buckets : undefined }),
      ),
    ]),
    ...same(form, 'metrics_flush_interval'),
    ...attributes({ namespace: form.namespace || undefined }),
    metricsTo([exporter]),
  ];
  return { component: 'otelcol.connector.spanmetrics', name: '', body: () => body };
}

function writerBlocks(form: Form, label: string): Block[] {
  const instance = toIdentifier(`metrics_${form.metrics_instance ?? ''}`)!;
  const receiver = new Expression(`prometheus.remote_write.${instance}.receiver`);
  const constant = [...(form.const_labels ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  if (constant.length === 0) return [exporterBlock(receiver, label)];
  const rules = constant.map(([target_label, replacement]) => ({ target_label, replacement }));
  const relabel = block(
    'prometheus.relabel',
    [...attributes({ forward_to: [receiver] }), ...ruleBlocks('rule', rules)],
    label,
  );
  return [relabel, exporterBlock(new Expression(`prometheus.relabel.${label}.receiver`), label)];
}

function exporterBlock(receiver: Expression, label: string): Block {
  return block('otelcol.exporter.prometheus', attributes({ forward_to: [receiver] }), label);
}
