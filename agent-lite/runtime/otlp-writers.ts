/**
 * From a receiver of OTLP to the senders: as it is to what takes OTLP, and through the writers of the other form to what
 * is behind a conversion. Whoever pushed waits for the answer, so nothing here waits for company.
 */
import type {
  LinesConversion,
  OtelConsumer,
  OtelLogsNode,
  OtelMetricsNode,
  SeriesConversion,
} from '../../core/pipeline/nodes.ts';
import { type OtlpRoute, routeOtlp } from '../../core/pipeline/otlp-route.ts';
import type { OtlpBatch, OtlpLogsBatch, OtlpMetricsBatch, TracesBatch } from '../../core/pipeline/signals.ts';
import type { PipelineWriter } from '../context.ts';
import {
  countDropped,
  deliver,
  nowNs,
  type OpenedWriter,
  openLogsWriter,
  openMetricsWriter,
  type WriterParts,
} from './pipeline-writers.ts';
import { reachableFromOtlp } from './reachable.ts';

type ForwardTo = () => readonly OtelConsumer[];

export function openOtlpMetricsWriter(
  parts: WriterParts,
  forwardTo: ForwardTo,
): PipelineWriter<OtlpMetricsBatch> & OpenedWriter {
  const writers = new WriterCache(parts, (own, node: SeriesConversion) => openMetricsWriter(own, () => node.next()));
  return {
    destinations: () => reachableFromOtlp(forwardTo(), 'metrics'),
    async write(batch) {
      const nodesOf = (consumer: OtelConsumer): readonly OtelMetricsNode[] => consumer.metrics();
      const observer = parts.live.otlpObserver(parts.componentId, batch);
      const route = routeOtlp(forwardTo(), nodesOf, batch, nowNs(parts.clock), observer);
      await Promise.all([
        passOn(parts, 'metrics', route),
        ...route.conversions.map(async ({ node, batch: input }) => {
          const { batch: series, leftOut } = node.convert(input);
          countDropped(writers.partsOf(node), 'metrics', 'data points were refused', leftOut);
          if (series.series > 0) await writers.of(node).write(series);
        }),
      ]);
    },
  };
}

export function openOtlpLogsWriter(
  parts: WriterParts,
  forwardTo: ForwardTo,
): PipelineWriter<OtlpLogsBatch> & OpenedWriter {
  const writers = new WriterCache(parts, (own, node: LinesConversion) => openLogsWriter(own, () => node.next()));
  return {
    destinations: () => reachableFromOtlp(forwardTo(), 'logs'),
    async write(batch) {
      const nodesOf = (consumer: OtelConsumer): readonly OtelLogsNode[] => consumer.logs();
      const now = nowNs(parts.clock);
      const observer = parts.live.otlpObserver(parts.componentId, batch);
      const route = routeOtlp(forwardTo(), nodesOf, batch, now, observer);
      await Promise.all([
        passOn(parts, 'logs', route),
        ...route.conversions.map(async ({ node, batch: input }) => {
          const { batch: lines, leftOut } = node.convert(input, now);
          countDropped(writers.partsOf(node), 'logs', 'log records were refused', leftOut);
          if (lines.streams.length > 0) await writers.of(node).write(lines);
        }),
      ]);
    },
  };
}

export function openTracesWriter(parts: WriterParts, forwardTo: ForwardTo): PipelineWriter<TracesBatch> & OpenedWriter {
  return {
    destinations: () => reachableFromOtlp(forwardTo(), 'traces'),
    async write(batch) {
      const observer = parts.live.otlpObserver(parts.componentId, batch);
      const nodesOf = (consumer: OtelConsumer) => consumer.traces();
      await passOn(
        parts,
        'traces',
        routeOtlp<TracesBatch, never>(forwardTo(), nodesOf, batch, nowNs(parts.clock), observer),
      );
    },
  };
}

async function passOn<B extends OtlpBatch>(
  parts: WriterParts,
  signal: string,
  { outputs, conversions, drops }: OtlpRoute<B, { readonly kind: 'conversion'; readonly componentId: string }>,
): Promise<void> {
  // What reached one place is not lost, whatever another did.
  if (outputs.length === 0 && conversions.length === 0) {
    const items = Math.max(0, ...drops.map((drop) => drop.items));
    countDropped(parts, signal, undefined, items === 0 ? [] : [{ reason: 'pipeline', items, example: '' }]);
  }
  await deliver(parts, outputs, true);
}

/** One writer for each conversion, for as long as the component that converts does not change. */
class WriterCache<N extends { readonly componentId: string }, W> {
  readonly #parts: WriterParts;
  readonly #open: (parts: WriterParts, node: N) => W;
  readonly #writers = new WeakMap<N, W>();

  constructor(parts: WriterParts, open: (parts: WriterParts, node: N) => W) {
    this.#parts = parts;
    this.#open = open;
  }

  of(node: N): W {
    let writer = this.#writers.get(node);
    if (writer === undefined) this.#writers.set(node, (writer = this.#open(this.partsOf(node), node)));
    return writer;
  }

  /** What happens behind the conversion is told of the component that converts. */
  partsOf({ componentId }: N): WriterParts {
    return { ...this.#parts, componentId, urgent: true };
  }
}
