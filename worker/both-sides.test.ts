/** The suite of core/pipeline/both-sides inside workerd, as the gateway runs the blocks. */
import { describe, expect, it } from 'vitest';
import { cases } from '../core/pipeline/both-sides/cases.ts';
import { runCase } from '../core/pipeline/both-sides/run-case.ts';

describe('a block at the edge', () => {
  it.each(cases.map((one) => [one.of, one.says, one] as const))('%s %s', async (_of, _says, one) => {
    expect(navigator.userAgent).toBe('Cloudflare-Workers');
    expect(await runCase(one, 'edge')).toEqual(one.expected);
  });
});
