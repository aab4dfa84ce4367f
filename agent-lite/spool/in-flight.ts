/**
 * Records that were handed out to be sent and then dropped because the spool was full. They count as dropped only if
 * they were not delivered after all: the answer to the request decides, so each item is counted once.
 */
import type { Signal } from '../../core/pipeline/signals.ts';
import type { DropReason, SpoolObserver } from './spool-types.ts';

interface Limbo {
  readonly sequence: number;
  readonly signal: Signal;
  readonly items: number;
  readonly reason: DropReason;
}

export class InFlight {
  readonly #observer: SpoolObserver;
  #newest = 0;
  #limbo: Limbo[] = [];

  constructor(observer: SpoolObserver) {
    this.#observer = observer;
  }

  handedOut(sequence: number): void {
    this.#newest = sequence;
  }

  drop(sequence: number, signal: Signal, items: number, reason: DropReason): void {
    if (sequence <= this.#newest) this.#limbo.push({ sequence, signal, items, reason });
    else this.#observer.dropped(signal, items, reason);
  }

  delivered(sequence: number): void {
    this.#limbo = this.#limbo.filter((record) => {
      if (record.sequence > sequence) return true;
      this.#observer.delivered(record.signal, record.items);
      return false;
    });
  }

  /** Whether the record was one of those. */
  rejected(sequence: number, refusal: Refusal, refusedItems: number | undefined): boolean {
    const record = this.#limbo.find((candidate) => candidate.sequence === sequence);
    if (record === undefined) return false;
    this.#limbo = this.#limbo.filter((candidate) => candidate !== record);
    countRefusal(this.#observer, record.signal, record.items, refusal, refusedItems ?? record.items);
    return true;
  }

  /** The sender came back for more, or gave up: what it did not acknowledge was not delivered. */
  returned(): void {
    for (const { signal, items, reason } of this.#limbo) this.#observer.dropped(signal, items, reason);
    this.#limbo = [];
    this.#newest = 0;
  }
}

/** What the destination said, in a word and in its own text. */
export interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

/** `expired` is the word of the drain for "too old": those items count as dropped. What was not refused was delivered. */
export function countRefusal(
  observer: SpoolObserver,
  signal: Signal,
  items: number,
  { reason, detail }: Refusal,
  refusedItems: number,
): void {
  if (reason === 'expired') observer.dropped(signal, refusedItems, 'expired');
  else observer.rejected(signal, refusedItems, reason, detail);
  if (items > refusedItems) observer.delivered(signal, items - refusedItems);
}
