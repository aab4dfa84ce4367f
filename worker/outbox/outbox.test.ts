import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { testPayload } from '../../core/delivery/queue.cases.ts';
import { decodeWriteRequest, sampleValue } from '../../core/wire/remote-write/v1.ts';
import { tenantHub } from '../hub/client.ts';
import gateway from '../index.ts';
import { renderCounters } from '../telemetry/counters.ts';
import {
  admin,
  createTenant,
  FakeDestinations,
  METRICS_DESTINATION,
  PIPELINE,
  pushMetrics,
  type Received,
  type TestTenant,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';
import { emptyOutboxes } from '../testing/outbox.ts';
import { outbox as outboxRpc } from './client.ts';
import { outboxName } from './name.ts';

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await emptyOutboxes();
});

const stub = (tenant: string) => env.OUTBOX.get(env.OUTBOX.idFromName(outboxName(tenant, METRICS_DESTINATION)));
const status = (tenant: string) => outboxRpc(env as never, tenant, METRICS_DESTINATION).details({ v: 1 });
const resume = (tenant: string) => outboxRpc(env as never, tenant, METRICS_DESTINATION).resume({ v: 1 });
/** The alarm runs by itself; what it did is awaited. */
const drained = (tenant: string) =>
  vi.waitFor(async () => expect((await status(tenant)).payloads).toBe(0), { timeout: 30_000 });
const drain = async (tenant: string) => {
  await resume(tenant);
  await drained(tenant);
};
const sendUp = (token: string, value: number) => pushMetrics(token, snappyEncode(writeRequest([upSample(value)])));
const values = (received: readonly Received[]) =>
  received.flatMap(({ body }) =>
    decodeWriteRequest(snappyDecode(body, 100_000)).series.flatMap(({ samples }) => samples.map(sampleValue)),
  );
const answer = (status: number, headers: Record<string, string> = {}) =>
  new Response(status === 204 ? null : 'because', { status, headers });
const answers =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    answer(status, headers);
const refusesConnections = () => {
  throw new TypeError('Network connection lost.');
};

describe('outbox', () => {
  it.each([
    ['503', answers(503)],
    ['500', answers(500)],
    ['429', answers(429, { 'Retry-After': '1' })],
    ['a lost connection', refusesConnections],
  ])(
    'commits a push that met %s, acknowledges it, and drains in order when the destination is back',
    async (_, fault) => {
      const { name, token } = await createTenant();
      destinations.answer = fault;
      for (const value of [1, 2, 3]) expect((await sendUp(token, value)).status).toBe(204);
      expect(await status(name)).toMatchObject({ payloads: 3, items: 3, attempts: 1 });
      destinations.answer = answers(204);
      destinations.received.length = 0;
      await drain(name);
      expect(values(destinations.received)).toEqual([1, 2, 3]);
      const after = await status(name);
      expect(after).toMatchObject({ state: 'idle', payloads: 0, bytes: 0 });
      expect(after.ledger).toEqual({ accepted: 3, queued: 0, delivered: 3, rejected: 0, dropped: 0 });
    },
  );

  it('sends a resend byte for byte as it was, and says with Retry-Attempt that it is one', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    await sendUp(token, 1);
    destinations.answer = answers(204);
    await drain(name);
    const [first, second] = destinations.received;
    expect(second!.body).toEqual(first!.body);
    expect(first!.headers.get('retry-attempt')).toBeNull();
  });

  it('queues newer pushes behind a backlog instead of sending them past it', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    await sendUp(token, 1);
    destinations.answer = answers(204);
    destinations.received.length = 0;
    expect((await sendUp(token, 2)).status).toBe(204);
    expect(destinations.received).toEqual([]);
    await drain(name);
    expect(values(destinations.received)).toEqual([1, 2]);
  });

  it('does not acknowledge a push whose outbox cannot commit it', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    await runInDurableObject(stub(name), (_, state) => {
      state.storage.sql.exec('DROP TABLE payloads');
    });
    const refused = await sendUp(token, 1);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('answers 429 with Retry-After at the quota and keeps what it has', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    const noise = () => [...crypto.getRandomValues(new Uint8Array(1000))].map((byte) => byte.toString(16)).join('');
    const big = (i: number) => ({ labels: { __name__: `big${i}`, text: noise() }, value: i, timestampMs: i });
    // OUTBOX_MAX_BYTES of the tests is 6 MB.
    const body = snappyEncode(writeRequest(Array.from({ length: 1000 }, (_, i) => big(i))));
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let i = 0; i < 5; i++) statuses.push((last = await pushMetrics(token, body)).status);
    expect(statuses[0]).toBe(204);
    expect(statuses.at(-1)).toBe(429);
    expect(last?.headers.get('retry-after')).toMatch(/^\d+$/);
    const { bytes, items } = await status(name);
    expect(bytes).toBeLessThanOrEqual(6_000_000);
    expect(items).toBe(1000 * statuses.filter((code) => code === 204).length);
  });

  it.each([401, 403, 302])('pauses on %i, keeps the data, and goes on when the pipeline has changed', async (code) => {
    const { name, token } = await createTenant();
    destinations.answer = answers(code, { Location: 'https://evil.example.com/' });
    expect((await sendUp(token, 1)).status).toBe(204);
    expect(await status(name)).toMatchObject({ state: 'paused', payloads: 1, lastError: { status: code } });
    expect(destinations.received.map(({ url }) => url)).toEqual(['https://mimir.example.com/api/v1/push']);
    const reason = { 401: 'unauthorized', 403: 'forbidden', 302: 'redirect_refused' }[code];
    expect(renderCounters()).toContain(`spillway_outbox_pauses_total{signal="metrics",reason="${reason}"}`);
    destinations.answer = answers(204);
    destinations.received.length = 0;
    const moved = PIPELINE.replace('mimir.example.com', 'new-mimir.example.com');
    expect((await admin('PUT', `tenants/${name}/pipeline`, moved)).status).toBe(200);
    await drained(name);
    expect(destinations.received.map(({ url }) => url)).toEqual(['https://new-mimir.example.com/api/v1/push']);
  });

  it('keeps what a destination refused for good as a dead letter, and relays 400 when nobody took the data', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(422);
    const relayed = await sendUp(token, 1);
    expect(relayed.status).toBe(400);
    expect(await relayed.text()).toContain('because');
    await vi.waitFor(async () => expect((await status(name)).deadLetters).toBe(1), { timeout: 30_000 });
    expect((await status(name)).payloads).toBe(0);
  });

  it('drops a refused head to the dead letters and delivers what is behind it', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    for (const value of [1, 2, 3]) await sendUp(token, value);
    const taken: Received[] = [];
    destinations.answer = (request) => {
      if (values([request]).includes(1)) return answer(400);
      taken.push(request);
      return answer(204);
    };
    await drain(name);
    expect(values(taken)).toEqual([2, 3]);
    const { deadLetterList, ledger } = await status(name);
    expect(deadLetterList.map(({ reason, items }) => [reason, items])).toEqual([['bad_request', 1]]);
    expect(ledger).toMatchObject({ delivered: 2, rejected: 1, queued: 0 });
  });

  describe('whose first payload its destination answers with 500 for ever', () => {
    const DAY_MS = 24 * 3_600_000;
    let taken: Received[];

    afterEach(() => {
      vi.useRealTimers();
    });

    /** 1 is never taken, 2 and 3 came a day and two days after it. */
    async function blocked(): Promise<TestTenant> {
      const tenant = await createTenant();
      taken = [];
      destinations.answer = (request) => {
        if (values([request]).includes(1)) return answer(500);
        taken.push(request);
        return answer(204);
      };
      const startMs = Date.now();
      for (const value of [1, 2, 3]) {
        vi.useFakeTimers({ toFake: ['Date'], now: startMs + (value - 1) * DAY_MS });
        expect((await sendUp(tenant.token, value)).status).toBe(204);
        // Alarms of that time would come in days.
        await runDurableObjectAlarm(stub(tenant.name));
      }
      return tenant;
    }

    it('keeps what is behind it in order, and says what it waits for', async () => {
      const { name } = await blocked();
      expect(taken).toEqual([]);
      const trouble = { reason: 'internal_server_error', detail: 'HTTP 500: because', status: 500 };
      expect(await status(name)).toMatchObject({ state: 'waiting', payloads: 3, deadLetters: 0, lastError: trouble });
      const metrics = (await admin('GET', `metrics?tenant=${name}`)).json as string;
      const of = `{tenant="${name}",destination="${METRICS_DESTINATION}",signal="metrics"`;
      expect(metrics).toContain(`spillway_outbox_failing${of},reason="internal_server_error"} 1`);
      expect(Number(metrics.split(`spillway_outbox_oldest_age_seconds${of}} `)[1]?.split('\n')[0])).toBeGreaterThan(
        86_400,
      );
    });

    it('gives it up at the age limit as a dead letter that is counted, and sends what is behind it', async () => {
      const { name } = await blocked();
      vi.setSystemTime(Date.now() + 5 * DAY_MS + 60_000);
      await runDurableObjectAlarm(stub(name));
      expect(values(taken)).toEqual([2, 3]);
      const { deadLetterList, ledger } = await status(name);
      expect(deadLetterList).toMatchObject([{ reason: 'expired', items: 1, hasBody: true }]);
      expect(ledger).toEqual({ accepted: 3, queued: 0, delivered: 2, rejected: 0, dropped: 1 });
    });

    it('lets an operator set it aside: it becomes a dead letter with its bytes, and the next is sent at once', async () => {
      const { name } = await blocked();
      const path = `tenants/${name}/outbox/skip?destination=${METRICS_DESTINATION}`;
      const skipped = await admin('POST', path);
      expect(skipped).toMatchObject({ status: 200, json: { payloads: 1, items: 1 } });
      await runDurableObjectAlarm(stub(name));
      expect(values(taken)).toEqual([2, 3]);
      const { deadLetterList, ledger } = await status(name);
      const letter = { reason: 'skipped', detail: 'set aside by an operator after HTTP 500: because', hasBody: true };
      expect(deadLetterList).toMatchObject([letter]);
      expect(ledger).toEqual({ accepted: 3, queued: 0, delivered: 2, rejected: 1, dropped: 0 });
      // Nothing fails any more: there is nothing to set aside.
      expect((await admin('POST', path)).json).toMatchObject({ payloads: 0, items: 0 });
    });
  });

  describe('in the log of the Worker', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    const told = (printed: { mock: { calls: unknown[][] } }, name: string) =>
      printed.mock.calls
        .map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
        .filter(({ event, tenant }) => tenant === name && String(event).startsWith('outbox_backlog'));

    it('is told once when its backlog lasts, evicted in between or not, and once when it is gone', async () => {
      const { name, token } = await createTenant();
      const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      destinations.answer = answers(503);
      const startMs = Date.now();
      vi.useFakeTimers({ toFake: ['Date'], now: startMs });
      await sendUp(token, 1);
      for (const afterMs of [10_000, 60_000, 600_000]) {
        vi.setSystemTime(startMs + afterMs);
        await resume(name);
        await runDurableObjectAlarm(stub(name));
        if (afterMs === 60_000) await evictDurableObject(stub(name));
      }
      const began = {
        level: 'warn',
        event: 'outbox_backlog_began',
        destination: METRICS_DESTINATION,
        payloads: 1,
        oldestAgeMs: 60_000,
        reason: 'service_unavailable',
        detail: 'HTTP 503: because',
      };
      expect(told(printed, name)).toMatchObject([began]);
      destinations.answer = answers(204);
      await resume(name);
      await runDurableObjectAlarm(stub(name));
      const ended = { level: 'info', event: 'outbox_backlog_ended', lastedMs: 600_000 };
      expect(told(printed, name)).toMatchObject([began, ended]);
    });

    it('is not told of a backlog that is gone within half a minute', async () => {
      const { name, token } = await createTenant();
      const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      destinations.answer = answers(503);
      await sendUp(token, 1);
      destinations.answer = answers(204);
      await drain(name);
      expect(told(printed, name)).toEqual([]);
    });
  });

  it('splits what a destination calls too large and delivers every part', async () => {
    const { name, token } = await createTenant();
    destinations.answer = ({ body }) => {
      const { series } = decodeWriteRequest(snappyDecode(body, 100_000));
      return answer(series.length > 1 ? 413 : 204);
    };
    const samples = [1, 2, 3, 4].map((value) => ({ ...upSample(value), labels: { __name__: `m${value}` } }));
    expect((await pushMetrics(token, snappyEncode(writeRequest(samples)))).status).toBe(204);
    await drain(name);
    const delivered = destinations.received.filter(
      ({ body }) => decodeWriteRequest(snappyDecode(body, 100_000)).series.length === 1,
    );
    expect(values(delivered)).toEqual([1, 2, 3, 4]);
    expect(await status(name)).toMatchObject({ payloads: 0, ledger: { delivered: 4, rejected: 0 } });
  });

  it('loses nothing when the object is evicted', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    for (const value of [1, 2]) await sendUp(token, value);
    await evictDurableObject(stub(name));
    expect(await status(name)).toMatchObject({
      payloads: 2,
      attempts: 1,
      lastError: { reason: 'service_unavailable' },
    });
    destinations.answer = answers(204);
    destinations.received.length = 0;
    await drain(name);
    expect(values(destinations.received)).toEqual([1, 2]);
  });

  it('restarts a lost alarm with the next push, and with the cron sweep', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    await sendUp(token, 1);
    const loseAlarm = () => runInDurableObject(stub(name), (_, state) => state.storage.deleteAlarm());
    const alarm = () => runInDurableObject(stub(name), (_, state) => state.storage.getAlarm());
    await loseAlarm();
    await sendUp(token, 2);
    expect(await alarm()).not.toBeNull();
    await loseAlarm();
    await gateway.scheduled({} as ScheduledController, env as never, {} as ExecutionContext);
    expect(await alarm()).not.toBeNull();
  });

  it('keeps its data and says so when the pipeline no longer names its destination', async () => {
    const { name, token } = await createTenant();
    destinations.answer = answers(503);
    await sendUp(token, 1);
    const without = PIPELINE.replaceAll('remote_write "mimir"', 'remote_write "other"').replaceAll(
      'remote_write.mimir',
      'remote_write.other',
    );
    await admin('PUT', `tenants/${name}/pipeline`, without);
    await resume(name);
    const missing = { state: 'paused', payloads: 1, lastError: { reason: 'destination_missing' } };
    await vi.waitFor(async () => expect(await status(name)).toMatchObject(missing), { timeout: 30_000 });
  });

  it('stores no URL and no credential', async () => {
    const secret = PIPELINE.replace(
      'endpoint { url = "https://mimir',
      'endpoint {\n bearer_token = "hunter2"\n url = "https://mimir',
    );
    const { name, token } = await createTenant({ pipeline: secret });
    destinations.answer = answers(503);
    await sendUp(token, 1);
    expect(destinations.received[0]!.headers.get('authorization')).toBe('Bearer hunter2');
    const dump = await runInDurableObject(stub(name), (_, state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM settings').toArray()),
    );
    expect(dump).not.toContain('hunter2');
    expect(dump).not.toContain('example.com');
  });

  describe('and isolates that do not know of it', () => {
    const rpc = (tenant: string) => outboxRpc(env as never, tenant, METRICS_DESTINATION);
    const hub = (tenant: string) => tenantHub(env as never, tenant);
    const payload = { ...testPayload('x'), signal: 'metrics' as const };
    const cause = { reason: 'service_unavailable', detail: 'HTTP 503', waitMs: 60_000, paused: false };
    const request = (tenant: string) => ({
      v: 3,
      tenant,
      destination: METRICS_DESTINATION,
      signal: 'metrics' as const,
      payloads: [payload],
    });
    const empty = (tenant: string) => rpc(tenant).purge({ v: 3, enqueuedBeforeMs: Date.now() + 1000 });

    it('says for how long there may be some: those with a lease, but for the one whose data it is', async () => {
      const { name } = await createTenant();
      await hub(name).lease({ v: 1, tenant: name, want: {}, isolate: 'mine' });
      const alone = await rpc(name).enqueue({ ...request(name), cause, isolate: 'mine' });
      expect(alone).toMatchObject({ kind: 'committed', unawareMs: 0 });
      await empty(name);
      await hub(name).lease({ v: 1, tenant: name, want: {}, isolate: 'other' });
      const answer = await rpc(name).enqueue({ ...request(name), cause, isolate: 'mine' });
      const unawareMs = answer.kind === 'committed' ? (answer.unawareMs ?? 0) : 0;
      expect(unawareMs).toBeGreaterThan(3000);
      expect(unawareMs).toBeLessThanOrEqual(5000);
      // Those that follow wait as long: they too could be passed by the other isolate.
      const next = await rpc(name).enqueue({ ...request(name), isolate: 'mine' });
      expect(next.kind === 'committed' ? (next.unawareMs ?? 0) : 0).toBeGreaterThan(2000);
      await empty(name);
    });

    it('has told the hub before any push is acknowledged, not only that which began it', async () => {
      const { name } = await createTenant();
      await Promise.all(
        Array.from({ length: 5 }, async (_, i) => {
          expect(await rpc(name).enqueue({ ...request(name), cause, isolate: `i${i}` })).toMatchObject({
            kind: 'committed',
          });
          const { backlog } = await hub(name).lease({ v: 1, tenant: name, want: {} });
          expect(backlog).toEqual([METRICS_DESTINATION]);
        }),
      );
      await empty(name);
    });

    it('declines what came only because of a backlog that is gone, and takes it while an operator holds it', async () => {
      const { name } = await createTenant();
      const behind = { ...request(name), mayDecline: true };
      expect(await rpc(name).enqueue(behind)).toMatchObject({ kind: 'declined' });
      expect((await status(name)).ledger.accepted).toBe(0);
      await rpc(name).hold({ v: 3, tenant: name, destination: METRICS_DESTINATION, signal: 'metrics' });
      expect(await rpc(name).enqueue(behind)).toMatchObject({ kind: 'committed' });
      expect((await status(name)).ledger.accepted).toBe(1);
      await empty(name);
    });
  });

  describe('in the hands of an operator', () => {
    const rpc = (tenant: string) => outboxRpc(env as never, tenant, METRICS_DESTINATION);

    it('sends nothing while it is held, queues newer pushes, and goes on in order when it is released', async () => {
      const { name, token } = await createTenant();
      await sendUp(token, 0);
      destinations.received.length = 0;
      destinations.answer = answers(503);
      await sendUp(token, 1);
      await rpc(name).hold({ v: 2, tenant: name, destination: METRICS_DESTINATION, signal: 'metrics' });
      destinations.answer = answers(204);
      destinations.received.length = 0;
      // A new pipeline and the sweep do not end what an operator began.
      await rpc(name).resume({ v: 2 });
      await rpc(name).watch({ v: 2 });
      await sendUp(token, 2);
      expect(destinations.received).toEqual([]);
      expect(await status(name)).toMatchObject({ state: 'held', payloads: 2 });
      await rpc(name).release({ v: 2 });
      await drained(name);
      expect(values(destinations.received)).toEqual([1, 2]);
    });

    it('sets nothing aside where the destination refuses all alike, or nothing was tried', async () => {
      const { name, token } = await createTenant();
      const skip = () => rpc(name).skip({ v: 3 });
      expect(await skip()).toMatchObject({ payloads: 0 });
      destinations.answer = answers(401);
      await sendUp(token, 1);
      expect(await skip()).toMatchObject({ payloads: 0 });
      expect(await status(name)).toMatchObject({ payloads: 1, deadLetters: 0 });
    });

    it('throws away what waits and counts it as dropped', async () => {
      const { name, token } = await createTenant();
      destinations.answer = answers(503);
      for (const value of [1, 2, 3]) await sendUp(token, value);
      const beforeMs = Date.now() + 1000;
      expect(await rpc(name).purge({ v: 2, enqueuedBeforeMs: beforeMs })).toMatchObject({ payloads: 3, items: 3 });
      const after = await status(name);
      expect(after).toMatchObject({ state: 'idle', payloads: 0, bytes: 0, items: 0 });
      expect(after.ledger).toEqual({ accepted: 3, queued: 0, delivered: 0, rejected: 0, dropped: 3 });
    });

    it('keeps what is newer than the time given', async () => {
      const { name, token } = await createTenant();
      destinations.answer = answers(503);
      await sendUp(token, 1);
      expect(await rpc(name).purge({ v: 2, enqueuedBeforeMs: Date.now() - 60_000 })).toMatchObject({ payloads: 0 });
      expect(await status(name)).toMatchObject({ payloads: 1 });
    });

    it('gives a dead letter another try with the bytes that were refused', async () => {
      const { name, token } = await createTenant();
      destinations.answer = answers(400);
      expect((await sendUp(token, 7)).status).toBe(400);
      const refused = destinations.received.at(-1)!;
      const [letter] = (await status(name)).deadLetterList;
      expect(letter).toMatchObject({ reason: 'bad_request', items: 1, hasBody: true });
      expect((await rpc(name).deadLetter({ v: 2, id: letter!.id }))?.body).toEqual(refused.body);
      destinations.answer = answers(204);
      destinations.received.length = 0;
      expect(await rpc(name).replay({ v: 2 })).toMatchObject({ replayed: 1, kept: 0 });
      await drained(name);
      expect(destinations.received.map(({ body }) => body)).toEqual([refused.body]);
      expect((await status(name)).deadLetterList).toEqual([]);
    });

    it('remembers how deep and how old the backlog was', async () => {
      const { name, token } = await createTenant();
      destinations.answer = answers(503);
      await sendUp(token, 1);
      destinations.answer = answers(204);
      await drain(name);
      const { history } = await status(name);
      expect(history?.map(({ payloads }) => payloads)).toEqual([1, 0]);
    });
  });
});
