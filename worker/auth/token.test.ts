import { describe, expect, it } from 'vitest';
import { createTokenParts, formatToken, parseToken, sameSecret, sha256Hex } from './token.ts';

describe('tokens', () => {
  it('are found again in their text, and nothing else is a token', () => {
    const parts = createTokenParts();
    expect(parseToken(formatToken(parts))).toEqual(parts);
    for (const text of [
      '',
      'spw_',
      formatToken(parts).toUpperCase(),
      `${formatToken(parts)} `,
      `spo_${parts.id}_${parts.secret}`,
    ]) {
      expect(parseToken(text)).toBeUndefined();
    }
  });

  it('are never the same twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => formatToken(createTokenParts()))).size).toBe(1000);
  });

  it('A10: are compared as hashes of one length, to the last character, wherever the first difference is', () => {
    const { secret } = createTokenParts();
    const digest = sha256Hex(secret);
    /** Stands in for the stored hash and tells which of its characters were looked at. */
    const watched = (text: string) => {
      const looked: number[] = [];
      const charCodeAt = (at: number) => {
        looked.push(at);
        return text.charCodeAt(at);
      };
      return { looked, text: { length: text.length, charCodeAt } as unknown as string };
    };
    const all = Array.from({ length: 64 }, (_, i) => i);
    const flipped = (at: number) => digest.slice(0, at) + (digest[at] === '0' ? '1' : '0') + digest.slice(at + 1);
    for (const expected of [digest, flipped(0), flipped(31), flipped(63), '0'.repeat(64)]) {
      const { looked, text } = watched(expected);
      expect(sameSecret(secret, text)).toBe(expected === digest);
      expect(looked).toEqual(all);
    }
    for (const given of ['', secret.slice(0, 47), `${secret}0`, 'x'.repeat(10_000)]) {
      const { looked, text } = watched(digest);
      expect(sameSecret(given, text)).toBe(false);
      expect(looked).toEqual(all);
    }
  });
});
