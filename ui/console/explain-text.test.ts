import { describe, expect, it } from 'vitest';
import { endText, stepText } from './explain-text.ts';

const step = { path: 'rule[0]', line: 3, action: 'keep', changes: [], outcome: 'passed' } as const;

describe('the sentence about a rule', () => {
  it('says what was matched with what, and that nothing changed', () => {
    expect(stepText({ ...step, source: 'a;b', matched: true, pattern: '(.+);b' })).toBe(
      '"a;b" matches (.+);b, changes nothing',
    );
    expect(stepText({ ...step, source: 'x', matched: false, pattern: 'y', outcome: 'dropped' })).toBe(
      '"x" does not match y, drops it',
    );
  });

  it('says why a rule that matched did nothing', () => {
    const reason = '"a-b" is not a label name, so nothing is set';
    expect(stepText({ ...step, source: 'a-b', matched: true, pattern: '(.*)', reason })).toBe(
      '"a-b" matches (.*), "a-b" is not a label name, so nothing is set',
    );
  });

  it('speaks of names where the rule looks at names', () => {
    expect(stepText({ ...step, matched: false, pattern: 'tmp_.*' })).toBe('no name matches tmp_.*, changes nothing');
  });

  it('shows what was compared or hashed where there is no expression', () => {
    const changes = [{ what: 'label', name: 'shard', after: '5' }];
    expect(stepText({ ...step, action: 'hashmod', source: 'a:1', changes })).toBe('"a:1"');
  });
});

describe('the end of a series', () => {
  it('has a word for each outcome', () => {
    expect(endText({ outcome: 'dropped', reason: 'relabel' })).toBe('Dropped: relabel');
    expect(endText({ outcome: 'no_receiver', reason: 'it forwards to nothing' })).toBe('Lost: it forwards to nothing');
  });
});
