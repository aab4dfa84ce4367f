/** Runs the tenant's pipeline over a decoded push and makes the final bytes for each destination. */
import { encodeMetricsOutputs } from '../../core/delivery/encode.ts';
import { encodeProfilesPayloads } from '../../core/delivery/encode-profiles.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import type { Failure } from '../../core/outcome.ts';
import { runLogsPlan } from '../../core/pipeline/logs-plan.ts';
import { runProfilesPlan } from '../../core/pipeline/profiles-plan.ts';
import type { MetricsBatch } from '../../core/pipeline/signals.ts';
import type { DeliveryJob } from '../destinations/deliver.ts';
import { type ForcedLabels, forceLogLabels, forceProfileLabels } from '../tenants/forced-labels.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import {
  type Limited,
  limitLogsBatch,
  limitProfilesBatch,
  metricsRunOptions,
  withoutLongMetadata,
} from './limit-batch.ts';
import { boundedText, logJobs } from './plan-logs.ts';
import { planOtlp } from './plan-otlp.ts';
import type { Decoded } from './protocol.ts';
import type { Rejection } from './result.ts';

export interface Planned {
  readonly jobs: readonly DeliveryJob[];
  /** Items of the push. */
  readonly received: number;
  /** Items that reach no destination because the pipeline dropped them. */
  readonly dropped: number;
  readonly rejections: readonly Rejection[];
  /** Items more than were received, where one became several: the samples of a data point. Negative where they became fewer. */
  readonly created?: number;
  /** Set when a part of the push is beyond a limit for now; that part is in none of the numbers. */
  readonly refused?: Failure;
}

export interface PlanContext {
  readonly tenant: string;
  readonly forced: ForcedLabels;
  readonly limits: TenantLimits;
  readonly limitsVersion: number;
  readonly comesAgain: boolean;
}

/** False where no `spillway.receive` of the pipeline takes the signal. */
export function takesSignal({ entries }: TenantPipeline, { batch }: Pick<Decoded, 'batch'>): boolean {
  if (batch.signal === 'traces' || !('encoding' in batch)) return entries[batch.signal].length > 0;
  return (batch.signal === 'metrics' ? entries.otlpMetrics : entries.otlpLogs).length > 0;
}

/** Throws OutcomeError for a body that turns out to be malformed. */
export async function planBatch(pipeline: TenantPipeline, context: PlanContext, decoded: Decoded): Promise<Planned> {
  const { batch } = decoded;
  const { tenant, forced, limits, comesAgain } = context;
  if (batch.signal === 'traces' || 'encoding' in batch) return planOtlp(pipeline, context, batch, decoded.compressed);
  switch (batch.signal) {
    case 'metrics':
      return planMetrics(pipeline, context, batch, decoded.compressed);
    case 'logs': {
      const own = forceLogLabels(batch, forced);
      const limited = limitLogsBatch(own, tenant, limits, comesAgain);
      const result = boundedText(() => runLogsPlan(pipeline.entries.logs, limited.batch, nowNs()));
      const { received, dropped } = result;
      return withLimited({ received, dropped, ...logJobs([result]) }, limited);
    }
    case 'profiles': {
      const limited = limitProfilesBatch(forceProfileLabels(batch, forced), limits);
      const { outputs, received, dropped } = runProfilesPlan(pipeline.entries.profiles, limited.batch);
      const jobs = outputs.map((output) => ({
        destination: output.destination,
        payloads: encodeProfilesPayloads(output.batch),
      }));
      return withLimited({ jobs, received, dropped, rejections: [] }, limited);
    }
  }
}

/** What limits left out was received as well. */
function withLimited(planned: Planned, { rejections, refused }: Limited<unknown>): Planned {
  const left = rejections.reduce((sum, { items }) => sum + items, 0);
  const all = [...rejections, ...planned.rejections];
  return { ...planned, received: planned.received + left, rejections: all, ...(refused && { refused }) };
}

function planMetrics(
  pipeline: TenantPipeline,
  context: PlanContext,
  batch: Pick<MetricsBatch, 'body' | 'extended'>,
  compressed: Uint8Array | undefined,
): Planned {
  const plan = pipeline.metricsPlan(context.forced, context.limits, context.limitsVersion);
  const options = { ...metricsRunOptions(context), compress: true };
  const result = plan.run(batch, options);
  const limited = result.hasLongMetadata === true ? withoutLongMetadata(batch, context.limits) : undefined;
  const { outputs, received, dropped, rejected } = limited === undefined ? result : plan.run(limited.batch, options);
  // What came compressed is what came, not what is left of it.
  const forwardable = limited === undefined ? compressed : undefined;
  const encoded = encodeMetricsOutputs(outputs, { received: forwardable, extended: batch.extended });
  const jobs = encoded.map(({ destination, payload }) => ({ destination, payloads: [payload] }));
  const rejections: Rejection[] = rejected.map(({ samples, series: _, ...rest }) => ({ ...rest, items: samples }));
  if (limited?.rejection !== undefined) rejections.push(limited.rejection);
  return { jobs, received, dropped, rejections };
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
