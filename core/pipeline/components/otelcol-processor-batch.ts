/**
 * `otelcol.processor.batch`: hands OTLP on as it comes. Every destination puts data together by itself, behind its durable
 * queue, so to hold it back here as well would only be a place to lose it. What it must not do is refuse the files of
 * people who have it between every receiver and exporter, as the Collector's documentation tells them.
 */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, optional, requiredBlock, t, withDefault } from '../../alloy/schema.ts';
import { contents, otelCapsule, otelConsumer } from '../capsules.ts';
import { debugMetricsBlock } from '../debug-metrics-block.ts';
import type { OtelConsumer, OtlpTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import type { OtlpBatch, OtlpLogsBatch, OtlpMetricsBatch, TracesBatch } from '../signals.ts';
import { refuseUnsupported } from '../unsupported.ts';

const WITHOUT_EFFECT = 'Accepted and without effect: destinations batch by themselves (sending_queue.batch).';

const schema = body({
  timeout: withDefault(t.duration, 200, { text: '200ms', doc: WITHOUT_EFFECT }),
  send_batch_size: withDefault(t.uint, 2000, { doc: WITHOUT_EFFECT }),
  send_batch_max_size: withDefault(t.uint, 3000, { doc: WITHOUT_EFFECT }),
  metadata_keys: optional(t.list(t.string), { doc: 'Headers of requests by which to keep batches apart.' }),
  metadata_cardinality_limit: withDefault(t.uint, 1000, { doc: WITHOUT_EFFECT }),
  output: requiredBlock(
    body({
      metrics: withDefault(t.list(otelConsumer), [], { doc: 'Consumers of the metrics.' }),
      logs: withDefault(t.list(otelConsumer), [], { doc: 'Consumers of the log records.' }),
      traces: withDefault(t.list(otelConsumer), [], { doc: 'Consumers of the spans.' }),
    }),
    { doc: 'Where the data goes.' },
  ),
  debug_metrics: debugMetricsBlock,
});

type Arguments = Decoded<typeof schema>;

class BatchProcessor implements Component<Arguments> {
  readonly #componentId: string;
  readonly #exports = {
    input: otelCapsule({
      metrics: () => [this.#metrics],
      logs: () => [this.#logs],
      traces: () => [this.#traces],
    }),
  };
  #metrics: OtlpTransform<OtlpMetricsBatch>;
  #logs: OtlpTransform<OtlpLogsBatch>;
  #traces: OtlpTransform<TracesBatch>;

  constructor(componentId: string, args: Arguments) {
    this.#componentId = componentId;
    this.#metrics = passOn(componentId, []);
    this.#logs = passOn(componentId, []);
    this.#traces = passOn(componentId, []);
    this.update(args);
  }

  update(args: Arguments): void {
    refuseUnsupported(args, schema, ['metadata_keys']);
    const { send_batch_size: size, send_batch_max_size: max } = args;
    if (max !== 0 && max < size)
      throw new ArgumentError('send_batch_max_size', 'must be 0 or at least send_batch_size');
    this.#metrics = passOn(this.#componentId, contents(args.output.metrics));
    this.#logs = passOn(this.#componentId, contents(args.output.logs));
    this.#traces = passOn(this.#componentId, contents(args.output.traces));
    graphChanged();
  }

  exports() {
    return this.#exports;
  }
}

function passOn<B extends OtlpBatch>(componentId: string, consumers: readonly OtelConsumer[]): OtlpTransform<B> {
  return { kind: 'transform', componentId, transform: (batch) => batch, next: () => consumers };
}

export const otelcolProcessorBatch = defineComponent({
  name: 'otelcol.processor.batch',
  summary: 'Hands OTLP on: batches are made by what sends them.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { input: 'otelcol.Consumer' },
  create: (context: ComponentContext, args) => new BatchProcessor(context.componentId, args),
});
