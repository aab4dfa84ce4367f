/** `traces`: each instance is one pipeline of the OpenTelemetry Collector, or two when it balances load. */
import type { Block } from '../../alloy/block.ts';
import type { ConversionDiagnostics } from '../../diagnostics.ts';
import type { TraceInstanceForm } from '../../forms/traces.ts';
import { checkWriters, exporterStages, loadBalancingStage } from './exporters.ts';
import { authBlocks, remoteSamplingBlocks } from './extensions.ts';
import { type Labels, labelsOf, pipelineBlocks, type Stage } from './pipeline.ts';
import { checkProcessors, processorStages } from './processors.ts';
import { balancedReceiver, receiverStages } from './receivers.ts';
import { debugStage, spanMetrics } from './span-metrics.ts';

export function convertTraces(instances: readonly TraceInstanceForm[], diagnostics: ConversionDiagnostics): Block[] {
  // Only several instances need their names in the labels of components.
  const named = instances.length > 1;
  return instances.flatMap((instance) => {
    const mistake = mistakeOf(instance);
    if (mistake !== undefined) {
      diagnostics.add('Critical', `failed to load otelConfig from agent traces config: ${mistake}`);
      return [];
    }
    checkProcessors(instance, diagnostics);
    checkWriters(instance, diagnostics);
    return convertInstance(instance, named ? (instance.name ?? '') : '', diagnostics);
  });
}

function mistakeOf({ receivers = [], remote_write = [] }: TraceInstanceForm): string | undefined {
  if (receivers.length === 0) return 'must have at least one configured receiver';
  for (const { protocol = 'grpc', format = 'otlp', compression = 'gzip' } of remote_write) {
    if (compression !== 'gzip' && compression !== 'none') {
      return `unsupported compression '${compression}', expected 'gzip' or 'none'`;
    }
    if (format !== 'otlp') return `unsupported format '${format}': only 'otlp' has a component`;
    if (protocol !== 'grpc' && protocol !== 'http') return "unknown protocol, expected either 'http' or 'grpc'";
  }
  return undefined;
}

function convertInstance(instance: TraceInstanceForm, prefix: string, diagnostics: ConversionDiagnostics): Block[] {
  const outside = labelsOf(prefix, '');
  const extensions = [...authBlocks(instance, outside), ...remoteSamplingBlocks(instance, outside)];
  const receivers = receiverStages(instance, diagnostics);
  const writers = exporterStages(instance, outside);
  if (instance.load_balancing === undefined) {
    return [...extensions, ...groupBlocks(instance, outside, receivers, processorStages(instance, 'all'), writers)];
  }
  const first = labelsOf(prefix, '0');
  const second = labelsOf(prefix, '1');
  return [
    ...extensions,
    ...groupBlocks(instance, first, receivers, processorStages(instance, 'before'), [loadBalancingStage(instance)]),
    ...groupBlocks(instance, second, [balancedReceiver(instance)], processorStages(instance, 'after'), writers),
  ];
}

function groupBlocks(
  instance: TraceInstanceForm,
  group: Labels,
  receivers: readonly Stage[],
  processors: readonly Stage[],
  exporters: readonly Stage[],
): Block[] {
  const spans = spanMetrics(instance, group);
  const ends = [...exporters, ...(instance.automatic_logging ? [debugStage] : []), ...(spans ? [spans.connector] : [])];
  const traces = pipelineBlocks({ receivers, processors, exporters: ends }, group);
  if (spans === undefined) return traces;
  // The exporter of the metrics stands before those of the traces, the connector between both at the end.
  const at = traces.length - ends.length;
  return [...traces.slice(0, at), ...spans.blocks, ...traces.slice(at)];
}
