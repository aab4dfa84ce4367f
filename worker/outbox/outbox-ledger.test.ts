/** accepted = delivered + queued + rejected + dropped, of the outbox and of the tenant, through everything that can happen. */
import { env, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { checkOutboxLedger, checkTenantLedger } from '../../test/support/ledger.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { admin, FakeDestinations, PIPELINE, pushMetrics, writeRequest } from '../testing/gateway.ts';
import { answering, emptyOutboxes, OutboxSubject } from '../testing/outbox.ts';
import type { Outbox } from './outbox.ts';

let destinations: FakeDestinations;
let subject: OutboxSubject;

beforeEach(async () => {
  destinations = new FakeDestinations().install();
  subject = await OutboxSubject.create();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await emptyOutboxes();
});

const totals = async () => (await tenantHub(env as unknown as Env, subject.tenant).overview({ v: 1 })).signals.metrics;

/** Once the reports of all that was pushed have arrived at the hub. */
async function balanced(accepted: number, invalid = 0): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = await totals();
      expect(found.acceptedTotal).toBe(accepted);
      const details = await subject.details();
      checkOutboxLedger(details);
      checkTenantLedger(found, details.items, invalid);
    },
    { timeout: 30_000, interval: 100 },
  );
}

describe('the ledger of a tenant with one destination', () => {
  it('adds up after deliveries, a backlog, its drain, a refusal in it, a replay, an expiry and a purge', async () => {
    expect((await subject.push(1)).status).toBe(204);
    destinations.answer = answering(503);
    for (const value of [2, 3, 4]) expect((await subject.push(value)).status).toBe(204);
    await balanced(4);

    destinations.answer = answering(400);
    const refused = await subject.drain();
    expect(refused.ledger).toMatchObject({ rejected: 3, delivered: 0 });
    await balanced(4);

    destinations.answer = answering(204);
    await subject.rpc.replay({ v: 3 });
    expect((await subject.drained()).ledger).toMatchObject({ accepted: 6, delivered: 3 });
    // What is tried again is accepted again.
    await balanced(7);

    destinations.answer = answering(503);
    for (const value of [5, 6]) await subject.push(value);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 24 * 3_600_000 });
    await runInDurableObject(subject.stub, (instance) => (instance as Outbox).alarm());
    vi.useRealTimers();
    expect((await subject.details()).ledger).toMatchObject({ dropped: 2, queued: 0 });
    await balanced(9);

    await subject.push(7);
    await subject.rpc.purge({ v: 3, enqueuedBeforeMs: Date.now() + 1000 });
    expect((await subject.details()).ledger).toMatchObject({ dropped: 3, queued: 0 });
    await balanced(10);
  });

  it('adds up where the destination is gone from the pipeline and what waited is too old', async () => {
    destinations.answer = answering(503);
    await subject.push(1);
    const renamed = PIPELINE.replaceAll('remote_write "mimir"', 'remote_write "other"').replaceAll(
      'remote_write.mimir',
      'remote_write.other',
    );
    expect((await admin('PUT', `tenants/${subject.tenant}/pipeline`, renamed)).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 24 * 3_600_000 });
    await runInDurableObject(subject.stub, async (instance) => {
      await (instance as Outbox).resume({ v: 3 });
      await (instance as Outbox).alarm();
    });
    vi.useRealTimers();
    expect((await subject.details()).ledger).toMatchObject({ dropped: 1, queued: 0 });
    await balanced(1);
  });

  it('adds up with invalid samples, which were never accepted, and with a push that the destination refused', async () => {
    const good = { labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() };
    const invalid = { labels: { job: 'without a name' }, value: 1, timestampMs: Date.now() };
    expect((await pushMetrics(subject.token, snappyEncode(writeRequest([good, invalid])))).status).toBe(400);
    destinations.answer = answering(400);
    expect((await subject.push(2)).status).toBe(400);
    await balanced(2, 1);
  });
});
