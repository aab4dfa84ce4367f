/** What each event costs in operations that the platform counts, measured: cli/cost/operations.ts computes with these. */
import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { OPERATIONS, type Operations } from '../cli/cost/operations.ts';
import { snappyEncode } from '../core/codec/snappy.ts';
import { encodeBatch } from '../core/wire/spillway-batch.ts';
import { tenantHub } from './hub/client.ts';
import { TenantHub } from './hub/tenant-hub.ts';
import { outbox } from './outbox/client.ts';
import { outboxName } from './outbox/name.ts';
import { Outbox } from './outbox/outbox.ts';
import {
  createTenant,
  FakeDestinations,
  METRICS_DESTINATION,
  push,
  upSample,
  writeRequest,
} from './testing/gateway.ts';

const PUSHES = 100;
/** Found when an object wakes in the middle of an outage. */
const WAITING = 20;
/** Far from the end of a day, which is an event of its own. */
const NOON_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 43_200_000;
const CALL: Operations = { objectRequests: 1, rowsRead: 0, rowsWritten: 0 };

/** Counts calls of objects and rows of their storage. Everything runs in one isolate, so prototypes are enough. */
class Meter {
  #calls = 0;
  #alarms = 0;
  #rowsRead = 0;
  #rowsWritten = 0;
  #cursors: { readonly rowsRead: number; readonly rowsWritten: number }[] = [];
  readonly #restore: (() => void)[] = [];

  async install(): Promise<void> {
    for (const prototype of [TenantHub.prototype, Outbox.prototype]) {
      for (const name of Object.getOwnPropertyNames(prototype)) {
        if (name !== 'constructor') this.#wrap(prototype, name, () => this.#calls++);
      }
    }
    const any = env.TENANT_HUB.get(env.TENANT_HUB.newUniqueId());
    await runInDurableObject(any, (_, { storage }) => {
      this.#wrap(Object.getPrototypeOf(storage.sql), 'exec', (cursor) => this.#cursors.push(cursor as never));
      this.#wrap(Object.getPrototypeOf(storage), 'setAlarm', () => this.#alarms++);
    });
  }

  remove(): void {
    for (const restore of this.#restore) restore();
  }

  start(): void {
    this.#calls = 0;
    this.#alarms = 0;
    this.#rowsRead = 0;
    this.#rowsWritten = 0;
    this.#cursors = [];
  }

  /** Since `start`, for one of so many events. A cursor can be read in its own object only. */
  async perEvent(
    events: number,
    ...objects: readonly (DurableObjectStub<TenantHub> | DurableObjectStub<Outbox>)[]
  ): Promise<Operations> {
    for (const object of objects) await runInDurableObject(object as DurableObjectStub<TenantHub>, () => this.#read());
    if (this.#cursors.length > 0) throw new Error('another object was at work too');
    const round = (value: number) => Math.round((value / events) * 100) / 100;
    // An alarm that is set counts as a row.
    return {
      objectRequests: round(this.#calls),
      rowsRead: round(this.#rowsRead),
      rowsWritten: round(this.#rowsWritten + this.#alarms),
    };
  }

  #read(): void {
    this.#cursors = this.#cursors.filter((cursor) => {
      try {
        this.#rowsRead += cursor.rowsRead;
        this.#rowsWritten += cursor.rowsWritten;
        return false;
      } catch {
        return true;
      }
    });
  }

  #wrap(prototype: object, name: string, called: (result: unknown) => void): void {
    const before = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
    const original = before.value as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      ...before,
      value(this: unknown, ...args: unknown[]) {
        const result = original.apply(this, args);
        called(result);
        return result;
      },
    });
    this.#restore.push(() => Object.defineProperty(prototype, name, before));
  }
}

describe('operations that the platform counts', () => {
  const meter = new Meter();
  let destinations: FakeDestinations;
  let sequence = 0;
  let laterMs = 0;

  beforeAll(() => meter.install());
  afterAll(() => meter.remove());
  beforeEach(() => {
    destinations = new FakeDestinations().install();
    laterMs = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => NOON_MS + performance.now() + laterMs);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function pushBatch(token: string): Promise<void> {
    sequence++;
    const body = snappyEncode(writeRequest([upSample(sequence)]));
    const section = {
      signal: 'metrics',
      contentType: 'application/x-protobuf',
      contentEncoding: 'snappy',
      body,
      items: 1,
    };
    const batch = { agentId: 'agent', sequence, sentAtMs: Date.now(), sections: [section] };
    const headers = { 'Content-Type': 'application/x-protobuf' };
    const response = await push('/api/v1/batch', token, encodeBatch(batch as never), headers);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }

  async function pushes(token: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await pushBatch(token);
  }

  const refuse = () => new Response('down', { status: 503 });
  const stub = (tenant: string) => env.OUTBOX.get(env.OUTBOX.idFromName(outboxName(tenant, METRICS_DESTINATION)));
  const hub = (tenant: string) => env.TENANT_HUB.get(env.TENANT_HUB.idFromName(tenant));

  it('of a push that is delivered: one call of the hub, which writes nothing', async () => {
    const { name, token } = await createTenant();
    await pushes(token, 2);
    meter.start();
    await pushes(token, PUSHES);
    expect(await meter.perEvent(PUSHES, hub(name))).toEqual(OPERATIONS.push);
  });

  it('of writing down what the hub knows: one row', async () => {
    const { name, token } = await createTenant();
    await pushes(token, 2);
    laterMs += 31_000;
    meter.start();
    await pushBatch(token);
    expect(minus(await meter.perEvent(1, hub(name)), OPERATIONS.push)).toEqual(OPERATIONS.snapshot);
    await runDurableObjectAlarm(hub(name));
    meter.start();
    await pushBatch(token);
    await runDurableObjectAlarm(hub(name));
    expect(minus(await meter.perEvent(1, hub(name)), OPERATIONS.push)).toEqual(OPERATIONS.quietSnapshot);
  });

  it('of a day that ends: its row, beside what the hub writes down anyway', async () => {
    const { name, token } = await createTenant();
    await pushes(token, 2);
    laterMs += 86_400_000;
    meter.start();
    await pushBatch(token);
    const both = { ...OPERATIONS.push, ...OPERATIONS.snapshot, objectRequests: 1 };
    expect(minus(await meter.perEvent(1, hub(name)), both)).toEqual(OPERATIONS.dayEnd);
  });

  it('of a push that is stored, of a refused attempt, and of a delivered payload', async () => {
    const { name, token } = await createTenant();
    destinations.answer = refuse;
    await pushes(token, 2);
    meter.start();
    await pushes(token, PUSHES);
    expect(minus(await meter.perEvent(PUSHES, hub(name), stub(name)), OPERATIONS.push)).toEqual(
      OPERATIONS.storedPayload,
    );

    const attempts = 5;
    meter.start();
    for (let i = 0; i < attempts; i++) {
      laterMs += 20 * 60_000;
      await runDurableObjectAlarm(stub(name));
    }
    // One of them also notes that the log was told of the backlog.
    const { rowsWritten } = OPERATIONS.refusedAttempt;
    expect(await meter.perEvent(attempts, hub(name), stub(name))).toEqual({
      ...OPERATIONS.refusedAttempt,
      rowsWritten: rowsWritten + 1 / attempts,
    });

    destinations.answer = () => new Response(null, { status: 204 });
    meter.start();
    await outbox(env as never, name, METRICS_DESTINATION).resume({ v: 1 });
    await runDurableObjectAlarm(stub(name));
    const drained = await meter.perEvent(PUSHES + 2, hub(name), stub(name));
    const { payloads } = await outbox(env as never, name, METRICS_DESTINATION).status({ v: 1 });
    expect(payloads).toBe(0);
    expect(drained).toEqual(OPERATIONS.drainedPayload);
  });

  it('of objects that wake: a few rows, and what came since the last attempt', async () => {
    const { name, token } = await createTenant();
    destinations.answer = refuse;
    await pushes(token, 2);
    laterMs += 20 * 60_000;
    await runDurableObjectAlarm(stub(name));
    await pushes(token, WAITING);
    await evictDurableObject(hub(name));
    meter.start();
    await tenantHub(env as never, name).overview({ v: 1 });
    expect(minus(await meter.perEvent(1, hub(name)), CALL)).toEqual(OPERATIONS.hubWake);
    await evictDurableObject(stub(name));
    meter.start();
    await outbox(env as never, name, METRICS_DESTINATION).status({ v: 1 });
    const call = { ...CALL, rowsRead: WAITING };
    expect(minus(await meter.perEvent(1, stub(name)), call)).toEqual(OPERATIONS.outboxWake);
  });

  it('of a visit of the sweep to an outbox that waits', async () => {
    const { name, token } = await createTenant();
    destinations.answer = refuse;
    await pushes(token, 2);
    meter.start();
    await outbox(env as never, name, METRICS_DESTINATION).watch({ v: 1 });
    expect(await meter.perEvent(1, hub(name), stub(name))).toEqual(OPERATIONS.sweepVisit);
  });
});

function minus(a: Operations, b: Operations): Operations {
  const less = (x: number, y: number) => Math.round((x - y) * 100) / 100;
  return {
    objectRequests: less(a.objectRequests, b.objectRequests),
    rowsRead: less(a.rowsRead, b.rowsRead),
    rowsWritten: less(a.rowsWritten, b.rowsWritten),
  };
}
