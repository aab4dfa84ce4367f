/**
 * F1 and F2: `kill -9` of workerd at random points, in the middle of requests and of draining. Nothing that was
 * acknowledged is lost, order per series holds, and a kill repeats at most the one request that was in flight.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { checkOutboxLedger } from '../support/ledger.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { waitUntil } from '../support/wait-until.ts';
import { AcknowledgedPusher } from './acknowledged-pusher.ts';
import { faultRandom, points, progress } from './fault-runs.ts';

const TENANT = 'faults';

describe('kill -9 of the gateway', () => {
  let destination: FakeDestination;
  let gateway: TestGateway;
  let pushers: AcknowledgedPusher[];

  beforeEach(async () => {
    destination = await FakeDestination.start();
    gateway = await TestGateway.start();
    const token = await gateway.createTenant(TENANT, forwardPipeline(destination.url), ['metrics:write']);
    const startMs = Date.now() - 3_600_000;
    pushers = ['a', 'b', 'c'].map((name) => new AcknowledgedPusher(gateway.url, token, name, startMs));
  });

  afterEach(async () => {
    await gateway?.stop();
    await destination?.close().catch(() => undefined);
  });

  async function expectNothingLost(kills: number): Promise<void> {
    destination.refuseWith = 0;
    await Promise.all(pushers.map((pusher) => pusher.stop()));
    await gateway.admin('POST', `/tenants/${TENANT}/outbox/retry?destination=prometheus.remote_write.store`);
    await waitUntil('the outbox is empty', async () => (await gateway.queuedItems(TENANT)) === 0, {
      timeoutMs: 60_000,
    });
    for (const { series, acknowledged } of pushers) {
      const arrived = destination.samples.get(series) ?? [];
      const first = [...new Set(arrived)];
      const missing = acknowledged.filter((timestamp) => !arrived.includes(timestamp));
      expect({ series, missing }).toEqual({ series, missing: [] });
      expect(first, `${series} is in order`).toEqual([...first].sort((a, b) => a - b));
    }
    const unanswered = pushers.reduce((sum, pusher) => sum + pusher.unanswered, 0);
    expect(destination.repeatedRequests).toBeLessThanOrEqual(kills + unanswered);
    for (const outbox of await gateway.outboxDetails(TENANT)) {
      expect(outbox.deadLetters).toBe(0);
      checkOutboxLedger(outbox);
    }
  }

  it('F1: loses no acknowledged push, wherever in a request it falls', async () => {
    const random = faultRandom('F1');
    const kills = points(5, 200);
    for (const pusher of pushers) pusher.start();
    for (let kill = 0; kill < kills; kill++) {
      progress('F1', kill, kills);
      // Half of the time the destination refuses, so that requests end in the outbox.
      destination.refuseWith = random.pick([0, 503]);
      await sleep(random.below(150));
      await gateway.kill();
      await gateway.run();
    }
    await expectNothingLost(kills);
    expect(pushers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)).toBeGreaterThan(kills);
  });

  it('F2: loses no queued payload, wherever in the drain it falls', async () => {
    const random = faultRandom('F2');
    const kills = points(5, 200);
    for (let kill = 0; kill < kills; kill++) {
      progress('F2', kill, kills);
      destination.refuseWith = 503;
      if (kill === 0) for (const pusher of pushers) pusher.start();
      const before = pushers[0]?.acknowledged.length ?? 0;
      await waitUntil('a backlog grows', () => (pushers[0]?.acknowledged.length ?? 0) > before + 2);
      destination.refuseWith = 0;
      destination.answerAfterMs = random.pick([0, 0, 5, 30]);
      await gateway.admin('POST', `/tenants/${TENANT}/outbox/retry?destination=prometheus.remote_write.store`);
      await sleep(random.below(60));
      await gateway.kill();
      await gateway.run();
    }
    destination.answerAfterMs = 0;
    await expectNothingLost(kills);
  });
});
