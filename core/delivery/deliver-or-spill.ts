/**
 * Deliver first, spill second, for the payloads of one push to one destination, in order: once one of them had to be
 * committed to the outbox, those after it follow it there.
 */
import type { Payload } from './destination.ts';
import type { Verdict } from './verdict.ts';

export type Refusal = Extract<Verdict, { kind: 'reject' }>;
export type Postponed = Exclude<Verdict, { kind: 'delivered' | 'reject' }>;

export interface Way {
  /** Whether newer data must queue behind older data, as far as it is known here. */
  hasBacklog(): boolean;
  send(payload: Payload): Promise<Verdict>;
  /**
   * Commits the payloads to the outbox, in order. Without a cause, only because of the backlog, it may decline: nothing
   * waits there any more, so they may be sent.
   */
  spill(payloads: readonly Payload[], cause?: Postponed): Promise<'done' | 'declined'>;
  delivered(payload: Payload, verdict: Extract<Verdict, { kind: 'delivered' }>): void;
  refused(payload: Payload, verdict: Refusal): Promise<void>;
}

export async function deliverOrSpill(payloads: readonly Payload[], way: Way): Promise<void> {
  for (const [index, payload] of payloads.entries()) {
    const rest = payloads.slice(index);
    if (way.hasBacklog() && (await way.spill(rest)) === 'done') return;
    const verdict = await way.send(payload);
    switch (verdict.kind) {
      case 'delivered':
        way.delivered(payload, verdict);
        break;
      case 'reject':
        await way.refused(payload, verdict);
        break;
      case 'retry':
      case 'split':
      case 'pause':
        await way.spill(rest, verdict);
        return;
    }
  }
}
