import { describe, expect, it } from 'vitest';
import type { LiveSample } from '../dry-run/live-sample.ts';
import { LiveSamples, MAX_SAMPLES, MAX_SAMPLES_BYTES } from './live-samples.ts';

function sample(bytes = 10): LiveSample {
  const batch = { signal: 'metrics', body: new Uint8Array() } as const;
  return { signal: 'metrics', batch, forced: {}, whole: true, bytes };
}

describe('samples of live pushes', () => {
  it('are wanted only while somebody asks', () => {
    const samples = new LiveSamples();
    expect(samples.wantedMs(1_000)).toBe(0);
    samples.add(sample(), 1_000);
    const since = samples.ask(5_000, 1_000);
    expect(samples.after(since, 1_000).samples).toEqual([]);
    expect(samples.wantedMs(2_000)).toBe(4_000);
    samples.add(sample(), 2_000);
    samples.add(sample(), 7_000);
    expect(samples.after(since, 7_000).samples).toHaveLength(1);
    expect(samples.wantedMs(7_000)).toBe(0);
  });

  it('go to everybody who asks, each from when they asked, and are forgotten after that', () => {
    const samples = new LiveSamples();
    const first = samples.ask(5_000, 0);
    samples.add(sample(), 1);
    const second = samples.ask(5_000, 2);
    samples.add(sample(), 3);
    expect(samples.after(first, 10).samples).toHaveLength(2);
    expect(samples.after(second, 10).samples).toHaveLength(1);
    expect(samples.after(first, 60_000).samples).toEqual([]);
  });

  it('are bounded in number and bytes, and no more are asked for then', () => {
    const many = new LiveSamples();
    const since = many.ask(5_000, 0);
    for (let i = 0; i < 2 * MAX_SAMPLES; i++) many.add(sample(), 1);
    expect(many.after(since, 1)).toMatchObject({ samples: { length: MAX_SAMPLES }, full: true });
    expect(many.wantedMs(1)).toBe(0);
    const large = new LiveSamples();
    large.ask(5_000, 0);
    large.add(sample(MAX_SAMPLES_BYTES), 1);
    expect(large.wantedMs(1)).toBe(0);
  });

  it('are collected anew for whoever asks when there were enough, and stay bounded', () => {
    const samples = new LiveSamples();
    const first = samples.ask(5_000, 0);
    for (let i = 0; i < MAX_SAMPLES; i++) samples.add(sample(), 1);
    const second = samples.ask(5_000, 2);
    expect(samples.after(second, 2)).toMatchObject({ samples: [], full: false });
    expect(samples.wantedMs(2)).toBe(5_000);
    for (let i = 0; i < MAX_SAMPLES; i++) samples.add(sample(MAX_SAMPLES_BYTES / 2), 3);
    expect(samples.after(second, 3)).toMatchObject({ samples: { length: 2 }, full: true });
    expect(samples.after(first, 3).samples).toHaveLength(2);
  });

  it('do not stay for days when the clock jumps back', () => {
    const samples = new LiveSamples();
    samples.ask(5_000, 1_000_000_000);
    expect(samples.wantedMs(1_000)).toBe(0);
  });
});
