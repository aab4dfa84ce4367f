/** What the state of an outbox means and what to do about it, for someone who was woken by it. Pure. */
import { formatBytes, plural } from '../format/numbers.ts';
import { formatDuration } from '../format/time.ts';
import type { OutboxView } from './api.ts';
import { isRemoved } from './state.ts';

export interface Advice {
  readonly means: string;
  readonly todo: string;
}

/** From here on the quota is named first: when it is full, senders are turned away. */
const NEARLY_FULL = 0.8;

export function outboxAdvice(outbox: OutboxView, nowMs: number): readonly Advice[] {
  const { bytes, maxBytes } = outbox;
  const full = maxBytes !== undefined && bytes >= NEARLY_FULL * maxBytes && outbox.payloads > 0;
  return [...(full ? [fullAdvice(bytes, maxBytes)] : []), stateAdvice(outbox, nowMs)];
}

function fullAdvice(bytes: number, maxBytes: number): Advice {
  return {
    means: `The outbox is ${Math.floor((100 * bytes) / maxBytes)} % full (${formatBytes(bytes)} of ${formatBytes(maxBytes)}). When it is full, pushes are answered 429: agents keep their data on disk, other senders may lose it.`,
    todo: 'Mend the destination, raise OUTBOX_MAX_BYTES, or purge what is worth least.',
  };
}

function stateAdvice(outbox: OutboxView, nowMs: number): Advice {
  const { state, payloads, attempts } = outbox;
  if (state === 'held') {
    return {
      means: 'An operator paused it. Nothing is sent, and new data queues here.',
      todo: 'Resume it when the destination may have data again.',
    };
  }
  if (payloads === 0) return { means: 'Nothing waits: the destination has everything.', todo: 'Nothing to do.' };
  if (state === 'paused') return pausedAdvice(outbox);
  if (state === 'waiting') {
    return {
      means: `The destination failed ${plural(attempts, 'time')} in a row and is tried again ${nextTry(outbox, nowMs)}. New data queues behind, in order. Nothing is lost.`,
      todo: 'Find out from the error below why. Once it is mended the outbox goes on by itself; “Retry now” does not wait. If the destination is well and fails on the first payload only, “Skip first” sets that aside.',
    };
  }
  if (attempts > 0) {
    return {
      means: `It is being tried again, after ${plural(attempts, 'failure')} in a row.`,
      todo: 'See in a moment whether the destination takes it.',
    };
  }
  return {
    means: 'It is being sent, oldest first; new data queues behind, in order.',
    todo: 'Nothing to do while the chart falls. If it does not, the destination takes less than arrives.',
  };
}

function pausedAdvice(outbox: OutboxView): Advice {
  if (isRemoved(outbox)) {
    return {
      means:
        'The pipeline no longer names this destination. Nothing refuses the data: it is kept until it is too old, and nothing new comes.',
      todo: 'Put the destination back into the pipeline, and everything is sent at once; or purge what waits if it is not wanted any more.',
    };
  }
  const { lastError } = outbox;
  const kept = 'Everything is kept, and tried every five minutes.';
  const mended = 'it is sent as soon as the pipeline is set.';
  const reason = lastError?.reason ?? '';
  if (reason === 'redirect_refused' || reason === 'address_refused') {
    return { means: `The address is not one that data may go to. ${kept}`, todo: `Correct the URL: ${mended}` };
  }
  return {
    means: `The destination refuses our credentials or our rights. ${kept}`,
    todo: `Correct credentials, tenant or URL in the pipeline: ${mended} If it was mended at the destination, retry now.`,
  };
}

/** `in 3 min 12 s` or `now`. */
export function nextTry({ nextAttemptAtMs }: OutboxView, nowMs: number): string {
  const inMs = (nextAttemptAtMs ?? 0) - nowMs;
  return inMs >= 1000 ? `in ${formatDuration(inMs)}` : 'now';
}
