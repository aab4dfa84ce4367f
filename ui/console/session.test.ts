import { expect, it } from 'vitest';
import { tokenOfFragment } from './session.ts';

it('a token is taken from the fragment of an address, with its escapes undone', () => {
  expect(tokenOfFragment('#token=a%2Bb')).toBe('a+b');
});

it('a fragment without a token holds none', () => {
  expect(['', '#', '#token=', '#errors'].map(tokenOfFragment)).toEqual([undefined, undefined, undefined, undefined]);
});
