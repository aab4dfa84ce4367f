import { describe, expect, it, vi } from 'vitest';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import { RateGrants } from '../../core/limits/rate-grants.ts';
import { tenantRates } from '../../core/limits/rates.ts';
import { compileLimits, type LimitOverrides } from '../../core/limits/tenant-limits.ts';
import type { Env } from '../env.ts';
import { admit, type Demand } from './admit.ts';
import type { LeaseGrant, LeaseRequest } from './messages.ts';
import { standingRefusal } from './refusals.ts';

/** Grants as the hub does, from the same buckets, and counts how often it is asked. */
class CountingHub {
  calls = 0;
  isDown = false;
  knowsTokens = true;
  readonly tenant = `t-${crypto.randomUUID()}`;
  readonly #grants = new RateGrants();
  readonly #overrides: LimitOverrides;

  constructor(overrides: LimitOverrides) {
    this.#overrides = overrides;
  }

  get env(): Env {
    const hub = { lease: (request: LeaseRequest) => this.#lease(request) };
    return { TENANT_HUB: { idFromName: (name: string) => name, get: () => hub } } as unknown as Env;
  }

  async #lease({ want, token, isolate = '', limitsVersion }: LeaseRequest): Promise<LeaseGrant> {
    this.calls++;
    if (this.isDown) throw new Error('the hub is down');
    const rates = tenantRates(compileLimits(this.#overrides));
    const granted = this.#grants.grant(isolate, want, rates, this.knowsTokens ? token : undefined, Date.now());
    const limits = limitsVersion === 1 ? {} : { limits: { version: 1, overrides: this.#overrides } };
    return { v: 1, validMs: maxLeaseMs, pipelineVersion: 1, backlog: [], duplicate: false, ...granted, ...limits };
  }
}

const samples = (count: number, guess?: number): Demand => ({
  rate: 'metrics',
  amount: () => count,
  ...(guess === undefined ? {} : { guess }),
});

describe('leases of an isolate', () => {
  const limits = { metrics: { ingestion_rate: 1, ingestion_burst_size: 1000 } };

  it('cost a push at most one call to the hub, and most of them none', async () => {
    const hub = new CountingHub(limits);
    for (let i = 0; i < 50; i++) {
      const before = hub.calls;
      const admitted = await admit(hub.env, hub.tenant, [samples(10, 60)]);
      expect(admitted.ok && (await admitted.value.settle('metrics', 10)).ok).toBe(true);
      expect(hub.calls - before).toBeLessThanOrEqual(1);
    }
    // Each slice is as large as the use of the last one: 10, 20, 40 and so on.
    expect(hub.calls).toBeLessThan(15);
  });

  it('take what was counted, not what was guessed, and refuse what the bucket does not hold', async () => {
    const hub = new CountingHub(limits);
    let taken = 0;
    for (let i = 0; i < 40; i++) {
      const admitted = await admit(hub.env, hub.tenant, [samples(30, 1)]);
      if (admitted.ok && (await admitted.value.settle('metrics', 30)).ok) taken += 30;
    }
    expect(taken).toBe(990);
    expect(standingRefusal(hub.tenant, 'metrics')).toMatchObject({ ok: false, reason: 'rate_limited' });
    expect(standingRefusal(hub.tenant, 'logs')).toMatchObject({ ok: true });
  });

  it('count nothing where nothing is limited', async () => {
    const hub = new CountingHub({ metrics: { ingestion_rate: 0 } });
    await admit(hub.env, hub.tenant, [samples(1)]);
    const amount = vi.fn(() => 1);
    expect(await admit(hub.env, hub.tenant, [{ rate: 'metrics', amount }])).toMatchObject({ ok: true });
    expect(amount).not.toHaveBeenCalled();
  });

  it('limit each signal by itself: a lease for metrics says nothing about logs', async () => {
    const hub = new CountingHub({ logs: { ingestion_rate_mb: 0.0001, ingestion_burst_size_mb: 0.0001 } });
    const lines = (bytes: number): Demand => ({ rate: 'logs', amount: () => bytes });
    expect(await admit(hub.env, hub.tenant, [samples(1)])).toMatchObject({ ok: true });
    expect(await admit(hub.env, hub.tenant, [lines(100)])).toMatchObject({ ok: true });
    expect(await admit(hub.env, hub.tenant, [lines(100)])).toMatchObject({ ok: false, reason: 'rate_limited' });
  });

  it('go on without the hub for a while once it was there, and not before', async () => {
    const hub = new CountingHub(limits);
    hub.isDown = true;
    expect(await admit(hub.env, hub.tenant, [samples(1)])).toMatchObject({ ok: false, reason: 'internal' });
    hub.isDown = false;
    await admit(hub.env, hub.tenant, [samples(1)]);
    hub.isDown = true;
    expect(await admit(hub.env, hub.tenant, [samples(900)])).toMatchObject({ ok: true });
    const unknownPair = { ha: { cluster: 'eu', replica: 'a' } };
    expect(await admit(hub.env, hub.tenant, [samples(1)], unknownPair)).toMatchObject({ ok: false });
  });

  describe('for tokens with rates of their own', () => {
    const noisy = { id: 'a', name: 'noisy', rates: { metrics: { ratePerSecond: 1, burst: 100 } } };
    const other = { id: 'b', name: 'other', rates: { metrics: { ratePerSecond: 1, burst: 100 } } };

    it('hold them on top of the rates of the tenant, at one call a push at most', async () => {
      const hub = new CountingHub(limits);
      let taken = 0;
      for (let i = 0; i < 30; i++) {
        const before = hub.calls;
        const admitted = await admit(hub.env, hub.tenant, [samples(10, 1)], { token: noisy });
        if (admitted.ok && (await admitted.value.settle('metrics', 10)).ok) taken += 10;
        expect(hub.calls - before).toBeLessThanOrEqual(1);
      }
      expect(taken).toBe(100);
    });

    it('name token and limit to who is refused, before the body is read, and refuse no other token', async () => {
      const hub = new CountingHub(limits);
      await admit(hub.env, hub.tenant, [samples(100)], { token: noisy });
      const refused = await admit(hub.env, hub.tenant, [samples(100)], { token: noisy });
      expect(refused).toMatchObject({ ok: false, reason: 'rate_limited', message: expect.stringContaining('"noisy"') });
      expect(refused).toMatchObject({ message: expect.stringContaining('metrics.ingestion_rate: 1 samples/s') });
      expect(standingRefusal(hub.tenant, 'metrics', noisy)).toMatchObject({ ok: false, reason: 'rate_limited' });
      expect(standingRefusal(hub.tenant, 'metrics', other)).toMatchObject({ ok: true });
      expect(standingRefusal(hub.tenant, 'metrics')).toMatchObject({ ok: true });
      expect(await admit(hub.env, hub.tenant, [samples(100)], { token: other })).toMatchObject({ ok: true });
      // What the noisy one was refused was not taken from the tenant: 1000 less the two that were admitted.
      expect(await admit(hub.env, hub.tenant, [samples(800)])).toMatchObject({ ok: true });
      expect(await admit(hub.env, hub.tenant, [samples(10)])).toMatchObject({ ok: false });
    });

    it('limit nothing where the hub is of a version that knows of none', async () => {
      const hub = new CountingHub(limits);
      hub.knowsTokens = false;
      for (let i = 0; i < 5; i++) {
        expect(await admit(hub.env, hub.tenant, [samples(90)], { token: noisy })).toMatchObject({ ok: true });
      }
    });
  });
});
