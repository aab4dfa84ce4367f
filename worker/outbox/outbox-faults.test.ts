/** F3, F4, F17 and F20 at the gateway: evictions, alarms that cannot be trusted, clocks that jump, a database that is down. */
import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { testPayload } from '../../core/delivery/queue.cases.ts';
import { checkOutboxLedger } from '../../test/support/ledger.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { expireLease } from '../hub/lease-cache.ts';
import { TenantHub } from '../hub/tenant-hub.ts';
import gateway from '../index.ts';
import { FULL_RUN } from '../testing/fault-runs.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  METRICS_DESTINATION,
  newIsolate,
  PIPELINE,
  pushMetrics,
  writeRequest,
} from '../testing/gateway.ts';
import { answering, emptyOutboxes, Gate, OutboxSubject, sampleValues } from '../testing/outbox.ts';
import type { EnqueueResult } from './messages.ts';
import { Outbox } from './outbox.ts';

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

const HOUR_MS = 3_600_000;

/** Pushes that fail and so wait in the outbox; then the destination is back. */
async function backlogOf(values: readonly number[]): Promise<void> {
  destinations.answer = answering(503);
  for (const value of values) expect((await subject.push(value)).status).toBe(204);
  destinations.answer = answering(204);
  destinations.received.length = 0;
}

async function expectAllDelivered(values: readonly number[]): Promise<void> {
  const details = await subject.drained();
  checkOutboxLedger(details);
  expect(details.ledger).toMatchObject({ accepted: values.length, delivered: values.length });
  expect([...new Set(sampleValues(destinations.received))]).toEqual(values);
}

/** What a deploy or a crash of the object does: it ends where it stands, and the next event begins it anew. */
async function abort(): Promise<void> {
  await runInDurableObject(subject.stub, (_, state) => state.abort('code was updated')).catch(() => undefined);
}

describe('F3: an object that goes away while it drains', () => {
  it('F3: evicted in the middle of a request: what waits drains to nothing, and no push meets an error', async () => {
    await backlogOf([1, 2, 3]);
    const gate = new Gate();
    destinations.answer = async () => {
      await gate.pass();
      return new Response(null, { status: 204 });
    };
    await subject.rpc.resume({ v: 2 });
    await vi.waitFor(() => expect(destinations.received).not.toEqual([]), { timeout: 30_000 });
    const evicted = evictDurableObject(subject.stub).catch(() => undefined);
    const pushed = subject.push(4);
    gate.isOpen = true;
    await evicted;
    const { status, headers } = await pushed;
    expect(status === 204 || headers.get('retry-after') !== null).toBe(true);
    if (status !== 204) expect((await subject.push(4)).status).toBe(204);
    checkOutboxLedger(await subject.drain());
    // The last one may have found the outbox empty and gone straight to the destination.
    expect([...new Set(sampleValues(destinations.received))]).toEqual([1, 2, 3, 4]);
  });

  it('F3: aborted with the answer on its way: the request is repeated byte for byte, and nothing else is', async () => {
    await backlogOf([1, 2]);
    const gate = new Gate();
    destinations.answer = async () => {
      await gate.pass();
      return new Response(null, { status: 204 });
    };
    await subject.rpc.resume({ v: 2 });
    await vi.waitFor(() => expect(destinations.received).not.toEqual([]), { timeout: 30_000 });
    await abort();
    gate.isOpen = true;
    destinations.answer = answering(204);
    await subject.drain();
    const bodies = destinations.received.map(({ body }) => body.toString());
    expect(bodies).toHaveLength(2);
    expect(new Set(bodies).size).toBe(1);
    await expectAllDelivered([1, 2]);
  });

  it('F3: a push to an outbox that breaks is answered 503 with Retry-After, and taken when it comes again', async () => {
    destinations.answer = answering(503);
    await subject.push(1);
    await runInDurableObject(subject.stub, (_, state) => {
      state.storage.sql.exec('ALTER TABLE payloads RENAME TO elsewhere');
    });
    const refused = await subject.push(2);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    await runInDurableObject(subject.stub, (_, state) => {
      state.storage.sql.exec('ALTER TABLE elsewhere RENAME TO payloads');
    });
    expect((await subject.push(2)).status).toBe(204);
    destinations.answer = answering(204);
    destinations.received.length = 0;
    await subject.drain();
    await expectAllDelivered([1, 2]);
  });
});

describe('F4: alarms that cannot be trusted', () => {
  it('F4: a lost alarm is armed again by the next push', async () => {
    await backlogOf([1]);
    await subject.loseAlarm();
    await subject.push(2);
    const alarmMs = (await subject.alarmAtMs()) ?? Number.POSITIVE_INFINITY;
    expect(alarmMs).toBeLessThanOrEqual(Date.now() + 60_000);
    await subject.drain();
    await expectAllDelivered([1, 2]);
  });

  it('F4: a lost alarm is armed again by the cron sweep, which runs every minute', async () => {
    await backlogOf([1]);
    await subject.loseAlarm();
    await gateway.scheduled({} as ScheduledController, env as never, {} as ExecutionContext);
    expect(await subject.alarmAtMs()).not.toBeNull();
    // The same text drives the deployed gateway; the local one sweeps as often (worker/local/index.ts).
    await subject.drain();
    await expectAllDelivered([1]);
  });

  it('F4: an alarm that is more than a minute late is taken for lost', async () => {
    await backlogOf([1]);
    const laterMs = Date.now() + 2 * HOUR_MS;
    vi.useFakeTimers({ toFake: ['Date'], now: laterMs });
    await subject.rpc.watch({ v: 2 });
    expect(await subject.alarmAtMs()).toBeGreaterThanOrEqual(laterMs);
    vi.useRealTimers();
    await subject.drain();
    await expectAllDelivered([1]);
  });

  it('F4: an alarm that fires again when it is done, or with nothing to do, sends nothing', async () => {
    await backlogOf([1, 2]);
    await subject.drain();
    const sent = destinations.received.length;
    for (let i = 0; i < 3; i++) await runInDurableObject(subject.stub, (instance) => (instance as Outbox).alarm());
    expect(destinations.received).toHaveLength(sent);
    await expectAllDelivered([1, 2]);
  });

  it('F4: two alarms at the same time send everything once', async () => {
    await backlogOf([1, 2, 3]);
    await runInDurableObject(subject.stub, async (instance) => {
      const outbox = instance as Outbox;
      await outbox.resume({ v: 2 });
      await Promise.all([outbox.alarm(), outbox.alarm()]);
    });
    await subject.drained();
    expect(sampleValues(destinations.received)).toEqual([1, 2, 3]);
  });

  it('F4: an alarm that fails inside arms the next one, and nothing is lost', async () => {
    await backlogOf([1, 2]);
    await runInDurableObject(subject.stub, async (instance, state) => {
      await (instance as Outbox).resume({ v: 2 });
      state.storage.sql.exec('ALTER TABLE payloads RENAME TO elsewhere');
      await (instance as Outbox).alarm();
      state.storage.sql.exec('ALTER TABLE elsewhere RENAME TO payloads');
    });
    expect(destinations.received).toEqual([]);
    expect(await subject.alarmAtMs()).not.toBeNull();
    await subject.drain();
    await expectAllDelivered([1, 2]);
  });
});

describe('F17: clocks that jump', () => {
  it('F17: back by an hour while it waits: what waits is sent, and the waits stay in bounds', async () => {
    const nowMs = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: nowMs + HOUR_MS });
    await backlogOf([1, 2]);
    vi.setSystemTime(nowMs);
    destinations.answer = answering(503);
    await runInDurableObject(subject.stub, (instance) => (instance as Outbox).alarm());
    // The wait from before the jump is longer than any wait can be, so it was due.
    expect(destinations.received.length).toBeGreaterThan(0);
    const { nextAttemptAtMs } = await subject.details();
    expect(nextAttemptAtMs).toBeLessThanOrEqual(nowMs + 15 * 60_000);
    destinations.answer = answering(204);
    destinations.received.length = 0;
    vi.useRealTimers();
    await subject.drain();
    await expectAllDelivered([1, 2]);
  });

  it('F17: ahead by an hour: the destination is tried at once and nothing is dropped', async () => {
    await backlogOf([1, 2]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MS });
    await runInDurableObject(subject.stub, (instance) => (instance as Outbox).alarm());
    await expectAllDelivered([1, 2]);
  });

  it('F17: a lease from before a jump back is not valid for longer than a lease is', async () => {
    const nowMs = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: nowMs + HOUR_MS });
    await subject.push(1);
    vi.setSystemTime(nowMs);
    const asked = vi.spyOn(TenantHub.prototype, 'lease');
    await subject.push(2);
    expect(asked).toHaveBeenCalledTimes(1);
    await subject.push(3);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('F17: samples of a sender whose clock is ahead are refused with a reason', async () => {
    const { token } = await createTenant({ limits: { metrics: { creation_grace_period: '10m' } } });
    const ahead = { labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() + HOUR_MS };
    const refused = await pushMetrics(token, snappyEncode(writeRequest([ahead])));
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('too far in the future');
  });
});

describe('F20: a database that is down', () => {
  /** Each slow one costs the seconds of its timeouts. */
  const FAULTS: readonly ('down' | 'slow')[] = FULL_RUN ? ['down', 'slow'] : ['down'];

  /** Every query fails, of pushes, hubs and outboxes alike: they share the binding's class. */
  function breakDatabase(fault: 'down' | 'slow'): void {
    vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, 'prepare').mockImplementation(() => {
      if (fault === 'down') throw new Error('D1_ERROR: no such host');
      const never = new Promise<never>(() => undefined);
      const statement = {
        bind: () => statement,
        all: () => never,
        first: () => never,
        run: () => never,
        raw: () => never,
      };
      return statement as unknown as D1PreparedStatement;
    });
  }

  it('F20: known tokens keep working for five minutes and more, with their pipeline', async () => {
    expect((await subject.push(1)).status).toBe(204);
    breakDatabase('down');
    const startMs = Date.now();
    for (const minutes of [1, 5, 9]) {
      vi.useFakeTimers({ toFake: ['Date'], now: startMs + minutes * 60_000 });
      destinations.received.length = 0;
      expect((await subject.push(1 + minutes)).status).toBe(204);
      expect(sampleValues(destinations.received)).toEqual([1 + minutes]);
    }
  });

  it.each(FAULTS)('F20: %s: an unknown token is told to come back, never that it is wrong', async (how) => {
    const { token } = await createToken(subject.tenant, ['metrics:write']);
    newIsolate();
    breakDatabase(how);
    const unknown = await pushMetrics(token);
    expect(unknown.status).toBe(503);
    expect(unknown.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it.each(FAULTS)(
    'F20: %s: pushes are committed, and what waits drains',
    async (how) => {
      expect((await subject.push(1)).status).toBe(204);
      destinations.answer = answering(503);
      breakDatabase(how);
      for (const value of [2, 3]) expect((await subject.push(value)).status).toBe(204);
      destinations.answer = answering(204);
      destinations.received.length = 0;
      // The isolate knows the pipeline; what does not, waits for the database (next test).
      await runInDurableObject(subject.stub, async (instance) => {
        await (instance as Outbox).resume({ v: 2 });
        await (instance as Outbox).alarm();
      });
      expect(sampleValues(destinations.received)).toEqual([2, 3]);
      checkOutboxLedger(await subject.details());
    },
    30_000,
  );

  it('F20: an outbox whose isolate never knew the pipeline waits, and goes on when the database is back', async () => {
    await backlogOf([1, 2]);
    // A fresh isolate knows nothing: so many others that this tenant's pipeline is forgotten.
    for (let i = 0; i < 9; i++) await pushMetrics((await createTenant()).token);
    breakDatabase('down');
    destinations.received.length = 0;
    await runInDurableObject(subject.stub, async (instance) => {
      await (instance as Outbox).resume({ v: 2 });
      await (instance as Outbox).alarm();
    });
    expect(destinations.received).toEqual([]);
    const { payloads, state, lastError } = await subject.details();
    expect([payloads, state, lastError?.reason]).toEqual([2, 'waiting', 'pipeline_unavailable']);
    expect(await subject.alarmAtMs()).not.toBeNull();
    vi.restoreAllMocks();
    destinations = new FakeDestinations().install();
    await subject.drain();
    await expectAllDelivered([1, 2]);
    expect((await subject.details()).lastError).toBeNull();
  });
});

describe('a hub that does not answer', () => {
  const payload = { ...testPayload('x', 1), signal: 'metrics' as const };
  const cause = { reason: 'service_unavailable', detail: 'HTTP 503', waitMs: 60_000, paused: false };

  function breakHub(): void {
    for (const method of ['lease', 'noteBacklog', 'report'] as const) {
      vi.spyOn(TenantHub.prototype, method).mockRejectedValue(new Error('the hub is broken'));
    }
  }

  /** By another isolate, which the hub does not hear of. */
  function enqueue(): Promise<EnqueueResult> {
    const { tenant } = subject;
    const request = { v: 3, tenant, destination: METRICS_DESTINATION, signal: 'metrics' as const, cause };
    return subject.rpc.enqueue({ ...request, payloads: [payload], isolate: 'other' });
  }

  it('makes senders of metrics wait for as long as a lease from before may live, agents too', async () => {
    expect((await subject.push(1)).status).toBe(204);
    breakHub();
    const answer = await enqueue();
    expect(answer).toMatchObject({ kind: 'committed', hubUnaware: true });
    const unawareMs = answer.kind === 'committed' ? (answer.unawareMs ?? 0) : 0;
    expect(unawareMs).toBeGreaterThan(1000);
    expect(unawareMs).toBeLessThanOrEqual(5000);
  });

  it('lets nothing pass: an isolate that gets no lease asks the outbox whether something waits there', async () => {
    expect((await subject.push(1)).status).toBe(204);
    breakHub();
    await enqueue();
    expireLease(subject.tenant);
    destinations.received.length = 0;
    expect((await subject.push(2)).status).toBe(204);
    expect(destinations.received).toEqual([]);
    expect((await subject.details()).payloads).toBe(2);
  });

  it('keeps nothing from being sent where nothing waits, even where the outbox is away too', async () => {
    expect((await subject.push(1)).status).toBe(204);
    breakHub();
    expireLease(subject.tenant);
    destinations.received.length = 0;
    expect((await subject.push(2)).status).toBe(204);
    const enqueueing = vi.spyOn(Outbox.prototype, 'enqueue').mockRejectedValue(new Error('the outbox is broken'));
    expect((await subject.push(3)).status).toBe(204);
    expect(enqueueing).toHaveBeenCalled();
    expect(sampleValues(destinations.received)).toEqual([2, 3]);
  });

  it('is told of the backlog soon after it is back, while the destination is left alone for longer', async () => {
    expect((await subject.push(1)).status).toBe(204);
    breakHub();
    await enqueue();
    await subject.runAlarm();
    const inMs = ((await subject.alarmAtMs()) ?? Number.POSITIVE_INFINITY) - Date.now();
    expect(inMs).toBeLessThanOrEqual(5000);
    vi.restoreAllMocks();
    destinations = new FakeDestinations().install();
    await subject.runAlarm();
    const { backlog } = await tenantHub(env as unknown as Env, subject.tenant).lease({
      v: 3,
      tenant: subject.tenant,
      want: {},
    });
    expect(backlog).toEqual([METRICS_DESTINATION]);
    expect(destinations.received).toEqual([]);
    expect(((await subject.alarmAtMs()) ?? 0) - Date.now()).toBeGreaterThan(30_000);
  });
});

describe('the fallback to remote write 1.0', () => {
  it('is remembered by the outbox over a restart, without the address', async () => {
    const pipeline = PIPELINE.replace(
      'endpoint { url',
      'endpoint {\n protobuf_message = "io.prometheus.write.v2.Request"\n url',
    );
    expect((await admin('PUT', `tenants/${subject.tenant}/pipeline`, pipeline)).status).toBe(200);
    expect((await subject.push(0)).status).toBe(204);
    const isVersion2 = (headers: Headers) => headers.get('x-prometheus-remote-write-version') === '2.0.0';
    // At first the push meets a destination that is down, so only the outbox learns which version it takes.
    await backlogOf([1]);
    destinations.answer = ({ headers }) => new Response(null, { status: isVersion2(headers) ? 415 : 204 });
    await subject.drain();
    expect(destinations.received.map(({ headers }) => isVersion2(headers))).toEqual([true, false]);
    await evictDurableObject(subject.stub);
    await backlogOf([2]);
    destinations.answer = ({ headers }) => new Response(null, { status: isVersion2(headers) ? 415 : 204 });
    await subject.drain();
    expect(destinations.received.map(({ headers }) => isVersion2(headers))).toEqual([false]);
    const stored = await runInDurableObject(subject.stub, (_, state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM settings').toArray()),
    );
    expect(stored).toContain('urlSha256');
    expect(stored).not.toContain('mimir.example.com');
  });
});
