/** What this isolate holds of each tenant: its lease, and the slices of the rates that came with it. Plain data only. */
import { BacklogView } from '../../core/delivery/backlog-view.ts';
import { RateSlices } from '../../core/limits/rate-slices.ts';
import { type Rates, tenantRates } from '../../core/limits/rates.ts';
import { DEFAULT_LIMITS, type TenantLimits } from '../../core/limits/tenant-limits.ts';
import { pipelineInForce } from '../tenants/repository.ts';
import type { PipelineInForce } from '../tenants/tenant.ts';
import { KnownElections } from './known-elections.ts';
import type { LeaseGrant } from './messages.ts';

const MAX_TENANTS = 2_000;
/** Of one window: others are to be heard as well. */
const MAX_SAMPLES_OF_ISOLATE = 40;
/** Of one tenant, with rates of their own. */
const MAX_TOKENS = 1_000;

/** A token with rates of its own. */
export interface LimitedToken {
  readonly id: string;
  readonly name: string;
  readonly rates: Rates;
}

/** By whose rates a push is held. */
export interface Limited {
  readonly lease: Lease;
  /** Undefined where it has no rates of its own. */
  readonly token?: LimitedToken | undefined;
}

/** What this isolate may still send for a dry run. */
export interface WantedSamples {
  readonly untilMs: number;
  left: number;
}

export interface Lease {
  untilMs: number;
  grantedAtMs: number;
  pipeline: PipelineInForce;
  limitsVersion: number;
  limits: TenantLimits;
  readonly backlog: BacklogView;
  readonly slices: RateSlices;
  /** By id. */
  readonly tokens: Map<string, RateSlices>;
  readonly elections: KnownElections;
  /** While a dry run wants samples. */
  samples: WantedSamples | undefined;
}

const leases = new Map<string, Lease>();

export function leaseOf(tenant: string): Lease {
  let lease = leases.get(tenant);
  if (lease !== undefined) return lease;
  if (leases.size >= MAX_TENANTS) leases.delete(leases.keys().next().value as string);
  lease = {
    untilMs: 0,
    grantedAtMs: 0,
    pipeline: pipelineInForce({ pipelineVersion: 0 }),
    limitsVersion: 0,
    limits: DEFAULT_LIMITS,
    backlog: new BacklogView(),
    slices: new RateSlices(tenantRates(DEFAULT_LIMITS)),
    tokens: new Map(),
    elections: new KnownElections(),
    samples: undefined,
  };
  leases.set(tenant, lease);
  return lease;
}

/** Undefined before the first push. */
export function heldLease(tenant: string): Lease | undefined {
  return leases.get(tenant);
}

/** As this isolate knows them: before its first lease those of everybody. */
export function knownLimits(tenant: string): TenantLimits {
  return leases.get(tenant)?.limits ?? DEFAULT_LIMITS;
}

/** Tests, and an administrator's change in this isolate: ask the hub with the next push. */
export function expireLease(tenant: string): void {
  const lease = leases.get(tenant);
  if (lease === undefined) return;
  lease.untilMs = 0;
  for (const slices of [lease.slices, ...lease.tokens.values()]) slices.refusal = undefined;
  lease.elections.clear();
}

/** The tenant's, and those of the token that has rates of its own. */
export function slicesOf({ lease, token }: Limited): readonly RateSlices[] {
  return token === undefined ? [lease.slices] : [lease.slices, tokenSlices(lease, token)];
}

export function tokenSlices({ tokens }: Lease, { id, rates }: LimitedToken): RateSlices {
  const slices = tokens.get(id) ?? new RateSlices(rates);
  slices.configure(rates);
  tokens.delete(id);
  tokens.set(id, slices);
  if (tokens.size > MAX_TOKENS) tokens.delete(tokens.keys().next().value as string);
  return slices;
}

/** Each lease of a window says when it ends; what was sent in it counts on. */
export function wantedSamples(
  before: WantedSamples | undefined,
  { samplesWantedMs = 0 }: LeaseGrant,
  nowMs: number,
): WantedSamples | undefined {
  if (samplesWantedMs === 0) return undefined;
  return { untilMs: nowMs + samplesWantedMs, left: before?.left ?? MAX_SAMPLES_OF_ISOLATE };
}
