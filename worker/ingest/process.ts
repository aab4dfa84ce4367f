/** The middle of every push: the tenant's pipeline, then delivery, then the books. The same for each signal and a batch. */
import { type Failure, failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { type DeliveryResult, deliver } from '../destinations/deliver.ts';
import { offerSample } from '../dry-run/offer-sample.ts';
import type { Admission } from '../hub/admit.ts';
import { countItems } from '../telemetry/counters.ts';
import { errorText, log } from '../telemetry/log.ts';
import { PipelineInvalidError, pipelineOf } from '../tenants/pipeline-cache.ts';
import type { PipelineInForce } from '../tenants/tenant.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import type { PushContext } from './context.ts';
import { toFailure } from './decode-failure.ts';
import { type Planned, planBatch, takesSignal } from './plan.ts';
import type { Decoded } from './protocol.ts';
import type { PushResult } from './result.ts';
import { writtenCountsOf } from './written.ts';

const RETRY_AFTER_SECONDS = 15;

export async function processBatch(context: PushContext, admission: Admission, decoded: Decoded): Promise<PushResult> {
  const { signal } = decoded.batch;
  if (admission.samples !== undefined && admission.electedReplica === undefined)
    offerSample(context, admission.samples, decoded);
  const pipeline = await findPipeline(context, admission.pipeline);
  if (!pipeline.ok) return refused(context, signal, pipeline);
  if (!takesSignal(pipeline.value, decoded)) return refused(context, signal, noReceiver(signal));
  if (admission.samplesRefused !== undefined && signal === 'metrics') {
    return refused(context, signal, admission.samplesRefused);
  }
  let planned: Planned;
  try {
    const { electedReplica, limits, limitsVersion } = admission;
    if (electedReplica !== undefined && signal === 'metrics') return deduplicated(context, decoded, electedReplica);
    const { tenant, comesAgain } = context;
    const planContext = { tenant, forced: context.token.labels, limits, limitsVersion, comesAgain };
    planned = withDecoderRejections(await planBatch(pipeline.value, planContext, decoded), decoded);
  } catch (error) {
    return refused(context, signal, toFailure(error));
  } finally {
    // Jobs hold final bytes and rejections hold texts.
    decoded.release?.();
  }
  const settled = await admission.settle(signal, planned.received);
  if (!settled.ok) return refused(context, signal, settled);
  if (planned.refused !== undefined && context.comesAgain) return refused(context, signal, planned.refused);
  const delivery = await deliver(deliveryContext(context, admission), planned.jobs);
  keepBooks(context, signal, planned, delivery);
  const { received } = planned;
  const rejections = delivery.leftOut === undefined ? planned.rejections : [...planned.rejections, delivery.leftOut];
  const result = { received, rejections, written: writtenCountsOf(decoded, rejections, delivery) };
  const refusal = delivery.failure ?? planned.refused;
  return refusal === undefined ? result : { ...result, failure: refusal };
}

/** The samples of the other replica are the ones that are kept. A success: the sender must not come back with them. */
function deduplicated({ report, sighting }: PushContext, decoded: Decoded, elected: string): PushResult {
  const received = decoded.items();
  const dropped: Record<string, number> = received > 0 ? { ha_deduplicated: received } : {};
  report.push({ signal: 'metrics', accepted: received, delivered: 0, queued: 0, rejected: {}, dropped });
  report.sawAgent({ ...sighting, takenAtMs: Date.now() });
  countItems('spillway_received_items_total', received, 'metrics');
  countItems('spillway_dropped_items_total', received, 'metrics', 'ha_deduplicated');
  // Written, though by the other replica: a sender of 2.0 takes a success without any count for a failure.
  return { received, rejections: [], written: decoded.contents, deduplicatedFor: elected };
}

/** What the decoder left out was received as well. */
function withDecoderRejections(planned: Planned, { rejections = [] }: Decoded): Planned {
  if (rejections.length === 0) return planned;
  const left = rejections.reduce((sum, { items }) => sum + items, 0);
  return { ...planned, received: planned.received + left, rejections: [...rejections, ...planned.rejections] };
}

async function findPipeline(
  { env, tenant, report }: PushContext,
  inForce: PipelineInForce,
): Promise<Outcome<TenantPipeline>> {
  const { version, isDefault } = inForce;
  if (version === 0) {
    const message = `The tenant has no pipeline yet; set one with: spillway pipeline set --tenant ${tenant} FILE, or with --default one for every tenant without its own`;
    return failure('no_pipeline', message, RETRY_AFTER_SECONDS);
  }
  try {
    return success(await pipelineOf(env, tenant, inForce));
  } catch (error) {
    log('error', 'pipeline_unavailable', { tenant, version, isDefault, error: errorText(error) });
    // For the tenant's page. What is wrong with the default pipeline is the operators' business.
    if (error instanceof PipelineInvalidError && !isDefault) report.error('pipeline_unavailable', error.message);
    return failure('pipeline_invalid', "The tenant's pipeline cannot be loaded at the moment.", RETRY_AFTER_SECONDS);
  }
}

/** Not a success: the sender would take silence for delivery. */
function noReceiver(signal: string): Failure {
  const message = `The tenant's pipeline takes no ${signal}: no spillway.receive has "${signal}".`;
  return failure('no_receiver', message, RETRY_AFTER_SECONDS);
}

function refused({ report }: PushContext, signal: Signal, reason: Failure): PushResult {
  report.refused(signal, reason.reason, reason.message);
  return { received: 0, rejections: [], failure: reason };
}

function deliveryContext({ env, ctx, tenant, report, comesAgain }: PushContext, admission: Admission) {
  const error = (reason: string, message: string) => report.error(reason, message);
  return { env, ctx, tenant, admission, comesAgain, error };
}

/** What was refused comes again with the sender's next attempt and is booked then. */
function keepBooks(context: PushContext, signal: Signal, planned: Planned, delivery: DeliveryResult): void {
  const { report, sighting } = context;
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
  const accepted = acknowledged ? planned.received + (planned.created ?? 0) - invalidItems : 0;
  const { delivered, queued } = delivery;
  if (accepted > 0) report.sawAgent({ ...sighting, takenAtMs: Date.now() });
  const refusal = acknowledged ? planned.refused : delivery.failure;
  if (refusal !== undefined) report.refused(signal, refusal.reason, refusal.message);
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
