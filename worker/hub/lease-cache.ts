/**
 * This isolate's leases, one per tenant. A push asks the hub only when the lease ended, its slice is used up, or the push
 * is a batch that may have come before. Plain data only: nothing here belongs to one request.
 */
import { LeasedBucket } from '../../core/limits/lease.ts';
import { failure, type Outcome, success } from '../../core/outcome.ts';
import { SIGNALS, type Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { tenantHub } from './client.ts';
import { type BatchKey, HUB_VERSION, type LeaseGrant, type LeaseRefusal } from './messages.ts';

const MAX_TENANTS = 2_000;
/** Without its hub a tenant is served on the last lease for this long: backlogs may be unknown, limits are not enforced. */
const HUB_OUTAGE_GRACE_MS = 5 * 60_000;
const RETRY_AFTER_SECONDS = 5;

/** Called only where a limit or the hub needs the number. */
export type ItemCounts = Readonly<Partial<Record<Signal, () => number>>>;

export interface Admission {
  readonly pipelineVersion: number;
  readonly duplicate: boolean;
  hasBacklog(destination: string): boolean;
  /** This isolate has just spilled: it knows before the hub does. */
  noteBacklog(destination: string): void;
}

interface Lease {
  untilMs: number;
  grantedAtMs: number;
  pipelineVersion: number;
  backlog: Set<string>;
  readonly buckets: Map<Signal, LeasedBucket>;
  /** Signals that have a limit; the others are not counted. */
  limited: Set<Signal>;
  refusal: (LeaseRefusal & { readonly untilMs: number }) | undefined;
}

const leases = new Map<string, Lease>();

export async function admit(
  env: Env,
  tenant: string,
  items: ItemCounts,
  batch?: BatchKey,
): Promise<Outcome<Admission>> {
  const nowMs = Date.now();
  const lease = leaseOf(tenant);
  if (batch === undefined && spend(lease, items, nowMs)) return success(admission(lease, false));
  const request = { v: HUB_VERSION, tenant, want: wants(lease, items), ...(batch && { batch }) };
  let grant: LeaseGrant;
  try {
    grant = await tenantHub(env, tenant).lease(request);
  } catch (error) {
    log('error', 'hub_unavailable', { tenant, error: errorText(error) });
    const usable = lease.grantedAtMs > 0 && nowMs - lease.grantedAtMs < HUB_OUTAGE_GRACE_MS;
    if (usable) return success(admission(lease, false));
    return failure('internal', 'The limits of the tenant cannot be read at the moment.', RETRY_AFTER_SECONDS);
  }
  install(lease, grant, nowMs);
  if (grant.duplicate) return success(admission(lease, true));
  if (grant.refusal !== undefined) {
    lease.refusal = { ...grant.refusal, untilMs: nowMs + Math.min(grant.refusal.waitMs, grant.validMs) };
    return rateLimited(grant.refusal);
  }
  spend(lease, items, nowMs);
  return success(admission(lease, false));
}

/** A refusal that still holds, known before the body is even read. */
export function standingRefusal(tenant: string, signal: Signal): Outcome<void> {
  const refusal = leases.get(tenant)?.refusal;
  const waitMs = (refusal?.untilMs ?? 0) - Date.now();
  if (refusal === undefined || refusal.signal !== signal || waitMs <= 0) return success(undefined);
  return rateLimited({ ...refusal, waitMs });
}

/** Tests, and an administrator's change in this isolate: ask the hub with the next push. */
export function expireLease(tenant: string): void {
  const lease = leases.get(tenant);
  if (lease === undefined) return;
  lease.untilMs = 0;
  lease.refusal = undefined;
}

function leaseOf(tenant: string): Lease {
  let lease = leases.get(tenant);
  if (lease !== undefined) return lease;
  if (leases.size >= MAX_TENANTS) leases.delete(leases.keys().next().value as string);
  lease = {
    untilMs: 0,
    grantedAtMs: 0,
    pipelineVersion: 0,
    backlog: new Set(),
    buckets: new Map(SIGNALS.map((signal) => [signal, new LeasedBucket()])),
    limited: new Set(),
    refusal: undefined,
  };
  leases.set(tenant, lease);
  return lease;
}

function spend(lease: Lease, items: ItemCounts, nowMs: number): boolean {
  if (nowMs >= lease.untilMs) return false;
  for (const signal of lease.limited) {
    const amount = items[signal]?.() ?? 0;
    if (amount > 0 && !lease.buckets.get(signal)?.spend(amount, nowMs)) return false;
  }
  return true;
}

function wants(lease: Lease, items: ItemCounts) {
  const want: Partial<Record<Signal, ReturnType<LeasedBucket['renewal']>>> = {};
  for (const signal of SIGNALS) {
    const needed = items[signal]?.() ?? 0;
    if (needed > 0) want[signal] = (lease.buckets.get(signal) as LeasedBucket).renewal(needed);
  }
  return want;
}

function install(lease: Lease, grant: LeaseGrant, nowMs: number): void {
  lease.untilMs = nowMs + grant.validMs;
  lease.grantedAtMs = nowMs;
  lease.pipelineVersion = grant.pipelineVersion;
  lease.backlog = new Set(grant.backlog);
  lease.limited = new Set(Object.keys(grant.granted) as Signal[]);
  lease.refusal = undefined;
  for (const signal of lease.limited) {
    const granted = grant.granted[signal] ?? 0;
    lease.buckets.get(signal)?.install({ granted, expiresAtMs: lease.untilMs, waitMs: 0 });
  }
}

function admission(lease: Lease, duplicate: boolean): Admission {
  return {
    pipelineVersion: lease.pipelineVersion,
    duplicate,
    hasBacklog: (destination) => lease.backlog.has(destination),
    noteBacklog: (destination) => lease.backlog.add(destination),
  };
}

function rateLimited({ signal, waitMs, itemsPerSecond, burstItems }: LeaseRefusal): Outcome<never> {
  return failure(
    'rate_limited',
    `The tenant's limit for ${signal} is reached: ${itemsPerSecond} items/s with a burst of ${burstItems}.`,
    Math.max(1, Math.ceil(waitMs / 1000)),
  );
}
