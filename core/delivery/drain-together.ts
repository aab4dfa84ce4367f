/**
 * A healthy drain of data whose order does not matter (spans, profiles, log lines): several requests in flight. Whatever is
 * not a plain success leaves this path at once: what failed is postponed or sent again one by one by `drainStep`, so while
 * a destination fails there is never more than one request in flight.
 */
import type { Signal } from '../pipeline/signals.ts';
import type { Destination } from './destination.ts';
import {
  type DrainResult,
  type DrainState,
  type DrainTime,
  mergeLimits,
  postpone,
  type Send,
  settle,
} from './drain.ts';
import { type MergeLimits, mergeableCount, mergePayloads } from './merge.ts';
import type { DeliveryQueue, QueuedPayload } from './queue.ts';

/** A queue from whose middle payloads may leave. */
export interface UnorderedQueue extends DeliveryQueue {
  /** These have been delivered, whatever still waits before them. */
  acknowledgeOnly(sequences: readonly number[]): Promise<void> | void;
}

/** A Worker may have six requests waiting for headers at a time; some are left for telling others about it. */
export const maxRequestsInFlight = 4;

/** Loki takes lines out of order within about an hour of the newest one; a store of samples does not. */
const unordered: ReadonlySet<Signal> = new Set<Signal>(['logs', 'traces', 'profiles']);

/** Whether a destination may refuse what is older than what it has. */
export function keepsOrder(signal: Signal): boolean {
  return !unordered.has(signal);
}

/** Whether `drainTogether` may take the next step, or `drainStep` must. */
export function mayDrainTogether(signal: Signal, state: DrainState, nowMs: number): boolean {
  const { attempts, paused, split, aloneUpTo, nextAttemptAtMs } = state;
  const troubled = attempts > 0 || paused !== undefined || split !== undefined || aloneUpTo !== undefined;
  return unordered.has(signal) && !troubled && nextAttemptAtMs <= nowMs;
}

/** `waiting` is what `peek` gave and must not be expired. */
export async function drainTogether(
  queue: UnorderedQueue,
  destination: Destination,
  send: Send,
  state: DrainState,
  time: DrainTime,
  waiting: readonly QueuedPayload[],
): Promise<DrainResult> {
  const groups = inGroups(waiting, mergeLimits(destination)).slice(0, maxRequestsInFlight);
  const verdicts = await Promise.all(groups.map((group) => send(mergePayloads(group), 0)));
  const delivered = groups.filter((_, index) => verdicts[index].kind === 'delivered').flat();
  if (delivered.length > 0) await queue.acknowledgeOnly(delivered.map(({ sequence }) => sequence));
  const settled = settle(state);
  const failed = verdicts.find((verdict) => verdict.kind === 'retry' || verdict.kind === 'pause');
  if (failed !== undefined) return postpone(destination, time, settled, failed);
  if (delivered.length === groups.flat().length) return { state: settled, next: 'again' };
  return { state: { ...settled, aloneUpTo: groups.flat().at(-1)?.sequence }, next: 'again' };
}

function inGroups(waiting: readonly QueuedPayload[], limits: MergeLimits): QueuedPayload[][] {
  const groups: QueuedPayload[][] = [];
  for (let at = 0; at < waiting.length; ) {
    const count = mergeableCount(waiting.slice(at), limits);
    groups.push(waiting.slice(at, at + count));
    at += count;
  }
  return groups;
}
