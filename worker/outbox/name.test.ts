import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outboxName } from './name.ts';

describe('outbox name', () => {
  it('differs for pairs that differ, whatever characters tenant and destination hold', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '/', ':', '"', ',', '[', ']', '\\', '\u0000', 'é', '\ud800'),
    });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        expect(outboxName(a, b)).not.toBe(outboxName(c, d));
      }),
    );
    expect(outboxName('a', 'b/c')).not.toBe(outboxName('a/b', 'c'));
  });
});
