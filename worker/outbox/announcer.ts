/**
 * Tells the tenant's hub and the cron sweep's list when newer data must queue behind this outbox, and when not any more.
 * Never throws, and waits for neither of them long: the alarm tries again until both believe what is true.
 */
import { Awareness } from '../../core/delivery/awareness.ts';
import { Belief, type Correction } from '../../core/delivery/belief.ts';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { markOutboxActive, markOutboxIdle } from '../tenants/active-outboxes.ts';
import { within } from '../timeout.ts';
import type { Address, OutboxSettings } from './settings.ts';

const TIMEOUT_MS = 3_000;

export interface Outside {
  readonly address: () => Address | undefined;
  /** Whether newer data must queue here. */
  readonly isActive: () => boolean;
}

export class Announcer {
  readonly #env: Env;
  readonly #settings: OutboxSettings;
  readonly #outside: Outside;
  readonly #hub: Belief<string>;
  readonly #list: Belief;
  /** What both believe, as it is stored. */
  #announced: boolean;
  /** Whether the hub has heard of this outbox at all. */
  #known: boolean;
  readonly #awareness = new Awareness(maxLeaseMs);

  constructor(env: Env, settings: OutboxSettings, outside: Outside) {
    this.#env = env;
    this.#settings = settings;
    this.#outside = outside;
    this.#announced = settings.get('announced') ?? false;
    this.#known = settings.get('known') ?? false;
    this.#hub = new Belief(this.#announced, (correction) => this.#said('hub', () => this.#noteBacklog(correction)));
    this.#list = new Belief(this.#announced, ({ active }) => this.#said('list', () => this.#mark(active)));
  }

  get known(): boolean {
    return this.#known;
  }

  /** Somebody believes what is not true. */
  get isBehind(): boolean {
    const active = this.#outside.isActive();
    return this.#hub.believed !== active || this.#list.believed !== active;
  }

  /** The hub may hand out leases that do not know what is true. */
  get hubIsBehind(): boolean {
    return this.#hub.believed !== this.#outside.isActive();
  }

  becameActive(nowMs: number): void {
    if (this.#hub.believed !== true) this.#awareness.began(nowMs);
  }

  /** How long there may be isolates that act on a lease from before the outbox became active. */
  unawareMs(nowMs: number): number {
    return this.#awareness.unawareMs(nowMs);
  }

  /** `isolate`: whose data it is that waits; it knows already. */
  async tellHub(options: { readonly always?: boolean; readonly isolate?: string | undefined } = {}): Promise<void> {
    if (this.#outside.address() === undefined) return;
    const { always = false, isolate } = options;
    await this.#hub.correct(this.#outside.isActive, { always, ...(isolate !== undefined && { by: isolate }) });
    this.#store();
  }

  async tellList(always = false): Promise<void> {
    if (this.#outside.address() === undefined) return;
    await this.#list.correct(this.#outside.isActive, { always });
    this.#store();
  }

  async tellBoth(always = false): Promise<void> {
    await Promise.all([this.tellHub({ always }), this.tellList(always)]);
  }

  async #noteBacklog({ active, isNews, by }: Correction<string>): Promise<void> {
    const { tenant, destination, signal } = this.#outside.address() as Address;
    const notice = { v: HUB_VERSION, tenant, destination, signal, active, ...(by !== undefined && { isolate: by }) };
    const answer = await tenantHub(this.#env, tenant).noteBacklog(notice);
    if (active && isNews) this.#awareness.told(answer?.unawareMs, Date.now());
    if (!this.#known) this.#settings.set('known', true);
    this.#known = true;
  }

  async #mark(active: boolean): Promise<void> {
    const address = this.#outside.address() as Address;
    if (active) await markOutboxActive(this.#env.DB, address, Date.now());
    else await markOutboxIdle(this.#env.DB, address);
  }

  async #said(to: 'hub' | 'list', say: () => Promise<void>): Promise<void> {
    try {
      await within(TIMEOUT_MS, say());
    } catch (error) {
      const { tenant, destination } = this.#outside.address() as Address;
      log('warn', 'outbox_announce_failed', { tenant, destination, to, error: errorText(error) });
      throw error;
    }
  }

  #store(): void {
    const { believed } = this.#hub;
    if (believed === undefined || believed !== this.#list.believed || believed === this.#announced) return;
    this.#announced = believed;
    this.#settings.set('announced', believed);
  }
}
