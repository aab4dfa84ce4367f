/** The JSON of administration as the console reads it; docs/admin-api.md describes it. */
import type { LimitOverrides } from '../../../core/limits/tenant-limits.ts';
import type { SignalName } from '../api.ts';

/** GET /tenants/:tenant/limits */
export interface LimitsView {
  readonly version: number;
  /** Those that differ from the defaults. */
  readonly limits: LimitOverrides;
  readonly effective: LimitOverrides;
}

/** GET /tenants/:tenant/tokens */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: LimitOverrides;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly state: 'valid' | 'expired' | 'revoked';
  readonly replacedBy: string | null;
  readonly lastUsedAtMs: number | null;
}

/** What is answered once, when a token is made. */
export interface NewTokenView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly token: string;
  /** Of a rotation: when the old one ends. */
  readonly endsAtMs?: number;
}

/** GET /operators */
export interface OperatorView {
  readonly id: string;
  readonly name: string;
  readonly role: 'admin' | 'viewer' | 'metrics';
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** GET /tenants */
export interface TenantRecordView {
  readonly name: string;
  readonly limits: LimitOverrides;
  readonly createdAtMs: number;
}

/** GET …/secrets: never a value. */
export interface SecretView {
  readonly name: string;
  readonly version: number;
  readonly createdAtMs: number;
  /** Why it does not open; null: it does. */
  readonly problem: string | null;
}

/** GET /tenants/:tenant/usage */
export interface UsageView {
  readonly days: readonly UsageDayView[];
}

export interface UsageDayView {
  /** UTC, `2026-11-22`. */
  readonly day: string;
  readonly signals: Readonly<Partial<Record<SignalName, SignalUsageView>>>;
}

export interface SignalUsageView {
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly delivered: number;
  readonly pushes: number;
  readonly receivedBytes: number;
}

/** GET …/audit */
export interface AuditView {
  readonly entries: readonly AuditEntryView[];
  readonly next: number | null;
}

export interface AuditEntryView {
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly tenant: string | null;
  readonly target: string;
  readonly status: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** GET …/pipeline/versions */
export interface VersionView {
  readonly version: number;
  readonly createdAtMs: number;
  readonly author: string;
  readonly comment: string;
  readonly restores: number | null;
  readonly bytes: number;
  readonly current: boolean;
}

export interface DiagnosticView {
  readonly severity: 'error' | 'warning';
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly excerpt: string;
}

/** POST …/pipeline/dry-run */
export interface DryRunView {
  readonly currentVersion: number | null;
  readonly diagnostics: readonly DiagnosticView[];
  readonly sample: {
    readonly seconds: number;
    readonly pushes: number;
    readonly cutPushes: number;
    readonly isFull: boolean;
    readonly leftOut: number;
    readonly items: Readonly<Partial<Record<SignalName, number>>>;
  };
  readonly destinations: readonly DestinationChangeView[];
  readonly dropped: readonly LostView[];
  readonly rejected: readonly LostView[];
}

export interface DestinationChangeView {
  readonly destination: string;
  readonly signal: SignalName;
  readonly current: { readonly items: number; readonly different: number };
  readonly candidate: { readonly items: number; readonly different: number };
  readonly changed: number;
  readonly gone: number;
  readonly added: number;
  readonly examples: readonly {
    readonly input?: string;
    readonly current: string | null;
    readonly candidate: string | null;
  }[];
}

export interface LostView {
  readonly signal: SignalName;
  readonly component: string;
  readonly reason: string;
  readonly current: number;
  readonly candidate: number;
}
