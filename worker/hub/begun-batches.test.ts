import { env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { Env } from '../env.ts';
import { BegunBatches } from './begun-batches.ts';
import { tenantHub } from './client.ts';
import { HUB_VERSION, type HubReport } from './messages.ts';

const batch = (sequence: number) => ({ agentId: 'web-1', sequence: String(sequence) });

describe('batches that were begun', () => {
  it('lets the first isolate go on, and the same one again', () => {
    const begun = new BegunBatches(25_000);
    expect(begun.begin(batch(1), 'a', 1_000)).toBe(0);
    expect(begun.begin(batch(1), 'a', 2_000)).toBe(0);
  });

  it('asks another isolate to wait until it must be known how the batch ended', () => {
    const begun = new BegunBatches(25_000);
    begun.begin(batch(1), 'a', 1_000);
    expect(begun.begin(batch(1), 'b', 11_000)).toBe(15_000);
    expect(begun.begin(batch(2), 'b', 11_000)).toBe(0);
  });

  it('lets another isolate take a batch of which nothing was heard in time', () => {
    const begun = new BegunBatches(25_000);
    begun.begin(batch(1), 'a', 1_000);
    expect(begun.begin(batch(1), 'b', 26_000)).toBe(0);
    expect(begun.begin(batch(1), 'a', 27_000)).toBe(24_000);
  });

  it('has nothing more to say about a batch that was completed', () => {
    const begun = new BegunBatches(25_000);
    begun.begin(batch(1), 'a', 1_000);
    begun.completed([batch(1)]);
    expect(begun.begin(batch(1), 'b', 2_000)).toBe(0);
  });

  it('forgets everything when the clock was set back', () => {
    const begun = new BegunBatches(25_000);
    begun.begin(batch(1), 'a', 1_000_000);
    expect(begun.begin(batch(1), 'b', 1_000)).toBe(0);
  });
});

describe('a hub', () => {
  it('has an isolate wait with a batch that another one began, and knows the batch once it hears of it', async () => {
    const tenant = `begun-${crypto.randomUUID()}`;
    const hub = tenantHub(env as unknown as Env, tenant);
    const lease = (isolate: string) => hub.lease({ v: HUB_VERSION, tenant, want: {}, isolate, batch: batch(7) });
    expect(await lease('a')).toMatchObject({ duplicate: false });
    const waits = await lease('b');
    expect(waits.duplicate).toBe(false);
    expect(waits.undecidedMs).toBeGreaterThan(0);
    const report = { v: HUB_VERSION, tenant, signals: {}, agents: [], errors: [], completedBatches: [batch(7)] };
    await hub.report(report as HubReport);
    expect(await lease('b')).toMatchObject({ duplicate: true });
  });
});
