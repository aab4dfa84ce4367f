import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256Hex } from './sha256.ts';

it('digests every text as the platform does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
      expect(sha256Hex(text)).toBe(createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex'));
    }),
  );
});

it.each([55, 56, 63, 64, 119, 120])('digests %i bytes, at the border of a block', (length) => {
  const text = 'x'.repeat(length);
  expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
});
