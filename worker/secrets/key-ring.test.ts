import { describe, expect, it } from 'vitest';
import { keyRing, secretsKeys } from './key-ring.ts';

const key = (id: string) => `${id}:${btoa(id.padEnd(32, '.').slice(0, 32))}`;

describe('the keys of a deployment', () => {
  it('are SECRETS_KEY and the numbered ones that rotations added, the newest first', async () => {
    const env = { SECRETS_KEY: key('a'), SECRETS_KEY_2: key('b'), SECRETS_KEY_10: `${key('d')},${key('c')}`, DB: {} };
    const ring = await keyRing(secretsKeys(env));
    expect([ring.current, [...ring.keys.keys()]]).toEqual(['d', ['d', 'c', 'b', 'a']]);
  });

  it('are missing where none is set, and an empty one is none', () => {
    expect(secretsKeys({})).toBeUndefined();
    const env = { SECRETS_KEY: ' ', SECRETS_KEY_2: '' };
    expect(secretsKeys(env)).toBeUndefined();
  });
});
