/**
 * What isolates, outboxes and a tenant's hub tell each other. Deploys reach Workers and Durable Objects at different
 * times, so every message carries a version and fields are only ever added.
 */
import type { LeaseRequest as SliceRequest } from '../../core/limits/lease.ts';
import type { Signal } from '../../core/pipeline/signals.ts';

export const HUB_VERSION = 1;

export interface BatchKey {
  readonly agentId: string;
  /** Decimal text: a 64-bit number. */
  readonly sequence: string;
}

export interface LeaseRequest {
  readonly v: number;
  readonly tenant: string;
  /** Items per signal that the push at hand needs, and what came back from the slice before. */
  readonly want: Readonly<Partial<Record<Signal, SliceRequest>>>;
  readonly batch?: BatchKey;
}

export interface LeaseGrant {
  readonly v: number;
  /** How long the isolate may act on this without asking again. */
  readonly validMs: number;
  /** 0: the tenant has no pipeline. */
  readonly pipelineVersion: number;
  /** Destinations whose outbox holds data: newer payloads queue behind it. */
  readonly backlog: readonly string[];
  /** Items per signal that may be taken until the lease ends; a signal without a limit is absent. */
  readonly granted: Readonly<Partial<Record<Signal, number>>>;
  /** Set when a limit is reached: nothing may be taken before this has passed. */
  readonly refusal?: LeaseRefusal;
  /** The batch was completed before. */
  readonly duplicate: boolean;
}

export interface LeaseRefusal {
  readonly signal: Signal;
  readonly waitMs: number;
  readonly itemsPerSecond: number;
  readonly burstItems: number;
}

export interface SignalReport {
  /** Items of pushes that were answered 2xx, without the rejected ones. */
  readonly accepted: number;
  /** By reason: invalid items, and those that a destination refused for good. */
  readonly rejected: Readonly<Record<string, number>>;
  /** By reason: dropped by the pipeline, or too old. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Item counts by destination, so a fan-out to two counts twice. */
  readonly delivered: number;
  readonly queued: number;
  /** Unix second -> accepted items, for the throughput ring. */
  readonly perSecond: Readonly<Record<string, number>>;
}

export interface AgentSighting {
  readonly id: string;
  readonly kind: 'agent' | 'client';
  readonly atMs: number;
  readonly userAgent: string;
  readonly tokenName: string;
}

export interface ErrorReport {
  readonly atMs: number;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface HubReport {
  readonly v: number;
  readonly tenant: string;
  readonly signals: Readonly<Partial<Record<Signal, SignalReport>>>;
  readonly agents: readonly AgentSighting[];
  readonly errors: readonly ErrorReport[];
  readonly completedBatches: readonly BatchKey[];
}

export interface BacklogNotice {
  readonly v: number;
  readonly tenant: string;
  readonly destination: string;
  readonly signal: Signal;
  readonly active: boolean;
}

export interface SignalSummary {
  readonly itemsPerSecond: number;
  readonly acceptedTotal: number;
  readonly rejectedTotal: number;
  readonly droppedTotal: number;
  readonly deliveredTotal: number;
  readonly queuedTotal: number;
  readonly history: readonly (readonly [atMs: number, itemsPerSecond: number])[];
}

export interface AgentSummary {
  readonly id: string;
  readonly kind: 'agent' | 'client';
  readonly lastSeenAtMs: number;
  readonly userAgent: string;
  readonly tokenName: string;
}

export interface HubOverview {
  readonly v: number;
  readonly signals: Readonly<Record<Signal, SignalSummary>>;
  readonly agents: readonly AgentSummary[];
  readonly outboxes: readonly { readonly destination: string; readonly signal: Signal; readonly active: boolean }[];
  readonly errors: readonly ErrorReport[];
}
