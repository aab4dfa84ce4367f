import { describe, expect, it } from 'vitest';
import type { DryRunView } from '../admin/types.ts';
import { changeOf, sampleText } from './dry-run-text.ts';

const run = (sample: Partial<DryRunView['sample']>): DryRunView => ({
  currentVersion: 3,
  diagnostics: [],
  sample: {
    seconds: 10,
    pushes: 2,
    cutPushes: 0,
    isFull: false,
    leftOut: 0,
    items: { metrics: 5, logs: 1 },
    ...sample,
  },
  destinations: [],
  dropped: [],
  rejected: [],
});

describe('what a dry run looked at', () => {
  it('is counted by signal', () => {
    expect(sampleText(run({}))).toBe('5 samples, 1 line in 2 pushes of 10 s were looked at.');
  });

  it('says what it left out', () => {
    const text = sampleText(run({ isFull: true, cutPushes: 1, leftOut: 2 }));
    expect(text).toContain('More arrived');
    expect(text).toContain('1 large push');
    expect(text).toContain('2 items');
  });

  it('may be nothing, which proves nothing', () => {
    expect(sampleText(run({ items: {}, pushes: 0 }))).toMatch(/^Nothing arrived in 10 s/);
  });
});

describe('what would change at a destination', () => {
  const change = (given: { changed?: number; gone?: number; added?: number }) =>
    changeOf({
      destination: 'a',
      signal: 'metrics',
      current: { items: 1, different: 1 },
      candidate: { items: 1, different: 1 },
      changed: 0,
      gone: 0,
      added: 0,
      examples: [],
      ...given,
    });

  it('is trouble where something would not arrive any more', () => {
    expect(change({ gone: 2, changed: 1 })).toEqual({ level: 'trouble', text: '2 samples gone, 1 sample changed' });
    expect(change({ added: 1 })).toEqual({ level: 'attention', text: '1 sample new' });
    expect(change({})).toEqual({ level: 'ok', text: 'the same' });
  });
});
