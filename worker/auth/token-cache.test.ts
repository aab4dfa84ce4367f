import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../tenants/tenant.ts';
import { FRESH_MS, STALE_MS, TokenCache } from './token-cache.ts';

const token: TokenRecord = {
  id: 'a',
  tenant: 't',
  name: 'n',
  secretSha256: '',
  scopes: ['agent'],
  labels: {},
  limits: {},
  replaces: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
};
const found = async () => token;
const unknown = async () => undefined;
const down = async () => {
  throw new Error('D1 is down');
};

describe('token cache', () => {
  it('asks the database once while an entry is fresh and again after 30 s, so a revocation is seen', async () => {
    const cache = new TokenCache<TokenRecord>();
    let calls = 0;
    const counted = async () => {
      calls++;
      return token;
    };
    await cache.lookup('a', 0, counted);
    await cache.lookup('a', FRESH_MS - 1, counted);
    expect(calls).toBe(1);
    const revoked = { ...token, revokedAtMs: 1 };
    expect(await cache.lookup('a', FRESH_MS, async () => revoked)).toEqual({ kind: 'found', token: revoked });
    expect(FRESH_MS).toBeLessThanOrEqual(30_000);
  });

  it('keeps serving a known token for at least 5 minutes while the database is down', async () => {
    const cache = new TokenCache<TokenRecord>();
    await cache.lookup('a', 0, found);
    expect(await cache.lookup('a', 5 * 60_000, down)).toEqual({ kind: 'found', token });
    expect(await cache.lookup('a', FRESH_MS + STALE_MS, down)).toEqual({ kind: 'unavailable' });
  });

  it('says unavailable and not unknown for a token it never saw while the database is down', async () => {
    expect(await new TokenCache<TokenRecord>().lookup('a', 0, down)).toEqual({ kind: 'unavailable' });
  });

  it('does not turn an outage into a refusal for a token that was unknown before', async () => {
    const cache = new TokenCache<TokenRecord>();
    expect(await cache.lookup('a', 0, unknown)).toEqual({ kind: 'unknown' });
    expect(await cache.lookup('a', 20_000, down)).toEqual({ kind: 'unavailable' });
  });

  it('stays bounded under a stream of made-up ids, and forgets no token for them', async () => {
    const cache = new TokenCache<TokenRecord>();
    await cache.lookup('a', 0, found);
    for (let i = 0; i < 6_000; i++) await cache.lookup(`made-up-${i}`, 1, unknown);
    expect(await cache.lookup('made-up-5999', 2, down)).toEqual({ kind: 'unknown' });
    expect(await cache.lookup('made-up-0', 2, down)).toEqual({ kind: 'unavailable' });
    expect(cache.knows('a')).toBe(true);
    expect(await cache.lookup('a', FRESH_MS, down)).toEqual({ kind: 'found', token });
  });

  it('stays bounded under a stream of tokens as well', async () => {
    const cache = new TokenCache<TokenRecord>();
    for (let i = 0; i < 6_000; i++) await cache.lookup(`token-${i}`, 1, found);
    expect([cache.knows('token-0'), cache.knows('token-5999')]).toEqual([false, true]);
  });
});
