/**
 * Deliver first, spill second. A payload goes to its destination inside the request; what fails in a way that may pass, and
 * what must stay behind a backlog, is committed to the destination's outbox. A push is acknowledged only when each of its
 * payloads was taken by the one or the other.
 */
import { deliverOrSpill } from '../../core/delivery/deliver-or-spill.ts';
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { keepsOrder } from '../../core/delivery/drain-together.ts';
import { PARTIAL_SUCCESS } from '../../core/delivery/verdict.ts';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import { type Failure, failure } from '../../core/outcome.ts';
import type { MetricCounts } from '../../core/wire/remote-write/v2.ts';
import { sendOptions, sendPayload } from './send.ts';
import { bury, type DeliveryContext, type Rejected, spill, spillCause, type Taken } from './spill.ts';

export interface DeliveryJob {
  readonly destination: Destination;
  /** In order. */
  readonly payloads: readonly Payload[];
}

/** In items, added up over destinations. */
export interface DeliveryResult {
  readonly delivered: number;
  readonly queued: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** Set when the push must not be acknowledged. */
  readonly failure?: Failure;
  /** What a receiver of OTLP left out of a push that it took otherwise. */
  readonly leftOut?: { readonly reason: string; readonly items: number; readonly example: string };
  /** Of a push that every destination refused: what one of them says that it wrote all the same. */
  readonly written?: MetricCounts;
}

export async function deliver(context: DeliveryContext, jobs: readonly DeliveryJob[]): Promise<DeliveryResult> {
  const taken = (await Promise.all(jobs.map((job) => deliverJob(context, job)))).flat();
  const rejected: Record<string, number> = {};
  let delivered = 0;
  let queued = 0;
  let refusal: Failure | undefined;
  let rejection: Rejected | undefined;
  for (const outcome of taken) {
    if (outcome.kind === 'delivered') delivered += outcome.items;
    else if (outcome.kind === 'queued') queued += outcome.items;
    else if (outcome.kind === 'refused') refusal ??= outcome.failure;
    else {
      rejected[outcome.reason] = (rejected[outcome.reason] ?? 0) + outcome.items;
      delivered += outcome.delivered;
      if (rejection === undefined || outcome.delivered > rejection.delivered) rejection = outcome;
    }
  }
  if (refusal !== undefined) return { delivered, queued, rejected, failure: refusal };
  await untilAware(context, taken);
  const leftOut = taken.find((outcome) => outcome.kind === 'rejected' && outcome.reason === PARTIAL_SUCCESS);
  if (leftOut?.kind === 'rejected') {
    const { reason, items, detail } = leftOut;
    return { delivered, queued, rejected, leftOut: { reason, items, example: detail } };
  }
  const nobodyTookIt = rejection !== undefined && taken.every(({ kind }) => kind === 'rejected');
  if (!nobodyTookIt) return { delivered, queued, rejected };
  const message = `The destination refused the data: ${rejection?.detail}`;
  const result = { delivered, queued, rejected, failure: failure('destination_rejected', message) };
  return rejection?.written === undefined ? result : { ...result, written: rejection.written };
}

/**
 * A sender that sends the samples of a series one push after the other, as Prometheus does, must not have its next push
 * sent past this one by an isolate whose lease is older than the backlog. So it is answered when there is none left:
 * within 5 s, and only while a backlog begins.
 */
async function untilAware({ comesAgain }: DeliveryContext, taken: readonly Taken[]): Promise<void> {
  const awaited = taken.map((one) => (one.kind === 'queued' && (!comesAgain || one.hubUnaware) ? one.awareAtMs : 0));
  const awareAtMs = Math.max(0, ...awaited);
  const waitMs = Math.min(awareAtMs - Date.now(), maxLeaseMs);
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

async function deliverJob(context: DeliveryContext, { destination, payloads }: DeliveryJob): Promise<Taken[]> {
  const taken: Taken[] = [];
  const { backlog } = context.admission;
  await deliverOrSpill(payloads, {
    hasBacklog: () => backlog.has(destination.id) || (backlog.isInDoubt && keepsOrder(destination.signal)),
    send: (payload) => sendPayload(destination, payload, 0, { ...sendOptions(context.env), timersEndSoon: true }),
    delivered: (payload, { note }) => {
      if (note === 'fell_back') context.error('remote_write_2_unsupported', fellBack(destination));
      taken.push({ kind: 'delivered', items: payload.items });
    },
    refused: async (payload, verdict) => {
      taken.push(await bury(context, destination, payload, verdict));
    },
    spill: async (rest, verdict) => {
      if (verdict !== undefined) context.error(verdict.reason, `${destination.id}: ${verdict.detail}`);
      const spilled = await spill(context, destination, rest, verdict && spillCause(destination, verdict));
      taken.push(...spilled.taken);
      return spilled.kind;
    },
  });
  return taken;
}

function fellBack({ id }: Destination): string {
  return `${id}: the receiver takes remote write 1.0 only and gets that; leave protobuf_message out to say so`;
}
