import { describe, expect, it } from 'vitest';
import { RateGrants } from './rate-grants.ts';
import type { Rates } from './rates.ts';

const TENANT: Rates = { metrics: { ratePerSecond: 10, burst: 100 }, requests: { ratePerSecond: 1, burst: 2 } };
const OWN: Rates = { metrics: { ratePerSecond: 1, burst: 20 } };
const samples = (needed: number) => ({ metrics: { needed, returned: 0, expected: needed } });

describe('grants of rates', () => {
  it('take from the buckets of the token and of the tenant', () => {
    const grants = new RateGrants();
    const token = { id: 'a', rates: OWN, want: samples(20) };
    expect(grants.grant('i', samples(20), TENANT, token, 0)).toEqual({
      granted: { metrics: 20 },
      token: { granted: { metrics: 20 } },
    });
    expect(grants.grant('i', samples(80), TENANT, undefined, 0)).toEqual({ granted: { metrics: 80 } });
  });

  it('of a token at its limit take nothing from the tenant, and refuse no other token', () => {
    const grants = new RateGrants();
    const token = { id: 'a', rates: OWN, want: samples(20) };
    grants.grant('i', samples(20), TENANT, token, 0);
    for (let i = 0; i < 50; i++) {
      const refused = grants.grant('i', samples(20), TENANT, token, 0);
      expect(refused.token?.refusal).toEqual({ rate: 'metrics', waitMs: 20_000 });
      expect(refused.refusal).toBeUndefined();
    }
    const other = { id: 'b', rates: OWN, want: samples(20) };
    expect(grants.grant('i', samples(20), TENANT, other, 0).token).toEqual({ granted: { metrics: 20 } });
    expect(grants.grant('i', samples(60), TENANT, undefined, 0)).toEqual({ granted: { metrics: 60 } });
  });

  it('of a tenant at its limit take nothing from the token', () => {
    const grants = new RateGrants();
    grants.grant('i', samples(100), TENANT, undefined, 0);
    const token = { id: 'a', rates: OWN, want: samples(20) };
    const refused = grants.grant('i', samples(20), TENANT, token, 0);
    expect(refused.refusal).toEqual({ rate: 'metrics', waitMs: 2000 });
    expect(refused.token).toEqual({ granted: { metrics: 0 } });
    expect(grants.grant('i', samples(20), TENANT, token, 2000).token).toEqual({ granted: { metrics: 20 } });
  });

  it('take nothing of any rate where one of them has not enough', () => {
    const grants = new RateGrants();
    const push = { ...samples(60), requests: { needed: 1, returned: 0, expected: 1 } };
    grants.grant('i', push, TENANT, undefined, 0);
    expect(grants.grant('i', push, TENANT, undefined, 0).refusal?.rate).toBe('metrics');
    expect(grants.grant('i', { requests: push.requests }, TENANT, undefined, 0)).toEqual({ granted: { requests: 1 } });
  });
});
