import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tenantHub } from './client.ts';
import { CompletedBatches } from './completed-batches.ts';
import type { HubReport } from './messages.ts';

const WANT = { v: 1, want: {} };

describe('what a hub keeps', () => {
  let tenant: string;
  let laterMs: number;

  beforeEach(() => {
    tenant = `t-${crypto.randomUUID()}`;
    laterMs = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + laterMs);
    return () => vi.restoreAllMocks();
  });

  const hub = () => tenantHub(env as never, tenant);
  const stub = () => env.TENANT_HUB.get(env.TENANT_HUB.idFromName(tenant));
  const accepted = async () => (await hub().overview({ v: 1 })).signals.metrics.acceptedTotal;
  const isDuplicate = async (sequence: string) =>
    (await hub().lease({ ...WANT, tenant, batch: { agentId: 'web-1', sequence } })).duplicate;
  const report = (sequence: string): HubReport => ({
    v: 1,
    tenant,
    signals: {
      metrics: { accepted: 10, delivered: 10, queued: 0, rejected: { too_old: 1 }, dropped: {}, perSecond: {} },
    },
    agents: [{ id: 'web-1', kind: 'agent', atMs: 5, takenAtMs: 5, userAgent: 'agent', tokenName: 'web' }],
    errors: [{ atMs: 5, reason: 'invalid', message: 'a label has no name', count: 1 }],
    completedBatches: [{ agentId: 'web-1', sequence }],
    refusals: [{ signal: 'logs', reason: 'rate_limited', pushes: 2 }],
  });

  it('is in memory at once, and all of it in storage with the first report after a silence', async () => {
    await hub().report(report('7'));
    const before = await hub().overview({ v: 1 });
    expect(before).toMatchObject({
      signals: { metrics: { acceptedTotal: 10, rejectedTotal: 1 }, logs: { refusedPushesTotal: 2 } },
      agents: [{ id: 'web-1', lastSeenAtMs: 5, lastTakenAtMs: 5 }],
      errors: [{ reason: 'invalid', count: 1 }],
      refusals: [{ signal: 'logs', reason: 'rate_limited', pushes: 2 }],
    });
    await evictDurableObject(stub());
    expect(await hub().overview({ v: 1 })).toEqual(before);
    expect(await isDuplicate('7')).toBe(true);
    expect(await isDuplicate('8')).toBe(false);
  });

  it('is written by an alarm where nothing else comes, before the platform drops the object', async () => {
    await hub().report(report('1'));
    await hub().report(report('2'));
    const dueInMs = await runInDurableObject(
      stub(),
      async (_, { storage }) => Number(await storage.getAlarm()) - Date.now(),
    );
    expect(dueInMs).toBeLessThan(10_000);
    await runDurableObjectAlarm(stub());
    await evictDurableObject(stub());
    expect(await accepted()).toBe(20);
    expect(await isDuplicate('2')).toBe(true);
  });

  it('is half a minute old at most when a busy object ends without a word', async () => {
    await hub().report(report('1'));
    for (let i = 0; i < 40; i++) {
      laterMs += 1_000;
      await hub().report(report(String(i + 2)));
    }
    await evictDurableObject(stub());
    expect(await accepted()).toBeGreaterThanOrEqual(10 * (41 - 30));
    expect(await accepted()).toBeLessThan(410);
  });

  it('never goes back behind what was shown', async () => {
    await hub().report(report('1'));
    for (let i = 0; i < 5; i++) {
      laterMs += 1_000;
      await hub().report(report(String(i + 2)));
    }
    const shown = await accepted();
    await evictDurableObject(stub());
    expect(await accepted()).toBe(shown);
    expect(shown).toBe(60);
  });

  it('comes from the tables of before where an older version wrote it', async () => {
    await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      sql.exec(`DROP TABLE snapshot`);
      sql.exec(`DROP TABLE usage`);
      sql.exec(`UPDATE schema_version SET version = 2`);
      sql.exec(`INSERT INTO totals VALUES ('metrics', 100, 1, 2, 3, 4)`);
      sql.exec(`INSERT INTO agents VALUES ('web-1', 'agent', 5, 'ua', 'token', NULL)`);
      sql.exec(`INSERT INTO errors VALUES ('invalid', 'because', 5, 6)`);
      sql.exec(`INSERT INTO refusals VALUES ('batch', 'unauthorized', 7)`);
    });
    await evictDurableObject(stub());
    expect(await hub().overview({ v: 1 })).toMatchObject({
      signals: {
        metrics: { acceptedTotal: 100, rejectedTotal: 1, droppedTotal: 2, deliveredTotal: 3, queuedTotal: 4 },
      },
      agents: [
        { id: 'web-1', kind: 'agent', lastSeenAtMs: 5, lastTakenAtMs: null, userAgent: 'ua', tokenName: 'token' },
      ],
      errors: [{ reason: 'invalid', message: 'because', atMs: 5, count: 6 }],
      refusals: [{ signal: 'batch', reason: 'unauthorized', pushes: 7 }],
    });
  });
});

describe('completed batches', () => {
  const key = (agentId: string, sequence: number) => ({ agentId, sequence: String(sequence) });
  const reread = (batches: CompletedBatches) => {
    const read = new CompletedBatches();
    read.restore(JSON.parse(JSON.stringify(batches.toStored())));
    return read;
  };

  it('are the same after they were stored, gaps and late ones among them', () => {
    const batches = new CompletedBatches();
    batches.add([5, 6, 7, 9, 8, 2 ** 53 - 1].map((sequence) => key('a', sequence)));
    batches.add([key('b', 1)]);
    expect(batches.toStored()).toEqual({ a: '5-7,9,8,9007199254740991', b: '1' });
    const read = reread(batches);
    for (const sequence of [5, 6, 7, 8, 9, 2 ** 53 - 1]) expect(read.has(key('a', sequence))).toBe(true);
    for (const sequence of [4, 10]) expect(read.has(key('a', sequence))).toBe(false);
    expect(read.toStored()).toEqual(batches.toStored());
  });

  it('are the latest 128 of an agent, and 5,000 agents', () => {
    const batches = new CompletedBatches();
    for (let sequence = 1; sequence <= 200; sequence++) batches.add([key('a', sequence)]);
    expect(batches.has(key('a', 72))).toBe(false);
    expect(batches.has(key('a', 73))).toBe(true);
    for (let agent = 0; agent < 5_000; agent++) batches.add([key(`b${agent}`, 1)]);
    expect(batches.has(key('a', 200))).toBe(false);
    expect(batches.has(key('b0', 1))).toBe(true);
  });
});
