/** What a spool is given and what it tells: its bounds, its platform, the observer of its ledger, its errors. */
import type { Signal } from '../../core/pipeline/signals.ts';
import type { SpoolFileSystem } from './file-system.ts';

/** Infinity: no bound. A payload that is larger than all of it is taken when nothing else waits. */
export interface SpoolBounds {
  /** Of the payloads that wait. The disk may hold one segment more. */
  readonly maxBytes: number;
  readonly maxPayloads: number;
  readonly maxItems: number;
  readonly maxAgeMs: number;
}

export interface SpoolOptions extends SpoolBounds {
  readonly folder: string;
  readonly segmentBytes: number;
  /**
   * 0: fsync before an append is acknowledged. Else at most so much later, and before the records are sent; a power cut in
   * between loses them. Infinity: never.
   */
  readonly syncIntervalMs: number;
  readonly maxDeadLetters: number;
}

export const spoolDefaults = {
  maxBytes: 1024 ** 3,
  maxPayloads: Number.POSITIVE_INFINITY,
  maxItems: Number.POSITIVE_INFINITY,
  maxAgeMs: Number.POSITIVE_INFINITY,
  segmentBytes: 16 * 1024 ** 2,
  syncIntervalMs: 0,
  maxDeadLetters: 100,
} as const;

export type DropReason = 'spool_full' | 'expired' | 'corrupt';

/** Is told how each item left, once. */
export interface SpoolObserver {
  delivered(signal: Signal, items: number): void;
  /** `detail`: what the destination said. */
  rejected(signal: Signal, items: number, reason: string, detail: string): void;
  dropped(signal: Signal, items: number, reason: DropReason): void;
  warning(message: string): void;
}

export interface SpoolPlatform {
  readonly fs: SpoolFileSystem;
  readonly nowMs: () => number;
  /** Does not jump with the wall clock. */
  readonly monotonicMs: () => number;
  readonly after: (delayMs: number, run: () => void) => void;
  /** 32 random bits that nobody outside can guess. */
  readonly randomSalt: () => number;
}

/** `drop_metrics`: the oldest records make room as long as they are metrics; refused where the oldest is of another signal. */
export type WhenFull = 'drop_oldest' | 'drop_metrics' | 'refuse';

/** There is no room and the caller asked not to drop: try again after something was delivered. */
export class SpoolFullError extends Error {}

/** The disk did not take the records. Nothing was stored; the same append may work later. */
export class SpoolUnavailableError extends Error {}
