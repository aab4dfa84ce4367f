import { describe, expect, it, vi } from 'vitest';
import { AuthShield, type ShieldEnv } from './shield.ts';

const MINUTE_MS = 60_000;
const FEW: ShieldEnv = { AUTH_FAILURES_PER_MINUTE: '3' };

async function fail(shield: AuthShield, address: string | undefined, times: number, env = FEW, nowMs = 0) {
  for (let i = 0; i < times; i++) await shield.failed(address, env, nowMs);
}

describe('the shield against guessing', () => {
  it('blocks an address beyond so many failures in a minute, and no other one', async () => {
    const shield = new AuthShield();
    await fail(shield, 'a', 2);
    expect(shield.waitMs('a', 0)).toBe(0);
    await fail(shield, 'a', 1, FEW, 1000);
    expect(shield.waitMs('a', 1000)).toBe(59_000);
    expect(shield.waitMs('b', 1000)).toBe(0);
    expect(shield.waitMs('a', MINUTE_MS)).toBe(0);
  });

  it('counts each minute anew', async () => {
    const shield = new AuthShield();
    await fail(shield, 'a', 2);
    await fail(shield, 'a', 2, FEW, MINUTE_MS);
    expect(shield.waitMs('a', MINUTE_MS)).toBe(0);
  });

  it('blocks nobody whose address is not known', async () => {
    const shield = new AuthShield();
    await fail(shield, undefined, 10);
    expect(shield.waitMs(undefined, 0)).toBe(0);
  });

  it('leaves the counting to the binding of the platform where there is one, and asks it again after 10 s', async () => {
    const limit = vi.fn(async () => ({ success: false }));
    const shield = new AuthShield();
    await shield.failed('a', { AUTH_SHIELD: { limit } as unknown as RateLimit }, 0);
    expect(limit).toHaveBeenCalledWith({ key: 'a' });
    expect(shield.waitMs('a', 9_999)).toBe(1);
    expect(shield.waitMs('a', 10_000)).toBe(0);
  });

  it('counts itself where the binding does not answer', async () => {
    const limit = async () => {
      throw new Error('no');
    };
    const shield = new AuthShield();
    await fail(shield, 'a', 3, { ...FEW, AUTH_SHIELD: { limit } as unknown as RateLimit });
    expect(shield.waitMs('a', 0)).toBeGreaterThan(0);
  });

  it('holds 10,000 addresses at most', async () => {
    const shield = new AuthShield();
    await fail(shield, 'first', 3);
    for (let i = 0; i < 10_000; i++) await fail(shield, `a${i}`, 3);
    expect(shield.waitMs('first', 0)).toBe(0);
    expect(shield.waitMs('a9999', 0)).toBeGreaterThan(0);
  });

  it('blocks nobody for longer when the clock jumps back', async () => {
    const shield = new AuthShield();
    await fail(shield, 'a', 3, FEW, 10 * MINUTE_MS);
    expect(shield.waitMs('a', 0)).toBe(0);
  });
});
