/**
 * Runs a batch of OTLP logs through a pipeline: as it is to OpenTelemetry consumers, and as lines, made once for each
 * conversion, to receivers of Loki's logs.
 */
import type { Destination } from '../delivery/destination.ts';
import { convertLogs } from '../wire/otlp/to-loki.ts';
import { type LogsPlanResult, runLogsPlan } from './logs-plan.ts';
import type { LeftOut, LinesConversion, LogsReceiver, OtelConsumer } from './nodes.ts';
import { routeOtlp } from './otlp-route.ts';
import type { LogsBatch, OtlpLogsBatch } from './signals.ts';

export interface OtlpLogsPlanResult {
  readonly outputs: readonly { readonly destination: Destination; readonly batch: OtlpLogsBatch }[];
  readonly converted: readonly { readonly componentId: string; readonly result: LogsPlanResult }[];
  /** Records. */
  readonly received: number;
  readonly dropped: number;
  /** Records that no destination can get; empty where some destination gets them as OTLP. */
  readonly rejected: readonly LeftOut[];
}

/** `prepare` is what the caller does to lines before the pipeline sees them: labels that a token forces. */
export function runOtlpLogsPlan(
  entry: readonly OtelConsumer[],
  batch: OtlpLogsBatch,
  nowNs: bigint,
  prepare: (lines: LogsBatch) => LogsBatch = (lines) => lines,
): OtlpLogsPlanResult {
  const nodesOf = (consumer: OtelConsumer) => consumer.logs();
  const route = routeOtlp<OtlpLogsBatch, LinesConversion>(entry, nodesOf, batch, nowNs);
  const converted: { componentId: string; result: LogsPlanResult }[] = [];
  const rejected: LeftOut[] = [];
  for (const { node, batch: input } of route.conversions) {
    const { batch: lines, leftOut } = node.convert(input, nowNs);
    rejected.push(...leftOut);
    converted.push({ componentId: node.componentId, result: runLogsPlan(node.next(), prepare(lines), nowNs) });
  }
  const received = batch.records;
  if (route.outputs.length > 0) return { outputs: route.outputs, converted, received, dropped: 0, rejected: [] };
  const refused = rejected.reduce((sum, { items }) => sum + items, 0);
  const reached = converted.reduce((most, { result }) => Math.max(most, result.received - result.dropped), 0);
  return { outputs: [], converted, received, dropped: Math.max(0, received - refused - reached), rejected };
}

/** The conversion for receivers that stand beside OpenTelemetry consumers in one list: as Loki's own OTLP endpoint. */
export function defaultLinesConversion(receivers: readonly LogsReceiver[]): LinesConversion {
  return {
    kind: 'conversion',
    componentId: '',
    convert: ({ body }, nowNs) => ({
      batch: { signal: 'logs', streams: convertLogs(body, nowNs), marks: [] },
      leftOut: [],
    }),
    next: () => receivers,
  };
}
