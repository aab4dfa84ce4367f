import { expect, it } from 'vitest';
import { limitPairs, limitsOf, readPairs } from './pairs.ts';

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

it('limits are grouped, and what is no number is left for the gateway to judge', () => {
  const pairs = [
    ['metrics.ingestion_rate', '1000'],
    ['metrics.ingestion_burst_size', 'many'],
    ['logs.ingestion_rate_mb', '2'],
  ] as const;
  const limits = limitsOf(pairs);
  expect(limits).toEqual({
    metrics: { ingestion_rate: 1000, ingestion_burst_size: 'many' },
    logs: { ingestion_rate_mb: 2 },
  });
  expect(limitPairs(limits)).toEqual(pairs);
});
