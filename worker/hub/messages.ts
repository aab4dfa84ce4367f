/**
 * What isolates, outboxes and a tenant's hub tell each other. Deploys reach Workers and Durable Objects at different
 * times, so every message carries a version and fields are only ever added.
 */
import type { ActiveStatus, FingerprintCursor, SeenReport } from '../../core/limits/active-members.ts';
import type { Granted, RateRefusal, TokenWanted, Wanted } from '../../core/limits/rate-grants.ts';
import type { RateName } from '../../core/limits/rates.ts';
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { LiveSample } from '../dry-run/live-sample.ts';

export const HUB_VERSION = 1;

export interface BatchKey {
  readonly agentId: string;
  /** Decimal text: a 64-bit number. */
  readonly sequence: string;
}

/** What is counted over all isolates. */
export type ActiveKind = 'series' | 'streams';

export interface Replica {
  readonly cluster: string;
  readonly replica: string;
}

export interface LeaseRequest {
  readonly v: number;
  readonly tenant: string;
  /** What the push at hand needs, and what came back from the slice before. */
  readonly want: Wanted;
  /** Where the token of the push has rates of its own. */
  readonly token?: TokenWanted;
  readonly batch?: BatchKey;
  /** Where the push at hand comes from one of a pair of replicas. */
  readonly ha?: Replica;
  /** The limits that the isolate has; others are sent along. */
  readonly limitsVersion?: number;
  readonly active?: Readonly<Partial<Record<ActiveKind, FingerprintCursor>>>;
  /** Whose lease it is; absent from isolates of an older version. */
  readonly isolate?: string;
  /** What pushes did since the last report: it rides along, so that it is no request of its own. */
  readonly report?: HubReport;
}

export interface LeaseGrant {
  readonly v: number;
  /** How long the isolate may act on this without asking again. */
  readonly validMs: number;
  /** 0: the tenant has no pipeline of its own. */
  readonly pipelineVersion: number;
  /** Of the default pipeline, which serves tenants without their own. */
  readonly defaultPipelineVersion?: number;
  /** Of the secrets that the pipeline in force reads. */
  readonly secretsVersion?: number;
  /** For so long samples of pushes are wanted, for a dry run; absent: nobody asks. */
  readonly samplesWantedMs?: number;
  /** Destinations whose outbox holds data: newer payloads queue behind it. */
  readonly backlog: readonly string[];
  /** What may be taken until the lease ends; what has no limit is absent. */
  readonly granted: Readonly<Partial<Record<RateName, number>>>;
  /** Set when a limit of the tenant is reached: nothing may be taken before this has passed. */
  readonly refusal?: RateRefusal;
  /** The same of the token's own rates; it refuses that token only. */
  readonly token?: Granted;
  /** The batch was completed before. */
  readonly duplicate: boolean;
  /** Another isolate was let through with the batch: how long until it is known whether it completed it. */
  readonly undecidedMs?: number;
  /** Set where the isolate has another version of them. */
  readonly limits?: VersionedLimits;
  /** Of the hashes of series and streams: the tenant's own, so that nobody can make series that look alike. */
  readonly hashSeed?: number;
  readonly active?: Readonly<Partial<Record<ActiveKind, ActiveStatus>>>;
  readonly ha?: HaAnswer;
  /** The report that came along was taken; absent where the hub is too old to know of one. */
  readonly reported?: boolean;
}

export interface VersionedLimits {
  readonly version: number;
  readonly overrides: LimitOverrides;
}

export type HaAnswer =
  | { readonly kind: 'elected'; readonly replica: string; readonly validMs: number }
  | { readonly kind: 'too_many_clusters'; readonly maxClusters: number };

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
  /** Pushes whose body was read, and how large it came, compressed; those that were refused then among them. */
  readonly pushes?: number;
  readonly receivedBytes?: number;
}

export interface AgentSighting {
  readonly id: string;
  readonly kind: 'agent' | 'client';
  readonly atMs: number;
  /** When something of it was taken last; absent: it has only been refused. */
  readonly takenAtMs?: number;
  readonly userAgent: string;
  readonly tokenName: string;
  readonly tokenId?: string;
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
  readonly refusals?: readonly RefusalReport[];
  readonly active?: Readonly<Partial<Record<ActiveKind, SeenReport>>>;
  /** When each token was used last, by id. */
  readonly tokensUsed?: Readonly<Record<string, number>>;
}

/** Pushes that were refused as a whole, so that their items were never counted. */
export interface RefusalReport {
  /** `batch`: before it was known what is in it. */
  readonly signal: Signal | 'batch';
  readonly reason: string;
  readonly pushes: number;
}

export interface BacklogNotice {
  readonly v: number;
  readonly tenant: string;
  readonly destination: string;
  readonly signal: Signal;
  readonly active: boolean;
  /** The isolate whose data made it active, which knows. */
  readonly isolate?: string;
}

export interface BacklogNoted {
  readonly v: number;
  /** How long leases of other isolates may live that do not know of it. */
  readonly unawareMs: number;
}

export interface SignalSummary {
  readonly itemsPerSecond: number;
  readonly acceptedTotal: number;
  readonly rejectedTotal: number;
  readonly droppedTotal: number;
  readonly deliveredTotal: number;
  readonly queuedTotal: number;
  /** Pushes that were refused as a whole: no token's scope, not decodable, beyond a rate, nowhere to go. */
  readonly refusedPushesTotal: number;
  readonly history: readonly (readonly [atMs: number, itemsPerSecond: number])[];
}

export interface AgentSummary {
  readonly id: string;
  readonly kind: 'agent' | 'client';
  readonly lastSeenAtMs: number;
  /** null: nothing of it was ever taken. */
  readonly lastTakenAtMs: number | null;
  readonly userAgent: string;
  readonly tokenName: string;
}

export interface HubOverview {
  readonly v: number;
  readonly signals: Readonly<Record<Signal, SignalSummary>>;
  readonly agents: readonly AgentSummary[];
  readonly outboxes: readonly { readonly destination: string; readonly signal: Signal; readonly active: boolean }[];
  readonly errors: readonly ErrorReport[];
  readonly refusals: readonly RefusalReport[];
  /** Estimated; in the last ten to twenty minutes. */
  readonly active: Readonly<Record<ActiveKind, number>>;
  readonly elections: readonly { readonly cluster: string; readonly replica: string; readonly receivedAtMs: number }[];
}

/** Of one signal of a tenant on one day. */
export interface DayUsage {
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  /** Item counts by destination, also what an outbox delivered later. */
  readonly delivered: number;
  readonly pushes: number;
  readonly receivedBytes: number;
}

export interface UsageDay {
  /** UTC: `2026-11-22`. */
  readonly day: string;
  /** Signals of which there was nothing are absent. */
  readonly signals: Readonly<Partial<Record<Signal, DayUsage>>>;
}

export interface UsageRequest {
  readonly v: number;
  /** The first and the last day, `2026-11-22`. */
  readonly from: string;
  readonly to: string;
}

export interface TokensUsed {
  readonly v: number;
  /** By id: when it was used last. */
  readonly lastUsedAtMs: Readonly<Record<string, number>>;
}

/** A dry run begins: pushes of the tenant are collected for so long. */
export interface SamplesRequest {
  readonly v: number;
  readonly forMs: number;
}

export interface SamplesAsked {
  readonly v: number;
  /** What is collected from now on is that after this number. */
  readonly after: number;
}

export interface SampleOffer {
  readonly v: number;
  readonly sample: LiveSample;
}

export interface SamplesAfter {
  readonly v: number;
  readonly after: number;
}
