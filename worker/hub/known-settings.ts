/**
 * A tenant's settings as its hub knows them: read from the database when they are told to have changed and every minute,
 * kept over the end of the object. While the database does not answer the ones that were read last hold.
 */
import { maxLeaseMs } from '../../core/limits/lease.ts';
import { type Rates, tenantRates } from '../../core/limits/rates.ts';
import { compileLimits, parseLimits, type TenantLimits } from '../../core/limits/tenant-limits.ts';
import { errorText, log } from '../telemetry/log.ts';
import { type TenantSettings, tenantSettings } from '../tenants/repository.ts';
import { within } from '../timeout.ts';
import { Freshness } from './freshness.ts';
import type { KeptValues } from './kept-values.ts';

/**
 * They are told by RPC when they change; this re-reading heals a message that was lost, and brings a new default pipeline
 * to every tenant. With the life of a lease it is a minute.
 */
const FRESH_MS = 60_000 - maxLeaseMs;
const TIMEOUT_MS = 3_000;
const KEY = 'tenant_settings';

const NO_SETTINGS: TenantSettings = {
  pipelineVersion: 0,
  defaultPipelineVersion: 0,
  secretsVersion: 0,
  limitsVersion: 0,
  limits: {},
};

export class KnownSettings {
  readonly #db: D1Database;
  readonly #kept: KeptValues;
  readonly #freshness = new Freshness(FRESH_MS);
  #settings: TenantSettings | undefined;
  #limits: TenantLimits = compileLimits({});
  #rates: Rates = tenantRates(this.#limits);

  constructor(db: D1Database, kept: KeptValues) {
    this.#db = db;
    this.#kept = kept;
    const stored = kept.get(KEY);
    if (stored !== undefined) this.#use(JSON.parse(stored));
  }

  /** Those of everybody before the first reading. */
  get limits(): TenantLimits {
    return this.#limits;
  }

  get rates(): Rates {
    return this.#rates;
  }

  changed(): void {
    this.#freshness.changed();
  }

  /** Throws only where they were never read and the database does not answer. */
  async current(tenant: string): Promise<TenantSettings> {
    const nowMs = Date.now();
    if (this.#settings !== undefined && this.#freshness.isFresh(nowMs)) return this.#settings;
    const ended = this.#freshness.reading(nowMs);
    try {
      this.#store((await within(TIMEOUT_MS, tenantSettings(this.#db, tenant))) ?? NO_SETTINGS);
    } catch (error) {
      log('warn', 'tenant_settings_unavailable', { tenant, error: errorText(error) });
      if (this.#settings === undefined) throw error;
    }
    ended();
    return this.#settings as TenantSettings;
  }

  #store(settings: TenantSettings): void {
    const text = JSON.stringify(settings);
    if (JSON.stringify(this.#settings) !== text) this.#kept.set(KEY, text);
    this.#use(settings);
  }

  /** What an older version of the hub kept has limits of another form and no version of them. */
  #use(settings: TenantSettings): void {
    const limits = parseLimits(settings.limits).limits;
    this.#settings = { ...settings, limitsVersion: settings.limitsVersion ?? 0, limits };
    this.#limits = compileLimits(limits);
    this.#rates = tenantRates(this.#limits);
  }
}
