import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../test/support/wait-until.ts';
import { systemClock } from './clock.ts';
import { NEVER_MS, PollLoop } from './poll-loop.ts';

describe('a poll loop', () => {
  it('acts at once where it is told to in its pause, and ends when it is stopped', async () => {
    const stop = new AbortController();
    const loop = new PollLoop(systemClock);
    let acts = 0;
    const running = loop.run(
      stop.signal,
      async () => void acts++,
      () => NEVER_MS,
    );
    await waitUntil('it acts', () => acts === 1);
    loop.again();
    await waitUntil('it acts again', () => acts === 2);
    stop.abort();
    await running;
    expect(acts).toBe(2);
  });

  it('tells an act that it is too late, and begins again without a pause', async () => {
    const stop = new AbortController();
    const loop = new PollLoop(systemClock);
    const late: boolean[] = [];
    const act = async (signal: AbortSignal) => {
      if (late.length === 0) loop.again();
      late.push(signal.aborted);
      if (late.length === 2) stop.abort();
    };
    await loop.run(stop.signal, act, () => NEVER_MS);
    expect(late).toEqual([true, false]);
  });

  it('pauses as long as it is told after each act', async () => {
    const stop = new AbortController();
    const pauses: number[] = [];
    const clock = { ...systemClock, sleep: async (ms: number) => void pauses.push(ms) };
    let acts = 0;
    const act = async () => {
      if (++acts === 3) stop.abort();
    };
    await new PollLoop(clock).run(stop.signal, act, () => acts * 10);
    expect(pauses).toEqual([10, 20, 30]);
  });
});
