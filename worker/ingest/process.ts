/** The middle of every push: the tenant's pipeline, then delivery, then the books. The same for each signal and a batch. */
import { type Failure, failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { type DeliveryResult, deliver } from '../destinations/deliver.ts';
import type { Admission } from '../hub/lease-cache.ts';
import { countItems } from '../telemetry/counters.ts';
import { errorText, log } from '../telemetry/log.ts';
import type { TenantPipeline } from '../tenants/compile.ts';
import { pipelineOf } from '../tenants/pipeline-cache.ts';
import type { PushContext } from './context.ts';
import { toFailure } from './decode-failure.ts';
import { type Planned, planBatch, takesSignal } from './plan.ts';
import type { Decoded } from './protocol.ts';
import type { PushResult } from './result.ts';

const RETRY_AFTER_SECONDS = 15;

export async function processBatch(context: PushContext, admission: Admission, decoded: Decoded): Promise<PushResult> {
  const { signal } = decoded.batch;
  const pipeline = await findPipeline(context, admission.pipelineVersion);
  if (!pipeline.ok) return refused(context, pipeline);
  if (!takesSignal(pipeline.value, decoded)) return refused(context, noReceiver(signal));
  let planned: Planned;
  try {
    planned = withDecoderRejections(await planBatch(pipeline.value, context.token.labels, decoded), decoded);
  } catch (error) {
    return refused(context, toFailure(error));
  }
  const delivery = await deliver(deliveryContext(context, admission), planned.jobs);
  keepBooks(context, signal, planned, delivery);
  const result = { received: planned.received, rejections: planned.rejections };
  return delivery.failure === undefined ? result : { ...result, failure: delivery.failure };
}

/** What the decoder left out was received as well. */
function withDecoderRejections(planned: Planned, { rejections = [] }: Decoded): Planned {
  if (rejections.length === 0) return planned;
  const left = rejections.reduce((sum, { items }) => sum + items, 0);
  return { ...planned, received: planned.received + left, rejections: [...rejections, ...planned.rejections] };
}

async function findPipeline({ env, tenant }: PushContext, version: number): Promise<Outcome<TenantPipeline>> {
  if (version === 0) {
    const message = `The tenant has no pipeline yet; set one with: spillway pipeline set --tenant ${tenant} FILE`;
    return failure('no_pipeline', message, RETRY_AFTER_SECONDS);
  }
  try {
    return success(await pipelineOf(env, tenant, version));
  } catch (error) {
    log('error', 'pipeline_unavailable', { tenant, version, error: errorText(error) });
    return failure('pipeline_invalid', "The tenant's pipeline cannot be loaded at the moment.", RETRY_AFTER_SECONDS);
  }
}

/** Not a success: the sender would take silence for delivery. */
function noReceiver(signal: string): Failure {
  const message = `The tenant's pipeline takes no ${signal}: no spillway.receive has "${signal}".`;
  return failure('no_receiver', message, RETRY_AFTER_SECONDS);
}

function refused({ report }: PushContext, reason: Failure): PushResult {
  report.error(reason.reason, reason.message);
  return { received: 0, rejections: [], failure: reason };
}

function deliveryContext({ env, ctx, tenant, report }: PushContext, admission: Admission) {
  const error = (reason: string, message: string) => report.error(reason, message);
  return { env, ctx, tenant, admission, error };
}

/** What was refused comes again with the sender's next attempt and is booked then. */
function keepBooks({ report }: PushContext, signal: Signal, planned: Planned, delivery: DeliveryResult): void {
  countItems('spillway_received_items_total', planned.received, signal);
  const acknowledged = delivery.failure === undefined || delivery.failure.reason === 'destination_rejected';
  const invalid: Record<string, number> = {};
  for (const { reason, items, example } of planned.rejections) {
    invalid[reason] = (invalid[reason] ?? 0) + items;
    report.error(reason, example);
  }
  const rejected = acknowledged ? mergeCounts(invalid, delivery.rejected) : {};
  const dropped: Record<string, number> = acknowledged && planned.dropped > 0 ? { pipeline: planned.dropped } : {};
  const invalidItems = Object.values(invalid).reduce((sum, items) => sum + items, 0);
  const accepted = acknowledged ? planned.received - invalidItems : 0;
  const { delivered, queued } = delivery;
  report.push({ signal, accepted, delivered, queued, rejected, dropped });
  countItems('spillway_delivered_items_total', delivered, signal);
  countItems('spillway_queued_items_total', queued, signal);
  for (const [reason, items] of Object.entries(rejected)) {
    countItems('spillway_rejected_items_total', items, signal, reason);
  }
  for (const [reason, items] of Object.entries(dropped)) {
    countItems('spillway_dropped_items_total', items, signal, reason);
  }
}

function mergeCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [key, items] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + items;
  return sum;
}
