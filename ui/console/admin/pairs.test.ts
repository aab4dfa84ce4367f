import { expect, it } from 'vitest';
import { limitPairs, readPairs } from './pairs.ts';

it('lines are pairs, a value may hold further equals signs, and empty lines are nothing', () => {
  expect(readPairs(' team = shop \n\nquery=a=b\n')).toEqual({
    pairs: [
      ['team', 'shop'],
      ['query', 'a=b'],
    ],
  });
});

it('a line that is no pair is named', () => {
  expect(readPairs('team=shop\nsite')).toEqual({ problem: 'line 2: write NAME=VALUE, not "site"' });
  expect(readPairs('=x')).toHaveProperty('problem');
});

it('limits are told by their paths', () => {
  expect(limitPairs({ metrics: { ingestion_rate: 1000, accept_ha_samples: true }, logs: {} })).toEqual([
    ['metrics.ingestion_rate', '1000'],
    ['metrics.accept_ha_samples', 'true'],
  ]);
});
