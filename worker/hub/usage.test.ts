import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EPOCH_MS } from '../../core/limits/active-members.ts';
import { tenantHub } from './client.ts';
import { KeptActive } from './kept-active.ts';
import type { HubReport, SignalReport } from './messages.ts';
import { KEPT_DAYS } from './usage.ts';

const DAY_MS = 86_400_000;
const NOON_MS = Date.parse('2026-11-22T12:00:00Z');

describe("a tenant's usage", () => {
  let tenant: string;
  let nowMs: number;

  beforeEach(() => {
    tenant = `t-${crypto.randomUUID()}`;
    nowMs = NOON_MS;
    vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
    return () => vi.restoreAllMocks();
  });

  const hub = () => tenantHub(env as never, tenant);
  const stub = () => env.TENANT_HUB.get(env.TENANT_HUB.idFromName(tenant));
  const usage = (from = '2000-01-01', to = '2100-01-01') => hub().usage({ v: 1, from, to });
  const counts: SignalReport = {
    accepted: 10,
    delivered: 8,
    queued: 2,
    rejected: { invalid: 1, too_old: 2 },
    dropped: { pipeline: 4 },
    perSecond: {},
    pushes: 3,
    receivedBytes: 500,
  };
  const report = (signals: HubReport['signals'] = { metrics: counts }): HubReport => {
    return { v: 1, tenant, signals, agents: [], errors: [], completedBatches: [] };
  };
  const rows = () => runInDurableObject(stub(), (_, { storage: { sql } }) => sql.exec('SELECT * FROM usage').toArray());
  const once = { accepted: 10, rejected: 3, dropped: 4, delivered: 8, pushes: 3, receivedBytes: 500 };
  const twice = { accepted: 20, rejected: 6, dropped: 8, delivered: 16, pushes: 6, receivedBytes: 1000 };

  it('is summed up by day and signal, without a row for today', async () => {
    await hub().report(report());
    await hub().report(report({ metrics: counts, logs: counts }));
    expect(await usage()).toEqual([{ day: '2026-11-22', signals: { metrics: twice, logs: once } }]);
    expect(await rows()).toEqual([]);
  });

  it('has a row for each day that is over, newest first', async () => {
    await hub().report(report());
    nowMs += DAY_MS;
    await hub().report(report({ logs: counts }));
    nowMs += 2 * DAY_MS;
    await hub().report(report());
    expect(await usage()).toEqual([
      { day: '2026-11-25', signals: { metrics: once } },
      { day: '2026-11-23', signals: { logs: once } },
      { day: '2026-11-22', signals: { metrics: once } },
    ]);
    expect(await rows()).toHaveLength(2);
    expect(await usage('2026-11-22', '2026-11-23')).toHaveLength(2);
  });

  it('counts a day once, whenever the object ends', async () => {
    await hub().report(report());
    nowMs += DAY_MS;
    await hub().report(report());
    await evictDurableObject(stub());
    await hub().report(report());
    expect(await usage()).toEqual([
      { day: '2026-11-23', signals: { metrics: twice } },
      { day: '2026-11-22', signals: { metrics: once } },
    ]);
  });

  it('begins no day anew when the clock jumps back', async () => {
    await hub().report(report());
    nowMs -= DAY_MS;
    await hub().report(report());
    expect(await usage()).toEqual([{ day: '2026-11-22', signals: { metrics: twice } }]);
  });

  it(`keeps ${KEPT_DAYS} days`, async () => {
    await hub().report(report());
    nowMs += (KEPT_DAYS - 1) * DAY_MS;
    await hub().report(report());
    nowMs += DAY_MS;
    await hub().report(report());
    expect(await rows()).toHaveLength(2);
    nowMs += DAY_MS;
    await hub().report(report());
    expect((await rows()).map(({ day }) => day)).not.toContain('2026-11-22');
  });

  it('takes reports of isolates of an older version, which count no pushes and bytes', async () => {
    const { pushes: _, receivedBytes: __, ...older } = counts;
    await hub().report(report({ metrics: older }));
    expect(await usage()).toMatchObject([{ signals: { metrics: { accepted: 10, pushes: 0, receivedBytes: 0 } } }]);
  });

  it('when a token was used last is told over the end of the object, and never goes back', async () => {
    await hub().report({ ...report(), tokensUsed: { a: NOON_MS, b: NOON_MS - 5 } });
    await hub().report({ ...report(), tokensUsed: { a: NOON_MS - 1000 } });
    const told = { v: 1, lastUsedAtMs: { a: NOON_MS, b: NOON_MS - 5 } };
    expect(await hub().tokensUsed({ v: 1 })).toEqual(told);
    await evictDurableObject(stub());
    expect(await hub().tokensUsed({ v: 1 })).toEqual(told);
  });
});

describe('the number of active series', () => {
  it('is shown over the end of the object until isolates told a new one, and not longer than they are active', () => {
    const before = new KeptActive();
    const stored = before.toStored({ series: 1000.4, streams: 7 }, 0);
    const after = new KeptActive();
    after.restore(JSON.parse(JSON.stringify(stored)));
    expect(after.shown('series', 0, EPOCH_MS)).toBe(1000);
    expect(after.shown('series', 1200, EPOCH_MS)).toBe(1200);
    expect(after.shown('series', 0, 2 * EPOCH_MS)).toBe(0);
  });

  it('that was kept grows no younger by being kept again', () => {
    const first = new KeptActive();
    first.restore({ series: { count: 1000, epoch: 5 } });
    const again = new KeptActive();
    again.restore(first.toStored({ series: 1, streams: 0 }, 6 * EPOCH_MS));
    expect(again.shown('series', 1, 6 * EPOCH_MS)).toBe(1000);
    expect(again.shown('series', 1, 7 * EPOCH_MS)).toBe(1);
  });
});
