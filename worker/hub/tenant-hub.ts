/**
 * One object per tenant: it grants leases (rates, limits, which destinations have a backlog, the pipeline's version), elects
 * replicas, counts active series, knows which batches were completed, and adds up what isolates report, for the console. It
 * is not on the data path of a push whose isolate holds a lease, and holds nothing that was acknowledged: numbers and
 * completed batches are in memory and written behind (snapshot.ts). Every public method is an RPC endpoint.
 */
import { DurableObject } from 'cloudflare:workers';
import { LeaseHolders } from '../../core/delivery/lease-holders.ts';
import { ActiveTotals } from '../../core/limits/active-members.ts';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import { RateGrants, type Wanted } from '../../core/limits/rate-grants.ts';
import { type Env, reportDelayMs } from '../env.ts';
import { BegunBatches } from './begun-batches.ts';
import type { TenantHubRpc } from './client.ts';
import { CompletedBatches } from './completed-batches.ts';
import { KeptActive, type StoredActive } from './kept-active.ts';
import { KeptValues } from './kept-values.ts';
import { KnownOutboxes } from './known-outboxes.ts';
import { KnownSettings } from './known-settings.ts';
import { HubLedger, type StoredLedger } from './ledger.ts';
import { type CollectedSamples, LiveSamples } from './live-samples.ts';
import {
  type ActiveKind,
  type BacklogNoted,
  type BacklogNotice,
  HUB_VERSION,
  type HubOverview,
  type HubReport,
  type LeaseGrant,
  type LeaseRequest,
  type SampleOffer,
  type SamplesAfter,
  type SamplesAsked,
  type SamplesRequest,
  type TokensUsed,
  type UsageDay,
  type UsageRequest,
} from './messages.ts';
import { migrateHub } from './schema.ts';
import { HubSnapshot } from './snapshot.ts';
import { StoredElections } from './stored-elections.ts';
import { Usage } from './usage.ts';

/** Between the time at which a report is due and the one at which it must have come. */
const REPORT_MARGIN_MS = 5_000;
const MAX_SAMPLING_MS = 30_000;

/** What a snapshot holds. */
interface Stored {
  readonly ledger: StoredLedger;
  readonly batches: Readonly<Record<string, string>>;
  /** Of the day that is not over. */
  readonly usage?: UsageDay;
  readonly active?: StoredActive;
}

export class TenantHub extends DurableObject<Env> implements TenantHubRpc {
  readonly #ledger = new HubLedger();
  readonly #batches = new CompletedBatches();
  readonly #begun: BegunBatches;
  readonly #outboxes: KnownOutboxes;
  readonly #snapshot: HubSnapshot;
  readonly #grants = new RateGrants();
  readonly #usage: Usage;
  readonly #samples = new LiveSamples();
  readonly #keptActive = new KeptActive();
  readonly #holders = new LeaseHolders(maxLeaseMs);
  readonly #active: Readonly<Record<ActiveKind, ActiveTotals>>;
  readonly #elections: StoredElections;
  readonly #settings: KnownSettings;
  readonly #hashSeed: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#begun = new BegunBatches(reportDelayMs(env) + REPORT_MARGIN_MS);
    migrateHub(ctx.storage);
    this.#outboxes = new KnownOutboxes(ctx.storage.sql);
    this.#usage = new Usage(ctx.storage.sql);
    this.#snapshot = new HubSnapshot(ctx.storage, () => this.#stored());
    const stored = this.#snapshot.read() as Stored;
    this.#ledger.restore(stored.ledger);
    this.#batches.restore(stored.batches);
    this.#usage.restore(stored.usage);
    this.#keptActive.restore(stored.active);
    const life = crypto.randomUUID();
    this.#active = { series: new ActiveTotals(life), streams: new ActiveTotals(life) };
    this.#elections = new StoredElections(ctx.storage.sql);
    const kept = new KeptValues(ctx.storage.sql);
    this.#hashSeed = kept.hashSeed();
    this.#settings = new KnownSettings(env.DB, kept);
  }

  /** Throws only where the tenant's settings were never read and the database does not answer. */
  async lease(request: LeaseRequest): Promise<LeaseGrant> {
    this.#snapshot.called(Date.now());
    if (request.report !== undefined) this.#take(request.report, Date.now());
    const settings = await this.#settings.current(request.tenant);
    const { pipelineVersion, defaultPipelineVersion, secretsVersion, limitsVersion, limits: overrides } = settings;
    const { limits, rates } = this.#settings;
    const nowMs = Date.now();
    this.#holders.granted(request.isolate ?? '', nowMs);
    const ha = request.ha === undefined ? undefined : this.#elections.decide(request.ha, limits, nowMs);
    const isTaken = ha === undefined || (ha.kind === 'elected' && ha.replica === request.ha?.replica);
    const duplicate = request.batch !== undefined && this.#batches.has(request.batch);
    const paid = (want: Wanted) => (isTaken ? want : withoutSamples(want));
    const { isolate = '', token } = request;
    const ofToken = token && { ...token, want: paid(token.want) };
    const granted = this.#grants.grant(isolate, paid(request.want), rates, ofToken, nowMs);
    const isRefused = (granted.refusal ?? granted.token?.refusal) !== undefined;
    const undecidedMs = duplicate || isRefused ? 0 : this.#begin(request, nowMs);
    const samplesWantedMs = this.#samples.wantedMs(nowMs);
    return {
      v: HUB_VERSION,
      validMs: maxLeaseMs,
      pipelineVersion,
      defaultPipelineVersion,
      secretsVersion,
      ...(samplesWantedMs > 0 && { samplesWantedMs }),
      backlog: this.#outboxes.backlog(),
      ...granted,
      duplicate,
      ...(undecidedMs > 0 && { undecidedMs }),
      ...(request.limitsVersion !== limitsVersion && { limits: { version: limitsVersion, overrides } }),
      hashSeed: this.#hashSeed,
      active: {
        series: this.#active.series.status(limits.metrics.max_global_series_per_user, request.active?.series, nowMs),
        streams: this.#active.streams.status(limits.logs.max_global_streams_per_user, request.active?.streams, nowMs),
      },
      ...(ha && { ha }),
      ...(request.report !== undefined && { reported: true }),
    };
  }

  async report(report: HubReport): Promise<void> {
    const nowMs = Date.now();
    this.#snapshot.called(nowMs);
    this.#take(report, nowMs);
  }

  override async alarm(): Promise<void> {
    this.#snapshot.due(Date.now());
  }

  async noteBacklog({ destination, signal, active, isolate }: BacklogNotice): Promise<BacklogNoted> {
    this.#outboxes.note({ destination, signal, active });
    return { v: HUB_VERSION, unawareMs: this.#holders.othersLiveMs(isolate, Date.now()) };
  }

  /** The tenant's pipeline or limits changed in the database. */
  async settingsChanged(_message: { readonly v: number }): Promise<void> {
    this.#settings.changed();
  }

  async overview(_request: { readonly v: number }): Promise<HubOverview> {
    const nowMs = Date.now();
    this.#snapshot.flush(nowMs);
    return {
      v: HUB_VERSION,
      ...this.#ledger.overview(nowMs),
      outboxes: this.#outboxes.list(),
      active: {
        series: this.#keptActive.shown('series', this.#active.series.estimate(nowMs), nowMs),
        streams: this.#keptActive.shown('streams', this.#active.streams.estimate(nowMs), nowMs),
      },
      elections: this.#elections.list(),
    };
  }

  async askForSamples({ forMs }: SamplesRequest): Promise<SamplesAsked> {
    return { v: HUB_VERSION, after: this.#samples.ask(Math.min(forMs, MAX_SAMPLING_MS), Date.now()) };
  }

  async offerSample({ sample }: SampleOffer): Promise<void> {
    this.#samples.add(sample, Date.now());
  }

  async samplesAfter({ after }: SamplesAfter): Promise<CollectedSamples> {
    return this.#samples.after(after, Date.now());
  }

  async tokensUsed(_request: { readonly v: number }): Promise<TokensUsed> {
    this.#snapshot.flush(Date.now());
    return { v: HUB_VERSION, lastUsedAtMs: this.#ledger.tokensUsed() };
  }

  async usage({ from, to }: UsageRequest): Promise<UsageDay[]> {
    this.#snapshot.flush(Date.now());
    return this.#usage.days(from, to);
  }

  #stored(): Stored {
    const nowMs = Date.now();
    const estimates = {
      series: this.#active.series.estimate(nowMs),
      streams: this.#active.streams.estimate(nowMs),
    };
    return {
      ledger: this.#ledger.toStored(),
      batches: this.#batches.toStored(),
      usage: this.#usage.toStored(),
      active: this.#keptActive.toStored(estimates, nowMs),
    };
  }

  #take(report: HubReport, nowMs: number): void {
    const dayEnded = this.#usage.add(report, nowMs);
    this.#ledger.add(report, nowMs);
    this.#batches.add(report.completedBatches);
    this.#begun.completed(report.completedBatches);
    if (report.active?.series !== undefined) this.#active.series.merge(report.active.series, nowMs);
    if (report.active?.streams !== undefined) this.#active.streams.merge(report.active.streams, nowMs);
    this.#snapshot.changed(nowMs);
    // In one turn of the object, so both or neither: a day counts once.
    if (dayEnded) this.#snapshot.flush(nowMs);
  }

  #begin({ batch, isolate }: LeaseRequest, nowMs: number): number {
    return batch === undefined || isolate === undefined ? 0 : this.#begun.begin(batch, isolate, nowMs);
  }
}

/** Samples of a replica that is not elected cost nothing; what was left of the slice comes back all the same. */
function withoutSamples({ metrics, ...others }: Wanted): Wanted {
  return metrics === undefined ? others : { ...others, metrics: { ...metrics, needed: 0 } };
}
