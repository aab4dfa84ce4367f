/** The suite on Node, as agent-lite runs the blocks; worker/both-sides.test.ts runs it inside workerd. */
import { describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import { uncovered } from './coverage.ts';
import { runCase } from './run-case.ts';

describe('a block on a host', () => {
  it.each(cases.map((one) => [one.of, one.says, one] as const))('%s %s', async (_of, _says, one) => {
    expect(await runCase(one, one.edgeOnly === true ? 'edge' : 'host')).toEqual(one.expected);
  });
});

describe('the suite', () => {
  it('has three cases at least of every component and stage that runs', () => {
    expect(uncovered()).toEqual([]);
  });
});
