/**
 * OTLP through the tenant's pipeline. As OTLP it goes out in the bytes, and where the encodings agree in the compressed
 * bytes, that came in; what receivers of Prometheus's or Loki's form get is made of it once.
 */

import type { Destination } from '../../core/delivery/destination.ts';
import { encodeMetricsOutputs, encodeOtlpPayload } from '../../core/delivery/encode.ts';
import { runOtlpLogsPlan } from '../../core/pipeline/otlp-logs-plan.ts';
import { type OtlpMetricsPlanResult, runOtlpMetricsPlan } from '../../core/pipeline/otlp-metrics-plan.ts';
import type {
  LogsBatch,
  OtlpBatch,
  OtlpLogsBatch,
  OtlpMetricsBatch,
  TracesBatch,
} from '../../core/pipeline/signals.ts';
import { runTracesPlan } from '../../core/pipeline/traces-plan.ts';
import { gzip } from '../compression.ts';
import type { DeliveryJob } from '../destinations/deliver.ts';
import { forceAttributes } from '../tenants/forced-attributes.ts';
import { forceLogLabels } from '../tenants/forced-labels.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import { type Limited, limitLogsBatch, metricsRunOptions } from './limit-batch.ts';
import type { PlanContext, Planned } from './plan.ts';
import { boundedText, logJobs } from './plan-logs.ts';

/** `compressed` is the body in gzip as it came. */
export function planOtlp(
  pipeline: TenantPipeline,
  context: PlanContext,
  batch: OtlpBatch,
  compressed: Uint8Array | undefined,
): Promise<Planned> {
  const forced = forceAttributes(batch, context.forced);
  const received = forced.body === batch.body ? { body: batch.body, compressed } : undefined;
  switch (forced.signal) {
    case 'metrics':
      return planMetrics(pipeline, context, forced, received);
    case 'logs':
      return planLogs(pipeline, context, forced, received);
    case 'traces':
      return planTraces(pipeline, forced, received);
  }
}

/** A body and the gzip form in which it came. */
interface Received {
  readonly body: Uint8Array;
  readonly compressed: Uint8Array | undefined;
}

async function planMetrics(
  pipeline: TenantPipeline,
  context: PlanContext,
  batch: OtlpMetricsBatch,
  received: Received | undefined,
): Promise<Planned> {
  const { forced, limits, limitsVersion } = context;
  const plan = runOtlpMetricsPlan(pipeline.entries.otlpMetrics, batch, nowNs(), (conversion) => {
    const converted = pipeline.metricsPlan(forced, limits, limitsVersion, conversion);
    return { run: (series) => converted.run(series, metricsRunOptions(context)) };
  });
  const jobs = await otlpJobs(plan.outputs, received);
  for (const { extended, result } of plan.converted) {
    for (const { destination, payload } of encodeMetricsOutputs(result.outputs, { extended })) {
      jobs.push({ destination, payloads: [payload] });
    }
  }
  const { received: points, dropped, rejected } = plan;
  if (plan.outputs.length > 0) return { jobs, received: points, dropped, rejections: [] };
  const droppedSamples = plan.converted.reduce((sum, { result }) => sum + result.dropped, 0);
  return { jobs, received: points, dropped: dropped + droppedSamples, rejections: rejected, created: createdBy(plan) };
}

/** What delivery counts in samples came in as data points: the difference, so that the books of the push close. */
function createdBy({ converted, received, dropped, rejected }: OtlpMetricsPlanResult): number {
  let samples = 0;
  for (const one of converted) {
    samples += one.samples - one.result.rejected.reduce((sum, series) => sum + series.samples, 0);
  }
  return samples + dropped + rejected.reduce((sum, { items }) => sum + items, 0) - received;
}

async function planLogs(
  pipeline: TenantPipeline,
  { tenant, forced, limits, comesAgain }: PlanContext,
  batch: OtlpLogsBatch,
  received: Received | undefined,
): Promise<Planned> {
  const limited: Limited<unknown>[] = [];
  const prepare = (lines: LogsBatch) => {
    const one = limitLogsBatch(forceLogLabels(lines, forced), tenant, limits, comesAgain);
    limited.push(one);
    return one.batch;
  };
  const plan = boundedText(() => runOtlpLogsPlan(pipeline.entries.otlpLogs, batch, nowNs(), prepare));
  const asLines = logJobs(plan.converted.map(({ result }) => result));
  const jobs = [...(await otlpJobs(plan.outputs, received)), ...asLines.jobs];
  const { received: records, dropped, rejected } = plan;
  if (plan.outputs.length > 0) {
    // Each record was delivered as OTLP: what happened to its line is told of and counted in nothing.
    const rejections = asLines.rejections.map((rejection) => ({ ...rejection, items: 0 }));
    return { jobs, received: records, dropped, rejections };
  }
  const left = limited.flatMap(({ rejections }) => rejections);
  const leftRecords = left.reduce((sum, { items }) => sum + items, 0);
  const refused = limited.find((one) => one.refused !== undefined)?.refused;
  return {
    jobs,
    received: records,
    // What limits left out did not reach the pipeline, and is not of its dropping.
    dropped: Math.max(0, dropped - leftRecords),
    rejections: [...rejected, ...left, ...asLines.rejections],
    ...(refused && { refused }),
  };
}

async function planTraces(
  { entries }: TenantPipeline,
  batch: TracesBatch,
  received: Received | undefined,
): Promise<Planned> {
  const { outputs, received: spans, dropped } = runTracesPlan(entries.traces, batch, nowNs());
  return { jobs: await otlpJobs(outputs, received), received: spans, dropped, rejections: [] };
}

async function otlpJobs(
  outputs: readonly { readonly destination: Destination; readonly batch: OtlpBatch }[],
  received: Received | undefined,
): Promise<DeliveryJob[]> {
  return Promise.all(
    outputs.map(async ({ destination, batch }) => {
      const asItCame = batch.body === received?.body ? received.compressed : undefined;
      return { destination, payloads: [await encodeOtlpPayload(destination, batch, gzip, asItCame)] };
    }),
  );
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
