/**
 * The outbox's RPC. Deploys reach Workers and objects at different times, so every message carries a version and fields
 * are only ever added: whoever reads one must do without those that its sender did not know yet.
 */
import type { Payload } from '../../core/delivery/destination.ts';
import type { DrainError } from '../../core/delivery/drain.ts';
import type { QueueLedger } from '../../core/delivery/memory-queue.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { BacklogPoint } from './backlog-history.ts';
import type { StoredDeadLetter } from './sqlite-dead-letters.ts';
import type { QueueEvents } from './sqlite-queue.ts';

export const OUTBOX_VERSION = 3;

export interface Versioned {
  readonly v: number;
}

export interface OutboxAddress extends Versioned {
  readonly tenant: string;
  readonly destination: string;
}

/** Why the payloads come here instead of to the destination; absent when they queue behind a backlog. */
export interface SpillCause {
  readonly reason: string;
  readonly detail: string;
  readonly status?: number;
  /** How long the destination is left alone. */
  readonly waitMs: number;
  readonly paused: boolean;
}

export interface EnqueueRequest extends OutboxAddress {
  readonly signal: Signal;
  readonly payloads: readonly Payload[];
  readonly cause?: SpillCause;
  /** Since version 3, like what follows: the sender can also take `declined` for an answer. */
  readonly mayDecline?: boolean;
  /** Who sends it: this isolate will know that data waits here. */
  readonly isolate?: string;
}

export type EnqueueResult =
  /**
   * `unawareMs`, since version 3: for so long other isolates may not know that data waits here. `hubUnaware`: nor does the
   * hub, so that even who asks it may not hear of it.
   */
  | { readonly v: number; readonly kind: 'committed'; readonly unawareMs?: number; readonly hubUnaware?: boolean }
  /** Nothing waits here and nothing was taken: send it. */
  | { readonly v: number; readonly kind: 'declined' }
  | { readonly v: number; readonly kind: 'full'; readonly maxBytes: number; readonly retryAfterSeconds: number };

export interface DeadLetterRequest extends OutboxAddress {
  readonly signal: Signal;
  readonly payload: Payload;
  readonly reason: string;
  readonly detail: string;
}

/** `held`: an operator paused it. `paused`: the destination refused our credentials or is gone from the pipeline. */
export type OutboxState = 'idle' | 'draining' | 'waiting' | 'paused' | 'held';

export interface OutboxStatus extends Versioned {
  readonly destination: string;
  readonly signal: Signal;
  readonly state: OutboxState;
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  readonly oldestAtMs: number | null;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
  /** Of the trouble that there is now; null once the destination takes data again. */
  readonly lastError: DrainError | null;
  readonly deadLetters: number;
  readonly ledger: QueueLedger;
  /** Since version 2, like what follows. */
  readonly maxBytes?: number;
  readonly events?: QueueEvents;
  /** The latest trouble, also when it is over. */
  readonly pastError?: DrainError | null;
}

export interface OutboxDetails extends OutboxStatus {
  /** Newest first. */
  readonly deadLetterList: readonly StoredDeadLetter[];
  readonly history?: readonly BacklogPoint[];
}

/** With the address: an outbox may be held before it was ever used. */
export interface HoldRequest extends OutboxAddress {
  readonly signal: Signal;
}

export interface PurgeRequest extends Versioned {
  /** Only what was enqueued before. */
  readonly enqueuedBeforeMs: number;
}

export interface PurgeResult extends Versioned {
  readonly payloads: number;
  readonly items: number;
}

/** Which dead letters: one, or all that still have their bytes. */
export interface DeadLetterChoice extends Versioned {
  readonly id?: number;
}

export interface ReplayResult extends Versioned {
  readonly replayed: number;
  /** Letters without a body, or that the full queue did not take: they stay where they are. */
  readonly kept: number;
}
