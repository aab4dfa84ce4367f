import { describe, expect, it } from 'vitest';
import { HaElections } from './ha-elections.ts';

const SETTINGS = { maxClusters: 2, updateTimeoutMs: 15_000, failoverTimeoutMs: 30_000 };

describe('elections of replicas', () => {
  it('elect the first that comes, and keep it while it comes', () => {
    const elections = new HaElections([]);
    for (let nowMs = 0; nowMs < 300_000; nowMs += 10_000) {
      expect(elections.decide('a', 'r1', SETTINGS, nowMs)).toMatchObject({ kind: 'elected', replica: 'r1' });
      expect(elections.decide('a', 'r2', SETTINGS, nowMs + 1)).toEqual({ kind: 'elected', replica: 'r1' });
    }
  });

  it('elect another when nothing has come from the first for the fail-over time, not before', () => {
    const elections = new HaElections([]);
    elections.decide('a', 'r1', SETTINGS, 0);
    expect(elections.decide('a', 'r2', SETTINGS, 29_999)).toMatchObject({ replica: 'r1' });
    expect(elections.decide('a', 'r2', SETTINGS, 30_000)).toMatchObject({ replica: 'r2', store: { replica: 'r2' } });
    expect(elections.decide('a', 'r1', SETTINGS, 30_001)).toEqual({ kind: 'elected', replica: 'r2' });
  });

  it('are stored when they change and every update time, not with every push', () => {
    const elections = new HaElections([]);
    const stored = [0, 1000, 14_999, 15_000, 16_000, 30_000].map(
      (nowMs) => 'store' in elections.decide('a', 'r1', SETTINGS, nowMs),
    );
    expect(stored).toEqual([true, false, false, true, false, true]);
  });

  it('go on where the stored ones left off', () => {
    const elections = new HaElections([{ cluster: 'a', replica: 'r1', receivedAtMs: 0 }]);
    expect(elections.decide('a', 'r2', SETTINGS, 10_000)).toMatchObject({ replica: 'r1' });
    expect(elections.decide('a', 'r2', SETTINGS, 30_000)).toMatchObject({ replica: 'r2' });
  });

  it('refuse a cluster beyond the limit, until one is forgotten after half an hour', () => {
    const elections = new HaElections([]);
    elections.decide('a', 'r1', SETTINGS, 0);
    elections.decide('b', 'r1', SETTINGS, 600_000);
    expect(elections.decide('c', 'r1', SETTINGS, 600_000)).toEqual({ kind: 'too_many_clusters', maxClusters: 2 });
    expect(elections.forget(1_800_000)).toEqual(['a']);
    expect(elections.decide('c', 'r1', SETTINGS, 1_800_000)).toMatchObject({ kind: 'elected', replica: 'r1' });
  });

  it('do not keep a dead replica elected after a jump back of the clock', () => {
    const elections = new HaElections([]);
    elections.decide('a', 'r1', SETTINGS, 3_600_000);
    expect(elections.decide('a', 'r2', SETTINGS, 0)).toMatchObject({ replica: 'r1' });
    expect(elections.decide('a', 'r2', SETTINGS, 30_000)).toMatchObject({ replica: 'r2' });
  });
});
