/**
 * Deliver first, spill second. A payload goes to its destination inside the request; what fails in a way that may pass, and
 * what must stay behind a backlog, is committed to the destination's outbox. A push is acknowledged only when each of its
 * payloads was taken by the one or the other.
 */
import { backoffMs } from '../../core/delivery/backoff.ts';
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { pausedProbeMs } from '../../core/delivery/drain.ts';
import type { Verdict } from '../../core/delivery/verdict.ts';
import { type Failure, failure } from '../../core/outcome.ts';
import type { Env } from '../env.ts';
import type { Admission } from '../hub/lease-cache.ts';
import { outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION, type SpillCause } from '../outbox/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { edgeRetry } from './edge-retry.ts';
import { fitRows } from './fit.ts';
import { sendOptions, sendPayload } from './send.ts';

export interface DeliveryJob {
  readonly destination: Destination;
  /** In order. */
  readonly payloads: readonly Payload[];
}

export interface DeliveryContext {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly tenant: string;
  readonly admission: Admission;
  /** For the console: what a destination said. */
  error(reason: string, message: string): void;
}

/** In items, added up over destinations. */
export interface DeliveryResult {
  readonly delivered: number;
  readonly queued: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** Set when the push must not be acknowledged. */
  readonly failure?: Failure;
}

type Taken =
  | { readonly kind: 'delivered'; readonly items: number }
  | { readonly kind: 'queued'; readonly items: number }
  | { readonly kind: 'rejected'; readonly items: number; readonly reason: string; readonly detail: string }
  | { readonly kind: 'refused'; readonly failure: Failure };

const OUTBOX_RETRY_AFTER_SECONDS = 5;
/** A call to an object carries 32 MiB; bodies above this travel alone. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;

export async function deliver(context: DeliveryContext, jobs: readonly DeliveryJob[]): Promise<DeliveryResult> {
  const taken = (await Promise.all(jobs.map((job) => deliverJob(context, job)))).flat();
  const rejected: Record<string, number> = {};
  let delivered = 0;
  let queued = 0;
  let refusal: Failure | undefined;
  let rejection: Extract<Taken, { kind: 'rejected' }> | undefined;
  for (const outcome of taken) {
    if (outcome.kind === 'delivered') delivered += outcome.items;
    else if (outcome.kind === 'queued') queued += outcome.items;
    else if (outcome.kind === 'refused') refusal ??= outcome.failure;
    else {
      rejected[outcome.reason] = (rejected[outcome.reason] ?? 0) + outcome.items;
      rejection ??= outcome;
    }
  }
  if (refusal !== undefined) return { delivered, queued, rejected, failure: refusal };
  const nobodyTookIt = rejection !== undefined && taken.every(({ kind }) => kind === 'rejected');
  if (!nobodyTookIt) return { delivered, queued, rejected };
  const message = `The destination refused the data: ${rejection?.detail}`;
  return { delivered, queued, rejected, failure: failure('destination_rejected', message) };
}

async function deliverJob(context: DeliveryContext, { destination, payloads }: DeliveryJob): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const [index, payload] of payloads.entries()) {
    const rest = payloads.slice(index);
    if (context.admission.hasBacklog(destination.id)) return [...taken, ...(await spill(context, destination, rest))];
    const verdict = await sendPayload(destination, payload, 0, sendOptions(context.env));
    switch (verdict.kind) {
      case 'delivered':
        taken.push({ kind: 'delivered', items: payload.items });
        break;
      case 'reject':
        taken.push(bury(context, destination, payload, verdict));
        break;
      case 'retry':
      case 'split':
      case 'pause':
        context.error(verdict.reason, `${destination.id}: ${verdict.detail}`);
        return [...taken, ...(await spill(context, destination, rest, spillCause(destination, verdict)))];
    }
  }
  return taken;
}

function spillCause(destination: Destination, verdict: Exclude<Verdict, { kind: 'delivered' | 'reject' }>): SpillCause {
  const { reason, detail, status } = verdict;
  const base = { reason, detail, ...(status === undefined ? {} : { status }) };
  switch (verdict.kind) {
    case 'retry': {
      const backoff = backoffMs(edgeRetry(destination.retry, 0, 0), 1, Math.random);
      return { ...base, paused: false, waitMs: Math.max(backoff, verdict.retryAfterMs ?? 0) };
    }
    case 'split':
      return { ...base, paused: false, waitMs: 0 };
    case 'pause':
      return { ...base, paused: true, waitMs: pausedProbeMs };
  }
}

/** Commits the payloads to the outbox, all or none of each call, in order. */
async function spill(
  context: DeliveryContext,
  destination: Destination,
  payloads: readonly Payload[],
  cause?: SpillCause,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const group of groupByBytes(await fitRows(payloads))) {
    const refused = await enqueue(context, destination, group, cause);
    if (refused !== undefined) return [...taken, { kind: 'refused', failure: refused }];
    taken.push({ kind: 'queued', items: group.reduce((sum, payload) => sum + payload.items, 0) });
  }
  context.admission.noteBacklog(destination.id);
  return taken;
}

async function enqueue(
  { env, tenant, error: report }: DeliveryContext,
  destination: Destination,
  payloads: readonly Payload[],
  cause: SpillCause | undefined,
): Promise<Failure | undefined> {
  const { id, signal } = destination;
  const request = {
    v: OUTBOX_VERSION,
    tenant,
    destination: id,
    signal,
    payloads: payloads.map(compact),
    ...(cause && { cause }),
  };
  try {
    const result = await retryOnce(() => outbox(env, tenant, id).enqueue(request));
    if (result.kind === 'committed') return undefined;
    report('outbox_full', `${id}: the outbox holds its quota of ${result.maxBytes} bytes`);
    return failure(
      'outbox_full',
      `The outbox of ${id} is full; keep the data and come back.`,
      result.retryAfterSeconds,
    );
  } catch (error) {
    log('error', 'outbox_unavailable', { tenant, destination: id, error: errorText(error) });
    return failure('outbox_unavailable', `The outbox of ${id} cannot be reached.`, OUTBOX_RETRY_AFTER_SECONDS);
  }
}

/** A redeploy breaks a stub once; an overloaded object must not be asked again at once. */
async function retryOnce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
    if (retryable !== true || overloaded === true) throw error;
    return await call();
  }
}

/** Refused for good: kept for inspection, after the answer. The count is what matters to the ledger. */
function bury(
  { env, ctx, tenant, error: report }: DeliveryContext,
  destination: Destination,
  payload: Payload,
  { reason, detail }: Extract<Verdict, { kind: 'reject' }>,
): Taken {
  report(reason, `${destination.id}: ${detail}`);
  const { id, signal } = destination;
  const letter = { v: OUTBOX_VERSION, tenant, destination: id, signal, payload: compact(payload), reason, detail };
  ctx.waitUntil(
    outbox(env, tenant, id)
      .addDeadLetter(letter)
      .catch((error: unknown) => log('warn', 'dead_letter_lost', { tenant, destination: id, error: errorText(error) })),
  );
  return { kind: 'rejected', items: payload.items, reason, detail };
}

function groupByBytes(payloads: readonly Payload[]): Payload[][] {
  const groups: Payload[][] = [];
  let bytes = 0;
  for (const payload of payloads) {
    const last = groups.at(-1);
    if (last === undefined || bytes + payload.body.byteLength > MAX_CALL_BYTES) {
      groups.push([payload]);
      bytes = 0;
    } else last.push(payload);
    bytes += payload.body.byteLength;
  }
  return groups;
}

/** Structured clone copies the whole buffer that a view looks at. */
function compact(payload: Payload): Payload {
  const { body } = payload;
  return body.byteLength === body.buffer.byteLength ? payload : { ...payload, body: body.slice() };
}
