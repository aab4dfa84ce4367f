/**
 * One step of draining a queue to its destination: send the head, act on the verdict, say what to do next. The caller
 * owns the clock, the loop and the storage of the state, so the same code runs in an agent's loop and under an alarm of
 * a Durable Object. At most one request is in flight, and the order of payloads is never changed. Several waiting payloads
 * go out as one request where their protocol allows it; what a destination refuses is then sent again one by one, so that
 * a verdict always falls on the payload that earned it.
 */
import { backoffMs } from './backoff.ts';
import type { Destination, Payload } from './destination.ts';
import { type MergeLimits, mergeableCount, mergePayloads } from './merge.ts';
import type { DeliveryQueue, QueuedPayload } from './queue.ts';
import { maxRetryAfterMs } from './retry-after.ts';
import { PARTIAL_SUCCESS, refusedItems, type Trouble, type Verdict } from './verdict.ts';

/** The reason of what was given up because the configuration bounds the attempts. */
export const RETRIES_EXHAUSTED = 'retries_exhausted';

/** How often a paused destination is tried: someone may have fixed the credentials at its side. */
export const pausedProbeMs = 5 * 60 * 1000;

/** Plain data: it survives JSON, structured clone and a row of SQLite. */
export interface DrainState {
  /** Failed attempts in a row for the head; sent as Retry-Attempt. */
  readonly attempts: number;
  /** 0: at once. */
  readonly nextAttemptAtMs: number;
  /** Set while the destination is paused because its configuration is wrong. */
  readonly paused?: DrainError;
  /** The latest trouble, kept after recovery for the operator's page. */
  readonly lastError?: DrainError;
  readonly split?: SplitProgress;
  /** A merged request was refused: up to and including this payload each goes alone. */
  readonly aloneUpTo?: number | undefined;
}

export interface DrainError extends Trouble {
  readonly atMs: number;
}

/**
 * The head was too large and goes out in parts. A part is named by its path of halvings, "01" being the second half of
 * the first half, so progress needs no copy of the bytes. Losing the state only means that parts are sent again.
 */
export interface SplitProgress {
  readonly sequence: number;
  readonly pending: readonly string[];
  readonly refusedItems: number;
  readonly refusal?: Trouble;
}

export type DrainNext = 'again' | 'idle' | 'paused' | { readonly waitMs: number };

export interface DrainResult {
  readonly state: DrainState;
  readonly next: DrainNext;
}

/** Sends once and judges the answer; reports trouble as a verdict and does not throw. `attempt` counts from 0. */
export type Send = (payload: Payload, attempt: number) => Promise<Verdict>;

/** Halves of a payload, in order; fewer than two when it cannot be divided. Must be deterministic. */
export type Split = (payload: Payload) => readonly Payload[] | Promise<readonly Payload[]>;

export interface DrainTime {
  readonly nowMs: number;
  readonly random: () => number;
}

/** Of merged bodies as they are sent: the round trip no longer counts, and they fit a Worker's memory several times. */
export const maxMergedBytes = 1024 * 1024;

/** What may share a request is bounded by the batches that the destination's own settings allow. */
export function mergeLimits({ batch }: Destination): MergeLimits {
  return { maxItems: batch.maxItems, maxBytes: maxMergedBytes, maxDecodedBytes: batch.maxBytes };
}

export const idleDrainState: DrainState = { attempts: 0, nextAttemptAtMs: 0 };

/** For a new configuration, or an operator who says "try now": forgets waits and pauses, keeps the progress. */
export function resumeDrain(state: DrainState): DrainState {
  const { paused: _, ...rest } = state;
  return { ...rest, attempts: 0, nextAttemptAtMs: 0 };
}

export async function drainStep(
  queue: DeliveryQueue,
  destination: Destination,
  send: Send,
  state: DrainState,
  time: DrainTime,
  split: Split = () => [],
): Promise<DrainResult> {
  const waiting = await queue.peek(mayMerge(destination, state) ? maxMergedBytes : 0, destination.batch.maxItems);
  const [head] = waiting;
  if (head === undefined) return { state: settle({ ...state, aloneUpTo: undefined }), next: 'idle' };
  if (state.aloneUpTo !== undefined && head.sequence > state.aloneUpTo) {
    return { state: { ...state, aloneUpTo: undefined }, next: 'again' };
  }
  if (isExpired(head, destination, time.nowMs)) {
    await queue.reject(head.sequence, 'expired', `older than ${destination.retry.maxAgeMs} ms`);
    // That time has passed for the payload says nothing of the destination: the wait for it stays.
    return { state, next: 'again' };
  }
  const waitMs = state.nextAttemptAtMs - time.nowMs;
  // No wait is longer than the clamp, so a longer one means that the clock jumped back: the payload is due.
  if (waitMs > 0 && waitMs <= maxRetryAfterMs)
    return { state, next: state.paused === undefined ? { waitMs } : 'paused' };

  const progress = state.split?.sequence === head.sequence ? state.split : undefined;
  const work: Work = { queue, destination, send, split, time, head };
  if (progress !== undefined) return drainPart(work, state, progress);
  const together = mayMerge(destination, state)
    ? waiting.slice(0, mergeableCount(waiting, mergeLimits(destination)))
    : [head];
  const last = together.at(-1) ?? head;
  const verdict = await send(mergePayloads(together), state.attempts);
  switch (verdict.kind) {
    case 'delivered':
      await queue.acknowledge(last.sequence);
      return { state: settle(state), next: 'again' };
    case 'reject':
    case 'split':
      if (verdict.reason === PARTIAL_SUCCESS && verdict.kind === 'reject') {
        return leaveOut(work, state, together, verdict);
      }
      if (together.length > 1) return { state: { ...settle(state), aloneUpTo: last.sequence }, next: 'again' };
  }
  switch (verdict.kind) {
    case 'reject':
      await queue.reject(head.sequence, verdict.reason, verdict.detail, refusedItems(head, verdict));
      return { state: settle(state, troubleAt(verdict, time.nowMs)), next: 'again' };
    case 'split':
      return drainPart(work, state, { sequence: head.sequence, pending: [''], refusedItems: 0 }, verdict);
    case 'retry':
      return isLastAttempt(destination, state)
        ? giveUp(work, state, together, verdict)
        : postpone(destination, time, state, verdict);
    case 'pause':
      return postpone(destination, time, state, verdict);
  }
}

/**
 * Batches of agents carry an identity of their own, so each is a request of its own. A destination that fails is tried with
 * the head alone: what a probe costs is thrown away.
 */
function mayMerge(destination: Destination, { attempts, aloneUpTo, split }: DrainState): boolean {
  return destination.protocol !== 'spillway_batch' && attempts === 0 && aloneUpTo === undefined && split === undefined;
}

interface Work {
  readonly queue: DeliveryQueue;
  readonly destination: Destination;
  readonly send: Send;
  readonly split: Split;
  readonly time: DrainTime;
  readonly head: QueuedPayload;
}

type SplitVerdict = Extract<Verdict, { kind: 'split' }>;
type Postponement = Extract<Verdict, { kind: 'retry' | 'pause' }>;

/** Sends the first pending part, or divides it when the destination has just called it too large. */
async function drainPart(
  work: Work,
  state: DrainState,
  progress: SplitProgress,
  tooLarge?: SplitVerdict,
): Promise<DrainResult> {
  const [path = '', ...others] = progress.pending;
  const part = await resolvePart(work.head, path, work.split);
  const verdict = tooLarge ?? (await work.send(part, state.attempts));
  switch (verdict.kind) {
    case 'delivered':
      return advance(work, state, { ...progress, pending: others });
    case 'reject':
      return advance(work, state, refuse(progress, others, refusedItems(part, verdict), verdict), verdict);
    case 'split': {
      const halves = await work.split(part);
      if (halves.length < 2) return advance(work, state, refuse(progress, others, part.items, verdict), verdict);
      const divided = [...halves.keys()].map((half) => `${path}${half}`);
      return advance(work, state, { ...progress, pending: [...divided, ...others] }, verdict);
    }
    case 'retry':
      if (isLastAttempt(work.destination, state)) {
        return advance(work, state, refuse(progress, others, part.items, exhausted(verdict)), verdict);
      }
      return postpone(work.destination, work.time, { ...state, split: progress }, verdict);
    case 'pause':
      return postpone(work.destination, work.time, { ...state, split: progress }, verdict);
  }
}

async function resolvePart(whole: Payload, path: string, split: Split): Promise<Payload> {
  let part = whole;
  for (const half of path) {
    const next: Payload | undefined = (await split(part))[Number(half)];
    if (next === undefined) throw new Error(`split() is not deterministic: no part ${path}`);
    part = next;
  }
  return part;
}

function refuse(progress: SplitProgress, pending: readonly string[], items: number, trouble: Trouble): SplitProgress {
  return { ...progress, pending, refusedItems: progress.refusedItems + items, refusal: plain(trouble) };
}

/** Stores the progress; once no part is pending the payload leaves the queue, refused in as much as parts of it were. */
async function advance(
  { queue, head, time }: Work,
  state: DrainState,
  progress: SplitProgress,
  trouble?: Trouble,
): Promise<DrainResult> {
  const error = trouble === undefined ? undefined : troubleAt(trouble, time.nowMs);
  if (progress.pending.length > 0) return { state: { ...settle(state, error), split: progress }, next: 'again' };
  if (progress.refusal === undefined) await queue.acknowledge(head.sequence);
  else await queue.reject(head.sequence, progress.refusal.reason, progress.refusal.detail, progress.refusedItems);
  return { state: settle(state, error), next: 'again' };
}

/** The destination has the others: to send them again one by one, as after another refusal, would double them. */
async function leaveOut(
  { queue, time }: Work,
  state: DrainState,
  together: readonly QueuedPayload[],
  verdict: Extract<Verdict, { kind: 'reject' }>,
): Promise<DrainResult> {
  const last = together.at(-1) as QueuedPayload;
  const before = together.at(-2);
  if (before !== undefined) await queue.acknowledge(before.sequence);
  const items = together.reduce((sum, payload) => sum + payload.items, 0);
  const refused = Math.min(last.items, refusedItems({ ...last, items }, verdict));
  await queue.reject(last.sequence, verdict.reason, verdict.detail, refused);
  return { state: settle(state, troubleAt(verdict, time.nowMs)), next: 'again' };
}

function isLastAttempt({ retry }: Destination, { attempts }: DrainState): boolean {
  return retry.maxAttempts !== undefined && attempts + 1 >= retry.maxAttempts;
}

/** The configuration bounds the attempts: what was in the last one becomes dead letters. */
async function giveUp(
  { queue, time }: Work,
  state: DrainState,
  together: readonly QueuedPayload[],
  verdict: Trouble,
): Promise<DrainResult> {
  const { reason, detail } = exhausted(verdict);
  for (const { sequence } of together) await queue.reject(sequence, reason, detail);
  return { state: settle(state, troubleAt(verdict, time.nowMs)), next: 'again' };
}

function exhausted(verdict: Trouble): Trouble {
  return { ...plain(verdict), reason: RETRIES_EXHAUSTED, detail: `${verdict.reason}: ${verdict.detail}` };
}

/** Keeps the head and says when to try again. */
export function postpone(
  destination: Destination,
  time: DrainTime,
  state: DrainState,
  verdict: Postponement,
): DrainResult {
  const lastError = troubleAt(verdict, time.nowMs);
  const attempts = state.attempts + 1;
  if (verdict.kind === 'pause') {
    const nextAttemptAtMs = time.nowMs + pausedProbeMs;
    return { state: { ...state, attempts, nextAttemptAtMs, paused: lastError, lastError }, next: 'paused' };
  }
  const backoff = backoffMs(destination.retry, attempts, time.random);
  const waitMs = Math.min(Math.max(backoff, verdict.retryAfterMs ?? 0), maxRetryAfterMs);
  const { paused: _, ...rest } = state;
  return { state: { ...rest, attempts, nextAttemptAtMs: time.nowMs + waitMs, lastError }, next: { waitMs } };
}

function isExpired(head: QueuedPayload, destination: Destination, nowMs: number): boolean {
  const { maxAgeMs } = destination.retry;
  return maxAgeMs > 0 && nowMs - head.enqueuedAtMs > maxAgeMs;
}

/** The state after progress: no wait, no failures; the last error stays readable. */
export function settle(state: DrainState, error?: DrainError): DrainState {
  const lastError = error ?? state.lastError;
  const { aloneUpTo } = state;
  return {
    ...idleDrainState,
    ...(lastError === undefined ? {} : { lastError }),
    ...(aloneUpTo === undefined ? {} : { aloneUpTo }),
  };
}

function plain({ reason, detail, status }: Trouble): Trouble {
  return status === undefined ? { reason, detail } : { reason, detail, status };
}

function troubleAt(trouble: Trouble, atMs: number): DrainError {
  return { ...plain(trouble), atMs };
}
