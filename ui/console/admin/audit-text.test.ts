import { expect, it } from 'vitest';
import { detailText, refusedText } from './audit-text.ts';

it('an act that was refused, or whose end is not known, says so', () => {
  expect(refusedText({ status: 201 })).toBeUndefined();
  expect(refusedText({ status: 403 })).toBe('refused, 403');
  expect(refusedText({ status: 0 })).toBe('end not recorded');
});

it('details are names with values, lists joined, nothing of null', () => {
  expect(detailText({ name: 'web', scopes: ['agent', 'read'], expiresAtMs: null, restores: 3 })).toBe(
    'name=web · scopes=agent, read · restores=3',
  );
});
