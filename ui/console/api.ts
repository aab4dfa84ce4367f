/** The JSON of the admin API as the console reads it; docs/admin-api.md describes it. */

export interface Overview {
  /** The gateway's clock, so that ages are right on a phone whose clock is not. */
  readonly nowMs: number;
  /** In all; the list may hold the first of them only. */
  readonly tenantCount: number;
  readonly tenants: readonly TenantView[];
  /** Of the gateway as a whole, for operators. */
  readonly problems?: readonly { readonly reason: string; readonly message: string }[];
}

export type SignalName = 'metrics' | 'logs' | 'traces' | 'profiles';

export interface TenantView {
  readonly name: string;
  /** Estimated over the last ten to twenty minutes. */
  readonly active?: { readonly series: number; readonly streams: number };
  readonly signals: Readonly<Record<SignalName, SignalView>>;
  readonly agents: readonly AgentView[];
  readonly outboxes: readonly OutboxView[];
  readonly errors: readonly ErrorView[];
}

export interface SignalView {
  readonly itemsPerSecond: number;
  readonly acceptedTotal: number;
  readonly rejectedTotal: number;
  readonly droppedTotal: number;
  /** Pushes that were refused as a whole, so that their items are in none of the other numbers. */
  readonly refusedPushesTotal?: number;
  readonly history: readonly (readonly [atMs: number, itemsPerSecond: number])[];
}

export interface AgentView {
  readonly id: string;
  readonly lastSeenAtMs: number;
  /** null: nothing of it was ever taken. */
  readonly lastTakenAtMs?: number | null;
  /** `client`: something else than our agent, e.g. a Prometheus, that pushed with a token. */
  readonly kind?: 'agent' | 'client';
  readonly userAgent?: string;
  readonly tokenName?: string;
}

export interface OutboxView {
  readonly destination: string;
  readonly signal: string;
  readonly state: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  readonly oldestAtMs?: number | null;
  readonly attempts: number;
  readonly nextAttemptAtMs?: number | null;
  /** Of the trouble that there is now. */
  readonly lastError?: DeliveryErrorView | null;
  /** The latest trouble, also when it is over. */
  readonly pastError?: DeliveryErrorView | null;
  readonly deadLetters: number;
  readonly maxBytes?: number;
  readonly ledger?: Readonly<Record<'accepted' | 'queued' | 'delivered' | 'rejected' | 'dropped', number>>;
  /** Since the outbox exists. */
  readonly events?: Readonly<Record<'attempts' | 'splits' | 'deadLetters', number>>;
}

export interface DeliveryErrorView {
  readonly atMs: number;
  readonly status?: number | null;
  readonly reason: string;
  readonly detail: string;
}

/** GET /admin/v1/tenants/:tenant/outbox?destination=ID */
export interface OutboxDetailsView extends OutboxView {
  /** Newest first. */
  readonly deadLetterList: readonly DeadLetterView[];
  readonly history?: readonly BacklogPointView[];
}

export interface DeadLetterView {
  readonly id: number;
  readonly atMs: number;
  readonly reason: string;
  readonly detail: string;
  readonly items: number;
  readonly bytes: number;
  /** False where the body was too large to be kept. */
  readonly hasBody: boolean;
}

export interface BacklogPointView {
  readonly atMs: number;
  readonly payloads: number;
  readonly bytes: number;
  readonly oldestAgeMs: number;
}

export interface ErrorView {
  readonly atMs: number;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** GET /admin/v1/tenants/:tenant/pipeline/graph */
export interface PipelineGraphView {
  readonly nodes: readonly {
    readonly id: string;
    readonly name: string;
    readonly label: string;
    readonly health: { readonly state: string; readonly message: string };
    readonly outboxes: readonly OutboxView[];
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** POST /admin/v1/tenants/:tenant/explain */
export interface ExplainedView {
  readonly version: number;
  readonly signal: string;
  readonly items: readonly { readonly ways: readonly { readonly hops: readonly ExplainedHop[] }[] }[];
}

export interface ExplainedHop {
  readonly componentId: string;
  readonly kind: string;
  /** Of a destination. */
  readonly destination?: string;
  readonly steps: readonly ExplainedStep[];
  readonly results: readonly { readonly after: ExplainedState; readonly next: readonly ExplainedHop[] }[];
  readonly end?: { readonly outcome: string; readonly reason: string };
}

export interface ExplainedState {
  readonly labels: Readonly<Record<string, string>>;
  readonly line?: string;
}

export interface ExplainedStep {
  readonly path: string;
  /** In the pipeline's text; 0 where it is not known. */
  readonly line: number;
  readonly action: string;
  readonly source?: string;
  readonly matched?: boolean;
  readonly pattern?: string;
  readonly changes: readonly ExplainedChange[];
  readonly outcome: string;
  readonly reason?: string;
}

export interface ExplainedChange {
  readonly what: string;
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}
