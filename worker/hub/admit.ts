/**
 * Admits pushes on this isolate's leases, one per tenant. A push asks the hub at most once: when the lease ended, its slice
 * is used up, the push comes from a replica whose election is not known, or it is a batch that may have come before.
 */
import type { BacklogView } from '../../core/delivery/backlog-view.ts';
import { tooManyClustersMessage } from '../../core/limits/messages.ts';
import type { TokenWanted } from '../../core/limits/rate-grants.ts';
import { type RateDemand, spendAll } from '../../core/limits/rate-slices.ts';
import { tenantRates } from '../../core/limits/rates.ts';
import { compileLimits, type TenantLimits } from '../../core/limits/tenant-limits.ts';
import { type Failure, failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { pipelineInForce } from '../tenants/repository.ts';
import type { PipelineInForce } from '../tenants/tenant.ts';
import { activeState, knownActiveState } from './active-state.ts';
import { tenantHub } from './client.ts';
import { isAhead } from './known-elections.ts';
import {
  type Lease,
  type Limited,
  type LimitedToken,
  leaseOf,
  slicesOf,
  tokenSlices,
  type WantedSamples,
  wantedSamples,
} from './lease-cache.ts';
import { type BatchKey, HUB_VERSION, type LeaseGrant, type LeaseRequest, type Replica } from './messages.ts';
import { refusalOf } from './refusals.ts';
import { reportArrived, reportLost, sendReport, takeReport } from './report-buffer.ts';

/** Without its hub a tenant is served on the last lease for this long: limits are not enforced, outboxes say what waits. */
const HUB_OUTAGE_GRACE_MS = 5 * 60_000;
const RETRY_AFTER_SECONDS = 5;
const UNDECIDED = 'The batch came before, and it is not known yet whether it was taken. Send the same bytes again.';

export type Demand = RateDemand;

export interface AdmitOptions {
  readonly batch?: BatchKey;
  readonly ha?: Replica;
  /** That of the push, where it is limited by itself. */
  readonly token?: LimitedToken | undefined;
}

export interface Admission {
  readonly pipeline: PipelineInForce;
  readonly limits: TenantLimits;
  /** Changes with the limits. */
  readonly limitsVersion: number;
  readonly duplicate: boolean;
  /** Set where the samples of another replica are taken, and those of this push are not. */
  readonly electedReplica?: string;
  /** Set where there are too many pairs of replicas already; other signals are not concerned. */
  readonly samplesRefused?: Failure;
  /** Set while a dry run wants to see pushes. */
  readonly samples?: WantedSamples;
  /** Of this moment, not of that of the admission. */
  readonly backlog: BacklogView;
  /** Takes what was left open until it was counted; before anything is delivered. */
  settle(signal: Signal, amount: number): Promise<Outcome<void>>;
}

let isolate: string | undefined;

/** Names this isolate to hubs and outboxes. Made when it is first needed: there is no randomness before the first request. */
export function isolateId(): string {
  return (isolate ??= crypto.randomUUID());
}

export async function admit(
  env: Env,
  tenant: string,
  demands: readonly Demand[],
  { batch, ha, token }: AdmitOptions = {},
): Promise<Outcome<Admission>> {
  const nowMs = Date.now();
  const lease = leaseOf(tenant);
  const known = lease.elections.isKnown(ha, nowMs);
  const needed = countedOnce(known && lease.elections.isDuplicate(ha) ? withoutSamples(demands) : demands);
  const push: Push = { env, tenant, lease, token };
  const open = batch === undefined && known ? spend(push, needed, nowMs) : undefined;
  if (open !== undefined) return success(admission(push, open, ha));
  const renewed = await renew(push, needed, { ...(batch && { batch }), ...(ha && { ha }) });
  if (!renewed.ok) {
    const usable = lease.grantedAtMs > 0 && nowMs - lease.grantedAtMs < HUB_OUTAGE_GRACE_MS;
    // Not to know the elected replica would deliver both.
    if (!usable || (ha !== undefined && lease.elections.elected(ha) === undefined)) return renewed;
    return success(admission(push, [], ha));
  }
  const { grant, refused } = renewed.value;
  if (grant.duplicate) return success({ ...admission(push, [], ha), duplicate: true });
  const { undecidedMs } = grant;
  if (undecidedMs !== undefined) return failure('batch_undecided', UNDECIDED, Math.ceil(undecidedMs / 1000));
  if (refused !== undefined) return refused;
  const admitted = admission(push, [], ha);
  if (grant.ha?.kind !== 'too_many_clusters') return success(admitted);
  const { maxClusters } = grant.ha;
  return success({
    ...admitted,
    samplesRefused: failure('too_many_ha_clusters', tooManyClustersMessage(maxClusters)),
  });
}

/** What a call for a push is about. */
interface Push extends Limited {
  readonly env: Env;
  readonly tenant: string;
}

/** Takes all or nothing; returns what is left open until it is counted, undefined where the hub must be asked. */
function spend(push: Push, demands: readonly Demand[], nowMs: number): readonly Demand[] | undefined {
  return isAhead(push.lease.untilMs, nowMs) ? spendAll(slicesOf(push), demands, nowMs) : undefined;
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

function tokenWanted(lease: Lease, token: LimitedToken, demands: readonly Demand[]): TokenWanted {
  const { id, rates } = token;
  return { id, rates, want: tokenSlices(lease, token).want(demands, false) };
}

interface Renewed {
  readonly grant: LeaseGrant;
  /** Set where a rate has not enough for the push. */
  readonly refused: Failure | undefined;
}

async function renew(
  push: Push,
  demands: readonly Demand[],
  options: Pick<LeaseRequest, 'batch' | 'ha'>,
): Promise<Outcome<Renewed>> {
  const { env, tenant, lease, token } = push;
  // The first lease brings the limits: until then all may be limited.
  const want = lease.slices.want(demands, lease.grantedAtMs === 0);
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
    ...(token && { token: tokenWanted(lease, token, demands) }),
    ...options,
    ...(report && { report }),
  };
  const askedAtMs = Date.now();
  try {
    const grant = await tenantHub(env, tenant).lease(request);
    // A hub of an older version has not looked at it.
    if (report !== undefined && grant.reported !== true) await sendReport(env, report);
    else if (report !== undefined) reportArrived(report);
    install(push, grant, demands, options.ha, askedAtMs);
    const refused = isRefused(grant) ? refusalOf(push, askedAtMs, () => true) : undefined;
    return success({ grant, refused });
  } catch (error) {
    if (report !== undefined) reportLost(report, error);
    lease.backlog.doubt(askedAtMs);
    log('error', 'hub_unavailable', { tenant, error: errorText(error) });
    return failure('internal', 'The limits of the tenant cannot be read at the moment.', RETRY_AFTER_SECONDS);
  }
}

function isRefused({ refusal, token }: LeaseGrant): boolean {
  return refusal !== undefined || token?.refusal !== undefined;
}

/** A lease counts from when it was asked for: so it ends no later than the hub, which granted it after that, believes. */
function install(
  push: Push,
  grant: LeaseGrant,
  demands: readonly Demand[],
  ha: Replica | undefined,
  nowMs: number,
): void {
  const { tenant, lease, token } = push;
  lease.untilMs = nowMs + grant.validMs;
  lease.grantedAtMs = nowMs;
  lease.pipeline = pipelineInForce(grant);
  lease.samples = wantedSamples(lease.samples, grant, nowMs);
  lease.backlog.install(grant.backlog, nowMs);
  if (grant.limits !== undefined) {
    lease.limitsVersion = grant.limits.version;
    lease.limits = compileLimits(grant.limits.overrides);
    lease.slices.configure(tenantRates(lease.limits));
  }
  if (ha !== undefined && grant.ha !== undefined) lease.elections.install(ha, grant.ha, nowMs);
  const taken = takenOf(push, grant, demands, ha);
  lease.slices.install(grant, taken, lease.untilMs, nowMs);
  // A hub of an older version knows of no rates of tokens, and limits none.
  if (token !== undefined)
    tokenSlices(lease, token).install(grant.token ?? { granted: {} }, taken, lease.untilMs, nowMs);
  const state = activeState(tenant);
  state.hashSeed = grant.hashSeed ?? 0;
  state.install(grant.active ?? {});
}

/** What the push at hand spends of what was granted. */
function takenOf(
  { lease }: Push,
  grant: LeaseGrant,
  demands: readonly Demand[],
  ha: Replica | undefined,
): readonly Demand[] {
  if (grant.duplicate || grant.undecidedMs !== undefined || isRefused(grant)) return [];
  const withSamples = grant.ha?.kind !== 'too_many_clusters' && !lease.elections.isDuplicate(ha);
  return withSamples ? demands : withoutSamples(demands);
}

function admission(push: Push, open: readonly Demand[], ha: Replica | undefined): Admission {
  const { lease } = push;
  const elected = lease.elections.isDuplicate(ha) ? lease.elections.elected(ha) : undefined;
  return {
    pipeline: lease.pipeline,
    ...(lease.samples && { samples: lease.samples }),
    limits: lease.limits,
    limitsVersion: lease.limitsVersion,
    duplicate: false,
    ...(elected !== undefined && { electedReplica: elected }),
    backlog: lease.backlog,
    settle: (signal, amount) => settle(push, open, signal, amount),
  };
}

async function settle(push: Push, open: readonly Demand[], signal: Signal, amount: number): Promise<Outcome<void>> {
  if (!open.some(({ rate }) => rate === signal)) return success(undefined);
  const demands: readonly Demand[] = [{ rate: signal, amount: () => amount }];
  if (spendAll(slicesOf(push), demands, Date.now()) !== undefined) return success(undefined);
  const renewed = await renew(push, demands, {});
  // Without the hub limits are not enforced for a while, and this push began under a lease.
  return renewed.ok ? (renewed.value.refused ?? success(undefined)) : success(undefined);
}
