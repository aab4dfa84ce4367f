import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TENANT_NAME } from '../tenants/tenant.ts';
import { outboxName } from './name.ts';

const HOSTILE = [
  'a',
  'b',
  '/',
  ':',
  '"',
  ',',
  '[',
  ']',
  '\\',
  '.',
  '..',
  '%2f',
  '\u0000',
  '\u202e',
  'é',
  'e\u0301',
  'а',
  '\ud800',
  '\udc00',
];

describe('A14 the name of an object', () => {
  const text = fc.oneof(fc.string({ unit: fc.constantFrom(...HOSTILE) }), fc.string({ unit: 'binary' }));

  it('is another one for each pair of tenant and destination, and says which pair it is', () => {
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        expect(outboxName(a, b) === outboxName(c, d)).toBe(a === c && b === d);
        expect(JSON.parse(outboxName(a, b))).toEqual([a, b]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('cannot be moved from one of its parts to the other', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...HOSTILE), { minLength: 2, maxLength: 12 }), (parts) => {
        const whole = parts.join('');
        const names = Array.from({ length: whole.length + 1 }, (_, i) => outboxName(whole.slice(0, i), whole.slice(i)));
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('takes tenants of plain letters only, so that none looks like another', () => {
    for (const name of ['acme', 'a', 'a-1', '0'.repeat(63)]) expect(TENANT_NAME.test(name)).toBe(true);
    const refused = [
      '',
      '-a',
      'a-',
      'A',
      'a/b',
      'a:b',
      'a b',
      'a.b',
      '..',
      'аcme',
      'acme\n',
      '\u202eacme',
      'é',
      '__proto__',
      '0'.repeat(64),
    ];
    for (const name of refused) expect(TENANT_NAME.test(name)).toBe(false);
  });
});
