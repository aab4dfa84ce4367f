/**
 * What was not delivered within the request: committed to the destination's outbox, or kept there as a dead letter. Returns
 * only what storage has taken.
 */
import { backoffMs } from '../../core/delivery/backoff.ts';
import type { Postponed, Refusal } from '../../core/delivery/deliver-or-spill.ts';
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { pausedProbeMs } from '../../core/delivery/drain.ts';
import { keepsOrder } from '../../core/delivery/drain-together.ts';
import { refusedItems } from '../../core/delivery/verdict.ts';
import { type Failure, failure } from '../../core/outcome.ts';
import type { MetricCounts } from '../../core/wire/remote-write/v2.ts';
import type { Env } from '../env.ts';
import { type Admission, isolateId } from '../hub/admit.ts';
import { outbox } from '../outbox/client.ts';
import { type EnqueueRequest, OUTBOX_VERSION, type SpillCause } from '../outbox/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { edgeRetry } from './edge-retry.ts';
import { fitRows } from './fit.ts';

export interface DeliveryContext {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly tenant: string;
  readonly admission: Admission;
  /** The sender is an agent: each of its batches asks the hub and learns what the one before it did, if the hub knows. */
  readonly comesAgain: boolean;
  /** For the console: what a destination said. */
  error(reason: string, message: string): void;
}

export type Taken = { readonly kind: 'delivered'; readonly items: number } | Queued | Rejected | Refused;

interface Queued {
  readonly kind: 'queued';
  readonly items: number;
  /** From then on every isolate knows that data waits there. */
  readonly awareAtMs: number;
  /** Who asks the hub may not hear of it yet. */
  readonly hubUnaware: boolean;
}

interface Refused {
  readonly kind: 'refused';
  readonly failure: Failure;
}

export interface Rejected {
  readonly kind: 'rejected';
  readonly items: number;
  /** Items of the same payload that the destination took. */
  readonly delivered: number;
  readonly written?: MetricCounts | undefined;
  readonly reason: string;
  readonly detail: string;
}

const OUTBOX_RETRY_AFTER_SECONDS = 5;
/** A call to an object carries 32 MiB; bodies above this travel alone. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;

/** Why, and how long the destination is left alone. */
export function spillCause(destination: Destination, verdict: Postponed): SpillCause {
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

interface Spilled {
  readonly kind: 'done' | 'declined';
  readonly taken: readonly Taken[];
}

/** Commits the payloads to the outbox, all or none of each call, in order. */
export async function spill(
  context: DeliveryContext,
  destination: Destination,
  payloads: readonly Payload[],
  cause?: SpillCause,
): Promise<Spilled> {
  const taken: Taken[] = [];
  const { backlog } = context.admission;
  for (const group of groupByBytes(await fitRows(payloads))) {
    const askedAtMs = Date.now();
    // What follows a group that was queued follows it into the queue.
    const mayDecline = cause === undefined && taken.length === 0;
    const answer = await enqueue(context, destination, group, { ...(cause && { cause }), mayDecline });
    if (answer === 'declined' || (mayDecline && isNotNeeded(answer, backlog.has(destination.id)))) {
      backlog.clear(destination.id, askedAtMs);
      return { kind: 'declined', taken: [] };
    }
    taken.push(answer);
    if (answer.kind === 'refused') break;
    backlog.note(destination.id, Date.now());
  }
  return { kind: 'done', taken };
}

/**
 * Asked only because the hub does not answer, and away like it: two objects that are away must not keep out what can be
 * delivered.
 */
function isNotNeeded(answer: Queued | Refused, hasBacklog: boolean): boolean {
  return !hasBacklog && answer.kind === 'refused' && answer.failure.reason === 'outbox_unavailable';
}

async function enqueue(
  { env, tenant, error: report }: DeliveryContext,
  destination: Destination,
  payloads: readonly Payload[],
  how: Pick<EnqueueRequest, 'cause' | 'mayDecline'>,
): Promise<Queued | Refused | 'declined'> {
  const { id, signal } = destination;
  const request = {
    v: OUTBOX_VERSION,
    tenant,
    destination: id,
    signal,
    payloads: payloads.map(compact),
    isolate: isolateId(),
    ...how,
  };
  try {
    const result = await retryOnce(() => outbox(env, tenant, id).enqueue(request));
    if (result.kind === 'declined') return 'declined';
    if (result.kind === 'committed') {
      const items = payloads.reduce((sum, payload) => sum + payload.items, 0);
      // An object of an older version does not say how long.
      const unawareMs = keepsOrder(signal) ? (result.unawareMs ?? 0) : 0;
      return { kind: 'queued', items, awareAtMs: Date.now() + unawareMs, hubUnaware: result.hubUnaware ?? false };
    }
    report('outbox_full', `${id}: the outbox holds its quota of ${result.maxBytes} bytes`);
    const message = `The outbox of ${id} is full; keep the data and come back.`;
    return { kind: 'refused', failure: failure('outbox_full', message, result.retryAfterSeconds) };
  } catch (error) {
    log('error', 'outbox_unavailable', { tenant, destination: id, error: errorText(error) });
    const message = `The outbox of ${id} cannot be reached.`;
    return { kind: 'refused', failure: failure('outbox_unavailable', message, OUTBOX_RETRY_AFTER_SECONDS) };
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

/** Refused for good: kept for inspection before the answer leaves, because others may have taken the push. */
export async function bury(
  { env, tenant, error: report }: DeliveryContext,
  destination: Destination,
  payload: Payload,
  verdict: Refusal,
): Promise<Taken> {
  const { reason, detail, written } = verdict;
  const items = refusedItems(payload, verdict);
  report(reason, `${destination.id}: ${detail}`);
  const { id, signal } = destination;
  const letter = {
    v: OUTBOX_VERSION,
    tenant,
    destination: id,
    signal,
    payload: compact({ ...payload, items }),
    reason,
    detail,
  };
  try {
    await retryOnce(() => outbox(env, tenant, id).addDeadLetter(letter));
  } catch (error) {
    // Sending the push again would only be refused again; the count stays right.
    log('warn', 'dead_letter_lost', { tenant, destination: id, error: errorText(error) });
  }
  return { kind: 'rejected', items, delivered: payload.items - items, written, reason, detail };
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
