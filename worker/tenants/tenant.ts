/** The records of tenants, tokens and pipelines as the rest of the gateway sees them. No storage here. */
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';

export const SCOPES = ['metrics:write', 'logs:write', 'traces:write', 'profiles:write', 'agent', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A tenant's name is its identity: in URLs, in object names, as `constants.tenant`. It never changes. */
export const TENANT_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export interface Tenant {
  readonly name: string;
  /** What differs from the defaults. */
  readonly limits: LimitOverrides;
  readonly createdAtMs: number;
}

export interface TokenRecord {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** Hex SHA-256 of the secret part; the secret itself is shown once and stored nowhere. */
  readonly secretSha256: string;
  readonly scopes: readonly Scope[];
  /** Labels that everything pushed with this token gets, whatever the sender says. */
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export interface PipelineText {
  readonly version: number;
  readonly text: string;
  readonly createdAtMs: number;
}
