/**
 * One object per tenant: it grants leases (rates, limits, which destinations have a backlog, the pipeline's version), elects
 * replicas, counts active series, knows which batches were completed, and adds up what isolates report, for the console. It
 * is not on the data path of a push whose isolate holds a lease, and holds nothing that was acknowledged: numbers and
 * completed batches are in memory and written behind (snapshot.ts). Every public method is an RPC endpoint.
 */
import { DurableObject } from 'cloudflare:workers';
import { LeaseHolders } from '../../core/delivery/lease-holders.ts';
import { ActiveTotals } from '../../core/limits/active-members.ts';
import { type Election, HaElections } from '../../core/limits/ha-elections.ts';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import { compileLimits, parseLimits, type TenantLimits } from '../../core/limits/tenant-limits.ts';
import { type Env, reportDelayMs } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { type TenantSettings, tenantSettings } from '../tenants/repository.ts';
import { within } from '../timeout.ts';
import { BegunBatches } from './begun-batches.ts';
import type { TenantHubRpc } from './client.ts';
import { CompletedBatches } from './completed-batches.ts';
import { KnownOutboxes } from './known-outboxes.ts';
import { HubLedger, type StoredLedger } from './ledger.ts';
import {
  type ActiveKind,
  type BacklogNoted,
  type BacklogNotice,
  type HaAnswer,
  HUB_VERSION,
  type HubOverview,
  type HubReport,
  type LeaseGrant,
  type LeaseRequest,
  type Replica,
} from './messages.ts';
import { migrateHub } from './schema.ts';
import { HubSnapshot } from './snapshot.ts';
import { TenantRates } from './tenant-rates.ts';

/** Settings come by RPC when they change; this re-reading only heals a message that was lost. */
const SETTINGS_FRESH_MS = 60_000;
/** Between the time at which a report is due and the one at which it must have come. */
const REPORT_MARGIN_MS = 5_000;
const SETTINGS_TIMEOUT_MS = 3_000;

/** What a snapshot holds. */
interface Stored {
  readonly ledger: StoredLedger;
  readonly batches: Readonly<Record<string, string>>;
}

const NO_SETTINGS: TenantSettings = { pipelineVersion: 0, limitsVersion: 0, limits: {} };

export class TenantHub extends DurableObject<Env> implements TenantHubRpc {
  readonly #ledger = new HubLedger();
  readonly #batches = new CompletedBatches();
  readonly #begun: BegunBatches;
  readonly #outboxes: KnownOutboxes;
  readonly #snapshot: HubSnapshot;
  readonly #rates = new TenantRates();
  readonly #holders = new LeaseHolders(maxLeaseMs);
  readonly #active: Readonly<Record<ActiveKind, ActiveTotals>>;
  readonly #elections: HaElections;
  readonly #hashSeed: number;
  #settings: TenantSettings | undefined;
  #limits: TenantLimits = compileLimits({});
  #settingsAtMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#begun = new BegunBatches(reportDelayMs(env) + REPORT_MARGIN_MS);
    migrateHub(ctx.storage);
    this.#outboxes = new KnownOutboxes(ctx.storage.sql);
    this.#snapshot = new HubSnapshot(
      ctx.storage,
      (): Stored => ({ ledger: this.#ledger.toStored(), batches: this.#batches.toStored() }),
    );
    const kept = this.#snapshot.read() as Stored;
    this.#ledger.restore(kept.ledger);
    this.#batches.restore(kept.batches);
    const life = crypto.randomUUID();
    this.#active = { series: new ActiveTotals(life), streams: new ActiveTotals(life) };
    this.#elections = new HaElections(this.#storedElections());
    this.#hashSeed = this.#storedSeed();
    const stored = this.#setting('tenant_settings');
    if (stored !== undefined) this.#useSettings(JSON.parse(stored));
  }

  /** Throws only where the tenant's settings were never read and the database does not answer. */
  async lease(request: LeaseRequest): Promise<LeaseGrant> {
    this.#snapshot.called(Date.now());
    if (request.report !== undefined) this.#take(request.report, Date.now());
    const { pipelineVersion, limitsVersion, limits: overrides } = await this.#currentSettings(request.tenant);
    const limits = this.#limits;
    const nowMs = Date.now();
    this.#holders.granted(request.isolate ?? '', nowMs);
    const ha = request.ha === undefined ? undefined : this.#elect(request.ha, limits, nowMs);
    const isTaken = ha === undefined || (ha.kind === 'elected' && ha.replica === request.ha?.replica);
    const duplicate = request.batch !== undefined && this.#batches.has(request.batch);
    const { metrics, ...others } = request.want;
    // Samples of the replica that is not elected cost nothing; what was left of the slice comes back all the same.
    const samples = metrics && (isTaken ? metrics : { ...metrics, needed: 0 });
    const rates = this.#rates.grant({ ...others, ...(samples && { metrics: samples }) }, limits, nowMs);
    const undecidedMs = duplicate || rates.refusal !== undefined ? 0 : this.#begin(request, nowMs);
    return {
      v: HUB_VERSION,
      validMs: maxLeaseMs,
      pipelineVersion,
      backlog: this.#outboxes.backlog(),
      ...rates,
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
    this.#settingsAtMs = 0;
  }

  async overview(_request: { readonly v: number }): Promise<HubOverview> {
    const nowMs = Date.now();
    this.#snapshot.flush(nowMs);
    return {
      v: HUB_VERSION,
      ...this.#ledger.overview(nowMs),
      outboxes: this.#outboxes.list(),
      active: {
        series: Math.round(this.#active.series.estimate(nowMs)),
        streams: Math.round(this.#active.streams.estimate(nowMs)),
      },
      elections: this.#elections.list(),
    };
  }

  #take(report: HubReport, nowMs: number): void {
    this.#ledger.add(report, nowMs);
    this.#batches.add(report.completedBatches);
    this.#begun.completed(report.completedBatches);
    if (report.active?.series !== undefined) this.#active.series.merge(report.active.series, nowMs);
    if (report.active?.streams !== undefined) this.#active.streams.merge(report.active.streams, nowMs);
    this.#snapshot.changed(nowMs);
  }

  #begin({ batch, isolate }: LeaseRequest, nowMs: number): number {
    return batch === undefined || isolate === undefined ? 0 : this.#begun.begin(batch, isolate, nowMs);
  }

  #elect({ cluster, replica }: Replica, { metrics }: TenantLimits, nowMs: number): HaAnswer {
    for (const old of this.#elections.forget(nowMs)) {
      this.ctx.storage.sql.exec('DELETE FROM elections WHERE cluster = ?', old);
    }
    const updateTimeoutMs = metrics.ha_tracker_update_timeout;
    const failoverTimeoutMs = metrics.ha_tracker_failover_timeout;
    const settings = { maxClusters: metrics.ha_max_clusters, updateTimeoutMs, failoverTimeoutMs };
    const decision = this.#elections.decide(cluster, replica, settings, nowMs);
    if (decision.kind === 'too_many_clusters') return decision;
    if (decision.store !== undefined) {
      this.ctx.storage.sql.exec(
        `INSERT INTO elections (cluster, replica, received_at_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (cluster) DO UPDATE SET replica = ?2, received_at_ms = ?3`,
        cluster,
        replica,
        nowMs,
      );
    }
    // An isolate that believes longer than this would hide the elected replica's life, or its death.
    const validMs = Math.min(maxLeaseMs, updateTimeoutMs, failoverTimeoutMs / 2);
    return { kind: 'elected', replica: decision.replica, validMs };
  }

  async #currentSettings(tenant: string): Promise<TenantSettings> {
    const nowMs = Date.now();
    if (this.#settings !== undefined && nowMs - this.#settingsAtMs < SETTINGS_FRESH_MS) return this.#settings;
    try {
      const read = await within(SETTINGS_TIMEOUT_MS, tenantSettings(this.env.DB, tenant));
      this.#storeSettings(read ?? NO_SETTINGS);
    } catch (error) {
      log('warn', 'tenant_settings_unavailable', { tenant, error: errorText(error) });
      if (this.#settings === undefined) throw error;
    }
    this.#settingsAtMs = nowMs;
    return this.#settings as TenantSettings;
  }

  #storeSettings(settings: TenantSettings): void {
    const text = JSON.stringify(settings);
    if (JSON.stringify(this.#settings) !== text) this.#setSetting('tenant_settings', text);
    this.#useSettings(settings);
  }

  /** What an older version of this object stored has limits of another form and no version of them. */
  #useSettings(settings: TenantSettings): void {
    const limits = parseLimits(settings.limits).limits;
    this.#settings = { ...settings, limitsVersion: settings.limitsVersion ?? 0, limits };
    this.#limits = compileLimits(limits);
  }

  #storedElections(): Election[] {
    return this.ctx.storage.sql
      .exec<{ cluster: string; replica: string; received_at_ms: number }>('SELECT * FROM elections')
      .toArray()
      .map((row) => ({ cluster: row.cluster, replica: row.replica, receivedAtMs: row.received_at_ms }));
  }

  /** Kept for ever: with another seed every series would look new. */
  #storedSeed(): number {
    const stored = this.#setting('hash_seed');
    if (stored !== undefined) return Number(stored);
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
    this.#setSetting('hash_seed', String(seed));
    return seed;
  }

  #setting(key: string): string | undefined {
    return this.ctx.storage.sql.exec<{ value: string }>('SELECT value FROM settings WHERE key = ?', key).toArray()[0]
      ?.value;
  }

  #setSetting(key: string, value: string): void {
    this.ctx.storage.sql.exec(
      'INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2',
      key,
      value,
    );
  }
}
