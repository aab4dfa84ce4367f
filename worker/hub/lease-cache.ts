/**
 * This isolate's leases, one per tenant. A push asks the hub at most once: when the lease ended, its slice is used up, the
 * push comes from a replica whose election is not known, or it is a batch that may have come before. Plain data only:
 * nothing here belongs to one request.
 */
import { BacklogView } from '../../core/delivery/backlog-view.ts';
import { LeasedBucket, maxLeaseMs } from '../../core/limits/lease.ts';
import { ingestionRateMessage, requestRateMessage, tooManyClustersMessage } from '../../core/limits/messages.ts';
import { compileLimits, DEFAULT_LIMITS, type TenantLimits } from '../../core/limits/tenant-limits.ts';
import { type Failure, failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { activeState, knownActiveState } from './active-state.ts';
import { tenantHub } from './client.ts';
import {
  type BatchKey,
  HUB_VERSION,
  type LeaseGrant,
  type LeaseRequest,
  type RateName,
  type Replica,
} from './messages.ts';
import { reportArrived, reportLost, sendReport, takeReport } from './report-buffer.ts';
import { RATES, rateLimits } from './tenant-rates.ts';

const MAX_TENANTS = 2_000;
const MAX_ELECTIONS = 1_000;
/** Without its hub a tenant is served on the last lease for this long: backlogs may be unknown, limits are not enforced. */
const HUB_OUTAGE_GRACE_MS = 5 * 60_000;
const RETRY_AFTER_SECONDS = 5;
const UNDECIDED = 'The batch came before, and it is not known yet whether it was taken. Send the same bytes again.';

/** What a push takes of one rate. */
export interface Demand {
  readonly rate: RateName;
  /** Exact; asked for only where a limit needs it, and then once. */
  readonly amount: () => number;
  /** Where counting is work: when the slice holds this much, counting is left to the pipeline, and `settle` takes it. */
  readonly guess?: number;
}

export interface AdmitOptions {
  readonly batch?: BatchKey;
  readonly ha?: Replica;
}

export interface Admission {
  readonly pipelineVersion: number;
  readonly limits: TenantLimits;
  /** Changes with the limits. */
  readonly limitsVersion: number;
  readonly duplicate: boolean;
  /** Set where the samples of another replica are taken, and those of this push are not. */
  readonly electedReplica?: string;
  /** Set where there are too many pairs of replicas already; other signals are not concerned. */
  readonly samplesRefused?: Failure;
  /** Of this moment, not of that of the admission. */
  readonly backlog: BacklogView;
  /** Takes what was left open until it was counted; before anything is delivered. */
  settle(signal: Signal, amount: number): Promise<Outcome<void>>;
}

interface Lease {
  untilMs: number;
  grantedAtMs: number;
  pipelineVersion: number;
  limitsVersion: number;
  limits: TenantLimits;
  readonly backlog: BacklogView;
  readonly buckets: ReadonlyMap<RateName, LeasedBucket>;
  refusal: { readonly rate: RateName; readonly untilMs: number } | undefined;
  readonly elections: Map<string, KnownElection>;
}

interface KnownElection {
  readonly replica: string;
  readonly untilMs: number;
  /**
   * Until then the hub need not hear that the elected replica lives. Only its own pushes move it: those of the other one
   * renew what is known and would otherwise keep the elected one's from ever reaching the hub.
   */
  readonly heardUntilMs: number;
}

const leases = new Map<string, Lease>();
let isolate: string | undefined;

/** Names this isolate to hubs and outboxes. Made when it is first needed: there is no randomness before the first request. */
export function isolateId(): string {
  return (isolate ??= crypto.randomUUID());
}

export async function admit(
  env: Env,
  tenant: string,
  demands: readonly Demand[],
  { batch, ha }: AdmitOptions = {},
): Promise<Outcome<Admission>> {
  const nowMs = Date.now();
  const lease = leaseOf(tenant);
  const election = ha === undefined ? undefined : lease.elections.get(ha.cluster);
  const known = ha === undefined || isKnown(election, ha, nowMs);
  const needed = countedOnce(known && isDuplicateReplica(lease, ha) ? withoutSamples(demands) : demands);
  const open = batch === undefined && known ? spend(lease, needed, nowMs) : undefined;
  if (open !== undefined) return success(admission(env, tenant, lease, open, ha));
  const grant = await renew(env, tenant, lease, needed, { ...(batch && { batch }), ...(ha && { ha }) });
  if (!grant.ok) {
    const usable = lease.grantedAtMs > 0 && nowMs - lease.grantedAtMs < HUB_OUTAGE_GRACE_MS;
    // Not to know the elected replica would deliver both.
    if (!usable || (ha !== undefined && election === undefined)) return grant;
    return success(admission(env, tenant, lease, [], ha));
  }
  if (grant.value.duplicate) return success({ ...admission(env, tenant, lease, [], ha), duplicate: true });
  const { ha: answer, undecidedMs } = grant.value;
  if (undecidedMs !== undefined) return failure('batch_undecided', UNDECIDED, Math.ceil(undecidedMs / 1000));
  if (lease.refusal !== undefined) return refusalFailure(lease, lease.refusal, nowMs);
  const tooMany = answer?.kind === 'too_many_clusters' ? answer.maxClusters : undefined;
  const taken = tooMany !== undefined || isDuplicateReplica(lease, ha) ? withoutSamples(needed) : needed;
  for (const { rate, amount } of taken) if (isLimited(lease, rate)) bucketOf(lease, rate).spend(amount(), nowMs);
  const admitted = admission(env, tenant, lease, [], ha);
  if (tooMany === undefined) return success(admitted);
  return success({ ...admitted, samplesRefused: failure('too_many_ha_clusters', tooManyClustersMessage(tooMany)) });
}

/** A refusal that still holds, known before the body is even read. */
export function standingRefusal(tenant: string, signal: Signal): Outcome<void> {
  const lease = leases.get(tenant);
  const refusal = lease?.refusal;
  const nowMs = Date.now();
  if (lease === undefined || refusal === undefined || !isAhead(refusal.untilMs, nowMs)) return success(undefined);
  const concerns = refusal.rate === signal || (refusal.rate === 'requests' && signal === 'metrics');
  return concerns ? refusalFailure(lease, refusal, nowMs) : success(undefined);
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
  lease.refusal = undefined;
  lease.elections.clear();
}

function leaseOf(tenant: string): Lease {
  let lease = leases.get(tenant);
  if (lease !== undefined) return lease;
  if (leases.size >= MAX_TENANTS) leases.delete(leases.keys().next().value as string);
  lease = {
    untilMs: 0,
    grantedAtMs: 0,
    pipelineVersion: 0,
    limitsVersion: 0,
    limits: DEFAULT_LIMITS,
    backlog: new BacklogView(),
    buckets: new Map(RATES.map((rate) => [rate, new LeasedBucket()])),
    refusal: undefined,
    elections: new Map(),
  };
  leases.set(tenant, lease);
  return lease;
}

/** Takes all or nothing; returns what is left open until it is counted, undefined where the hub must be asked. */
function spend(lease: Lease, demands: readonly Demand[], nowMs: number): readonly Demand[] | undefined {
  if (!isAhead(lease.untilMs, nowMs)) return undefined;
  const limited = demands.filter(({ rate }) => isLimited(lease, rate));
  const open = limited.filter(({ rate, guess }) => guess !== undefined && bucketOf(lease, rate).covers(guess, nowMs));
  const counted = limited.filter((demand) => !open.includes(demand));
  if (!counted.every(({ rate, amount }) => bucketOf(lease, rate).covers(amount(), nowMs))) return undefined;
  for (const { rate, amount } of counted) bucketOf(lease, rate).spend(amount(), nowMs);
  return open;
}

/** Nothing here holds for longer than a lease: what is further ahead was dated before the clock jumped back. */
function isAhead(untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs <= maxLeaseMs;
}

function isLimited({ limits }: Lease, rate: RateName): boolean {
  return rateLimits(rate, limits).ratePerSecond > 0;
}

function bucketOf({ buckets }: Lease, rate: RateName): LeasedBucket {
  return buckets.get(rate) as LeasedBucket;
}

function isKnown(election: KnownElection | undefined, { replica }: Replica, nowMs: number): boolean {
  if (election === undefined || !isAhead(election.untilMs, nowMs)) return false;
  return election.replica !== replica || isAhead(election.heardUntilMs, nowMs);
}

function isDuplicateReplica({ elections }: Lease, ha: Replica | undefined): boolean {
  const elected = ha && elections.get(ha.cluster)?.replica;
  return elected !== undefined && elected !== ha?.replica;
}

/** What is not taken costs no samples. */
function withoutSamples(demands: readonly Demand[]): readonly Demand[] {
  return demands.filter(({ rate }) => rate !== 'metrics');
}

function countedOnce(demands: readonly Demand[]): readonly Demand[] {
  return demands.map((demand) => {
    let counted: number | undefined;
    return { ...demand, amount: () => (counted ??= demand.amount()) };
  });
}

async function renew(
  env: Env,
  tenant: string,
  lease: Lease,
  demands: readonly Demand[],
  options: Pick<LeaseRequest, 'batch' | 'ha'>,
): Promise<Outcome<LeaseGrant>> {
  const want = Object.fromEntries(
    demands
      // The first lease brings the limits: until then all may be limited.
      .filter(({ rate }) => lease.grantedAtMs === 0 || isLimited(lease, rate))
      .map(({ rate, amount }) => [rate, bucketOf(lease, rate).renewal(amount())]),
  );
  const active = knownActiveState(tenant)?.cursors() ?? {};
  const isolate = isolateId();
  const report = takeReport(tenant);
  const { limitsVersion } = lease;
  const request = {
    v: HUB_VERSION,
    tenant,
    want,
    limitsVersion,
    active,
    isolate,
    ...options,
    ...(report && { report }),
  };
  const askedAtMs = Date.now();
  try {
    const grant = await tenantHub(env, tenant).lease(request);
    // A hub of an older version has not looked at it.
    if (report !== undefined && grant.reported !== true) await sendReport(env, report);
    else if (report !== undefined) reportArrived(report);
    install(tenant, lease, grant, options.ha, askedAtMs);
    return success(grant);
  } catch (error) {
    if (report !== undefined) reportLost(report, error);
    log('error', 'hub_unavailable', { tenant, error: errorText(error) });
    return failure('internal', 'The limits of the tenant cannot be read at the moment.', RETRY_AFTER_SECONDS);
  }
}

/** A lease counts from when it was asked for: so it ends no later than the hub, which granted it after that, believes. */
function install(tenant: string, lease: Lease, grant: LeaseGrant, ha: Replica | undefined, nowMs: number): void {
  lease.untilMs = nowMs + grant.validMs;
  lease.grantedAtMs = nowMs;
  lease.pipelineVersion = grant.pipelineVersion;
  lease.backlog.install(grant.backlog, nowMs);
  if (grant.limits !== undefined) {
    lease.limitsVersion = grant.limits.version;
    lease.limits = compileLimits(grant.limits.overrides);
  }
  for (const [rate, granted] of Object.entries(grant.granted)) {
    lease.buckets.get(rate as RateName)?.install({ granted, expiresAtMs: lease.untilMs, waitMs: 0 });
  }
  const { refusal } = grant;
  lease.refusal = refusal && { rate: refusal.rate, untilMs: nowMs + Math.min(refusal.waitMs, grant.validMs) };
  if (ha !== undefined && grant.ha?.kind === 'elected') {
    if (lease.elections.size >= MAX_ELECTIONS) lease.elections.clear();
    const { replica, validMs } = grant.ha;
    const before = lease.elections.get(ha.cluster)?.heardUntilMs ?? 0;
    const heardUntilMs = ha.replica === replica ? nowMs + validMs : before;
    lease.elections.set(ha.cluster, { replica, untilMs: nowMs + validMs, heardUntilMs });
  }
  const state = activeState(tenant);
  state.hashSeed = grant.hashSeed ?? 0;
  state.install(grant.active ?? {});
}

function admission(
  env: Env,
  tenant: string,
  lease: Lease,
  open: readonly Demand[],
  ha: Replica | undefined,
): Admission {
  const elected = ha && lease.elections.get(ha.cluster)?.replica;
  return {
    pipelineVersion: lease.pipelineVersion,
    limits: lease.limits,
    limitsVersion: lease.limitsVersion,
    duplicate: false,
    ...(elected !== undefined && elected !== ha?.replica && { electedReplica: elected }),
    backlog: lease.backlog,
    settle: (signal, amount) => settle(env, tenant, lease, open, signal, amount),
  };
}

async function settle(
  env: Env,
  tenant: string,
  lease: Lease,
  open: readonly Demand[],
  signal: Signal,
  amount: number,
): Promise<Outcome<void>> {
  const nowMs = Date.now();
  if (!open.some(({ rate }) => rate === signal) || bucketOf(lease, signal).spend(amount, nowMs))
    return success(undefined);
  const grant = await renew(env, tenant, lease, [{ rate: signal, amount: () => amount }], {});
  // Without the hub limits are not enforced for a while, and this push began under a lease.
  if (!grant.ok) return success(undefined);
  if (lease.refusal !== undefined) return refusalFailure(lease, lease.refusal, nowMs);
  bucketOf(lease, signal).spend(amount, nowMs);
  return success(undefined);
}

function refusalFailure({ limits }: Lease, { rate, untilMs }: Lease['refusal'] & {}, nowMs: number): Failure {
  const message = rate === 'requests' ? requestRateMessage(limits) : ingestionRateMessage(rate, limits);
  return failure('rate_limited', message, Math.max(1, Math.ceil((untilMs - nowMs) / 1000)));
}
