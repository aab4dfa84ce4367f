/**
 * One object per tenant: it grants leases (rate limits, which destinations have a backlog, the pipeline's version), knows
 * which batches were completed, and adds up what isolates report, for the console. It is not on the data path of a push
 * whose isolate holds a lease, and holds nothing that was acknowledged. Every public method is an RPC endpoint.
 */
import { DurableObject } from 'cloudflare:workers';
import { grantLease, maxLeaseMs } from '../../core/limits/lease.ts';
import { TokenBucket } from '../../core/limits/token-bucket.ts';
import { SIGNALS, type Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';
import { tenantSettings } from '../tenants/repository.ts';
import type { TenantLimits } from '../tenants/tenant.ts';
import { within } from '../timeout.ts';
import type { TenantHubRpc } from './client.ts';
import { CompletedBatches } from './completed-batches.ts';
import { HubLedger } from './ledger.ts';
import {
  type BacklogNotice,
  HUB_VERSION,
  type HubOverview,
  type HubReport,
  type LeaseGrant,
  type LeaseRefusal,
  type LeaseRequest,
} from './messages.ts';
import { migrateHub } from './schema.ts';

/** Settings come by RPC when they change; this re-reading only heals a message that was lost. */
const SETTINGS_FRESH_MS = 60_000;
const SETTINGS_TIMEOUT_MS = 3_000;

interface Settings {
  readonly pipelineVersion: number;
  readonly limits: TenantLimits;
}

export class TenantHub extends DurableObject<Env> implements TenantHubRpc {
  readonly #ledger: HubLedger;
  readonly #batches: CompletedBatches;
  readonly #buckets = new Map<Signal, TokenBucket>();
  #settings: Settings | undefined;
  #settingsAtMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateHub(ctx.storage);
    this.#ledger = new HubLedger(ctx.storage);
    this.#batches = new CompletedBatches(ctx.storage);
    const stored = ctx.storage.sql
      .exec<{ value: string }>(`SELECT value FROM settings WHERE key = 'tenant_settings'`)
      .toArray()[0];
    this.#settings = stored === undefined ? undefined : JSON.parse(stored.value);
  }

  /** Throws only where the tenant's settings were never read and the database does not answer. */
  async lease(request: LeaseRequest): Promise<LeaseGrant> {
    const { pipelineVersion, limits } = await this.#currentSettings(request.tenant);
    const nowMs = Date.now();
    const granted: Partial<Record<Signal, number>> = {};
    let refusal: LeaseRefusal | undefined;
    for (const signal of SIGNALS) {
      const want = request.want[signal];
      const bucket = this.#bucket(signal, limits, nowMs);
      if (want === undefined || bucket === undefined) continue;
      const lease = grantLease(bucket, want, nowMs);
      granted[signal] = lease.granted;
      if (lease.waitMs > 0)
        refusal = { signal, waitMs: lease.waitMs, ...(limits[signal] as TenantLimits['metrics'] & {}) };
    }
    return {
      v: HUB_VERSION,
      validMs: maxLeaseMs,
      pipelineVersion,
      backlog: this.#ledger.backlog(),
      granted,
      duplicate: request.batch !== undefined && this.#batches.has(request.batch),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }

  async report(report: HubReport): Promise<void> {
    this.#ledger.add(report, Date.now());
    this.#batches.add(report.completedBatches);
  }

  async noteBacklog({ destination, signal, active }: BacklogNotice): Promise<void> {
    this.#ledger.noteOutbox(destination, signal, active);
  }

  /** The tenant's pipeline or limits changed in the database. */
  async settingsChanged(_message: { readonly v: number }): Promise<void> {
    this.#settingsAtMs = 0;
  }

  async overview(_request: { readonly v: number }): Promise<HubOverview> {
    return this.#ledger.overview(Date.now());
  }

  async #currentSettings(tenant: string): Promise<Settings> {
    const nowMs = Date.now();
    if (this.#settings !== undefined && nowMs - this.#settingsAtMs < SETTINGS_FRESH_MS) return this.#settings;
    try {
      const read = await within(SETTINGS_TIMEOUT_MS, tenantSettings(this.env.DB, tenant));
      this.#storeSettings(read ?? { pipelineVersion: 0, limits: {} });
    } catch (error) {
      log('warn', 'tenant_settings_unavailable', { tenant, error: errorText(error) });
      if (this.#settings === undefined) throw error;
    }
    this.#settingsAtMs = nowMs;
    return this.#settings as Settings;
  }

  #storeSettings(settings: Settings): void {
    const text = JSON.stringify(settings);
    if (JSON.stringify(this.#settings) !== text) {
      this.ctx.storage.sql.exec(
        `INSERT INTO settings (key, value) VALUES ('tenant_settings', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1`,
        text,
      );
    }
    this.#settings = settings;
  }

  #bucket(signal: Signal, limits: TenantLimits, nowMs: number): TokenBucket | undefined {
    const limit = limits[signal];
    if (limit === undefined) {
      this.#buckets.delete(signal);
      return undefined;
    }
    const wanted = { ratePerSecond: limit.itemsPerSecond, burst: limit.burstItems };
    let bucket = this.#buckets.get(signal);
    if (bucket === undefined) this.#buckets.set(signal, (bucket = new TokenBucket(wanted, nowMs)));
    else bucket.configure(wanted, nowMs);
    return bucket;
  }
}
