/**
 * How many series and streams were active, over the end of the object: it is shown until isolates have told a new one
 * what they know, and no longer than they would count as active. Limits do not look at it.
 */
import { epochOf } from '../../core/limits/active-members.ts';
import type { ActiveKind } from './messages.ts';

interface Kept {
  readonly count: number;
  readonly epoch: number;
}

export type StoredActive = Readonly<Partial<Record<ActiveKind, Kept>>>;

export class KeptActive {
  #kept: StoredActive = {};

  /** A hub of an older version kept none. */
  restore(stored: StoredActive | undefined): void {
    this.#kept = stored ?? {};
  }

  shown(kind: ActiveKind, estimate: number, nowMs: number): number {
    return this.#newer(kind, estimate, nowMs).count;
  }

  toStored(estimates: Readonly<Record<ActiveKind, number>>, nowMs: number): StoredActive {
    const { series, streams } = estimates;
    return { series: this.#newer('series', series, nowMs), streams: this.#newer('streams', streams, nowMs) };
  }

  /** What was kept stays as old as it is, or it would be shown for ever. */
  #newer(kind: ActiveKind, estimate: number, nowMs: number): Kept {
    const epoch = epochOf(nowMs);
    const live = { count: Math.round(estimate), epoch };
    const kept = this.#kept[kind];
    const counts = kept !== undefined && (kept.epoch === epoch || kept.epoch === epoch - 1);
    return counts && kept.count > live.count ? kept : live;
  }
}
