/** What a spool is given and what it tells: its bounds, its platform, the observer of its ledger, its errors. */
import type { Signal } from '../../core/pipeline/signals.ts';
import type { SpoolFileSystem } from './file-system.ts';

export interface SpoolOptions {
  readonly folder: string;
  /** Of the payloads that wait. The disk may hold one segment more. */
  readonly maxBytes: number;
  /** 0: no bound. */
  readonly maxAgeMs: number;
  readonly segmentBytes: number;
  /** fsync before an append is acknowledged. Off only where losing the latest seconds in a power cut is fine. */
  readonly sync: boolean;
  readonly maxDeadLetters: number;
}

export const spoolDefaults = {
  maxBytes: 1024 ** 3,
  maxAgeMs: 0,
  segmentBytes: 16 * 1024 ** 2,
  sync: true,
  maxDeadLetters: 100,
} as const;

export type DropReason = 'spool_full' | 'expired' | 'corrupt';

/** Is told how each item left, once. */
export interface SpoolObserver {
  delivered(signal: Signal, items: number): void;
  rejected(signal: Signal, items: number, reason: string): void;
  dropped(signal: Signal, items: number, reason: DropReason): void;
  warning(message: string): void;
}

export interface SpoolPlatform {
  readonly fs: SpoolFileSystem;
  readonly nowMs: () => number;
  /** 32 random bits that nobody outside can guess. */
  readonly randomSalt: () => number;
}

export type WhenFull = 'drop_oldest' | 'refuse';

/** There is no room and the caller asked not to drop: try again after something was delivered. */
export class SpoolFullError extends Error {}

/** The disk did not take the records. Nothing was stored; the same append may work later. */
export class SpoolUnavailableError extends Error {}
