/** Runs the tenant's pipeline over a decoded push and makes the final bytes for each destination. */
import { encodeLogsPayloads, encodeMetricsPayload, encodeTracesPayload } from '../../core/delivery/encode.ts';
import { runLogsPlan } from '../../core/pipeline/logs-plan.ts';
import { runTracesPlan } from '../../core/pipeline/traces-plan.ts';
import { gzip } from '../compression.ts';
import type { DeliveryJob } from '../destinations/deliver.ts';
import type { TenantPipeline } from '../tenants/compile.ts';
import { forceTraceAttributes } from '../tenants/forced-attributes.ts';
import { type ForcedLabels, forceLogLabels } from '../tenants/forced-labels.ts';
import type { Decoded } from './protocol.ts';
import type { Rejection } from './result.ts';

export interface Planned {
  readonly jobs: readonly DeliveryJob[];
  /** Items of the push. */
  readonly received: number;
  /** Items that reach no destination because the pipeline dropped them. */
  readonly dropped: number;
  readonly rejections: readonly Rejection[];
}

/** False where no `spillway.receive` of the pipeline takes the signal. */
export function takesSignal({ entries }: TenantPipeline, { batch }: Decoded): boolean {
  return entries[batch.signal].length > 0;
}

/** Throws OutcomeError for a body that turns out to be malformed. */
export async function planBatch(pipeline: TenantPipeline, forced: ForcedLabels, decoded: Decoded): Promise<Planned> {
  const { batch } = decoded;
  switch (batch.signal) {
    case 'metrics':
      return planMetrics(pipeline, forced, batch.body, decoded.compressed);
    case 'logs': {
      const { outputs, received, dropped } = runLogsPlan(pipeline.entries.logs, forceLogLabels(batch, forced), nowNs());
      const jobs = outputs.map((output) => ({
        destination: output.destination,
        payloads: encodeLogsPayloads(output.destination, output.batch),
      }));
      return { jobs, received, dropped, rejections: [] };
    }
    case 'traces': {
      const { outputs, received, dropped } = runTracesPlan(
        pipeline.entries.traces,
        forceTraceAttributes(batch, forced),
        nowNs(),
      );
      const jobs = await Promise.all(
        outputs.map(async (output) => ({
          destination: output.destination,
          payloads: [await encodeTracesPayload(output.destination, output.batch, gzip)],
        })),
      );
      return { jobs, received, dropped, rejections: [] };
    }
  }
}

function planMetrics(
  pipeline: TenantPipeline,
  forced: ForcedLabels,
  body: Uint8Array,
  compressed: Uint8Array | undefined,
): Planned {
  const { outputs, received, dropped, rejected } = pipeline.metricsPlan(forced).run({ body });
  const jobs = outputs.map((output) => {
    const asItCame = output.unchanged ? compressed : undefined;
    return {
      destination: output.destination,
      payloads: [encodeMetricsPayload(output.destination, output.body, output.samples, asItCame)],
    };
  });
  const rejections = rejected.map(({ reason, samples, example }) => ({ reason, items: samples, example }));
  return { jobs, received, dropped, rejections };
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
