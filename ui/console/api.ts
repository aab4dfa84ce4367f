/** The JSON of GET /admin/v1/overview as the console reads it. */

export interface Overview {
  /** The gateway's clock, so that ages are right on a phone whose clock is not. */
  readonly nowMs?: number;
  readonly tenants: readonly TenantView[];
}

export type SignalName = 'metrics' | 'logs' | 'traces';

export interface TenantView {
  readonly name: string;
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
  readonly history: readonly (readonly [atMs: number, itemsPerSecond: number])[];
}

export interface AgentView {
  readonly id: string;
  readonly lastSeenAtMs: number;
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
  readonly lastError?: {
    readonly atMs: number;
    readonly status?: number | null;
    readonly reason: string;
    readonly detail: string;
  } | null;
  readonly deadLetters: number;
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
