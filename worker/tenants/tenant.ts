/** The records of tenants, tokens and pipelines as the rest of the gateway sees them. No storage here. */
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';

/** The first five push, the last two administer: `read` sees what `admin` may change. */
export const SCOPES = [
  'metrics:write',
  'logs:write',
  'traces:write',
  'profiles:write',
  'agent',
  'admin',
  'read',
] as const;
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
  /** Rates of its own, on top of the tenant's; empty: none. */
  readonly limits: LimitOverrides;
  /** The id of the token that this one was made to take the place of. */
  readonly replaces: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export interface PipelineText {
  readonly version: number;
  readonly text: string;
  readonly createdAtMs: number;
}

/** Which pipeline a tenant's data goes through now, and with which secrets. */
export interface PipelineInForce {
  /** The gateway's default one, because the tenant has none of its own. */
  readonly isDefault: boolean;
  /** 0: there is none. */
  readonly version: number;
  /** Of the secrets that it reads: the tenant's, or the gateway's own. Grows with each change of one. */
  readonly secretsVersion: number;
}
