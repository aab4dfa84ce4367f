import { describe, expect, it } from 'vitest';
import { isEnded, lifetimeState, usageState } from './token-state.ts';
import type { TokenView } from './types.ts';

const DAY_MS = 86_400_000;
const NOW = 1_000 * DAY_MS;
const token = (given: Partial<TokenView> = {}): TokenView => ({
  id: 'a',
  name: 'web',
  scopes: ['agent'],
  labels: {},
  limits: {},
  createdAtMs: NOW - 30 * DAY_MS,
  expiresAtMs: null,
  revokedAtMs: null,
  state: 'valid',
  replacedBy: null,
  lastUsedAtMs: NOW - 5_000,
  ...given,
});

describe('the lifetime of a token', () => {
  it.each([
    [{}, 'ok', 'valid'],
    [{ expiresAtMs: NOW + 80 * DAY_MS }, 'ok', 'expires in 80 d'],
    [{ expiresAtMs: NOW + 3 * DAY_MS }, 'attention', 'expires in 3 d'],
    [{ expiresAtMs: NOW + DAY_MS, replacedBy: 'b' }, 'attention', 'replaced, ends in 1 d'],
    [{ expiresAtMs: NOW - 2 * DAY_MS }, 'idle', 'expired 2 d ago'],
    [{ expiresAtMs: NOW - DAY_MS, revokedAtMs: NOW - 60_000 }, 'idle', 'revoked 1 min ago'],
  ] as const)('of %o is %s: %s', (given, level, text) => {
    expect(lifetimeState(token(given), NOW)).toEqual({ level, text });
  });

  it('ends at the moment of its expiry', () => {
    expect(isEnded(token({ expiresAtMs: NOW }), NOW)).toBe(true);
    expect(isEnded(token({ expiresAtMs: NOW + 1 }), NOW)).toBe(false);
  });
});

describe('the last use of a token', () => {
  it('longer ago than a week is marked, and so is none at all', () => {
    expect(usageState(token({ lastUsedAtMs: NOW - 7 * DAY_MS }), NOW).level).toBe('ok');
    expect(usageState(token({ lastUsedAtMs: NOW - 8 * DAY_MS }), NOW)).toEqual({ level: 'attention', text: '8 d ago' });
    expect(usageState(token({ lastUsedAtMs: null }), NOW)).toEqual({ level: 'attention', text: 'never' });
  });

  it('is not asked of a token that was just made, nor of one that ended', () => {
    expect(usageState(token({ lastUsedAtMs: null, createdAtMs: NOW - 60_000 }), NOW).level).toBe('idle');
    expect(usageState(token({ lastUsedAtMs: null, revokedAtMs: NOW - 1 }), NOW).level).toBe('idle');
  });
});
