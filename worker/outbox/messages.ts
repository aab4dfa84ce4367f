/**
 * The outbox's RPC. Deploys reach Workers and objects at different times, so every message carries a version and fields
 * are only ever added.
 */
import type { Payload } from '../../core/delivery/destination.ts';
import type { DrainError } from '../../core/delivery/drain.ts';
import type { QueueLedger } from '../../core/delivery/memory-queue.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { StoredDeadLetter } from './sqlite-queue.ts';

export const OUTBOX_VERSION = 1;

export interface OutboxAddress {
  readonly v: number;
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
}

export type EnqueueResult =
  | { readonly v: number; readonly kind: 'committed' }
  | { readonly v: number; readonly kind: 'full'; readonly maxBytes: number; readonly retryAfterSeconds: number };

export interface DeadLetterRequest extends OutboxAddress {
  readonly signal: Signal;
  readonly payload: Payload;
  readonly reason: string;
  readonly detail: string;
}

export type OutboxState = 'idle' | 'draining' | 'waiting' | 'paused';

export interface OutboxStatus {
  readonly v: number;
  readonly destination: string;
  readonly signal: Signal;
  readonly state: OutboxState;
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  readonly oldestAtMs: number | null;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
  readonly lastError: DrainError | null;
  readonly deadLetters: number;
  readonly ledger: QueueLedger;
}

export interface OutboxDetails extends OutboxStatus {
  readonly deadLetterList: readonly StoredDeadLetter[];
}
