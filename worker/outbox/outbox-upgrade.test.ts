/**
 * Deploys reach Workers and objects at different times, and storage outlives them all: old requests to a new object, new
 * requests to an old object, an old hub, and storage of the first version, each must work.
 */
import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BacklogView } from '../../core/delivery/backlog-view.ts';
import { testDestination } from '../../core/delivery/destination.fixture.ts';
import type { Payload } from '../../core/delivery/destination.ts';
import { testPayload } from '../../core/delivery/queue.cases.ts';
import { checkOutboxLedger } from '../../test/support/ledger.ts';
import { deliver } from '../destinations/deliver.ts';
import type { DeliveryContext } from '../destinations/spill.ts';
import type { Env } from '../env.ts';
import { admit } from '../hub/admit.ts';
import { FakeDestinations, METRICS_DESTINATION } from '../testing/gateway.ts';
import { answering, emptyOutboxes, OutboxSubject, sampleValues } from '../testing/outbox.ts';
import { VERSION_1_ROWS, VERSION_1_TABLES } from './version-1.fixture.ts';

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await emptyOutboxes();
});

const payload = (text: string): Payload => ({ ...testPayload(text, 2), signal: 'metrics' });

describe('a Worker of the first version and an object of today', () => {
  it('enqueue with its fields alone: committed, drained, and answered in words that it knows', async () => {
    const subject = await OutboxSubject.create();
    const request = {
      v: 1,
      tenant: subject.tenant,
      destination: METRICS_DESTINATION,
      signal: 'metrics' as const,
      payloads: [payload('a')],
    };
    // It never heard of `declined`, so an empty outbox takes the data.
    expect(await subject.rpc.enqueue(request)).toMatchObject({ kind: 'committed' });
    const cause = { reason: 'service_unavailable', detail: 'HTTP 503', waitMs: 60_000, paused: false };
    expect(await subject.rpc.enqueue({ ...request, payloads: [payload('b')], cause })).toMatchObject({
      kind: 'committed',
    });
    const { ledger } = await subject.drain();
    expect(ledger).toEqual({ accepted: 4, queued: 0, delivered: 4, rejected: 0, dropped: 0 });
  });

  it('dead letters, status, watch and resume work without what came later', async () => {
    const subject = await OutboxSubject.create();
    const letter = { payload: payload('bad'), reason: 'bad_request', detail: 'HTTP 400' };
    const address = { v: 1, tenant: subject.tenant, destination: METRICS_DESTINATION, signal: 'metrics' as const };
    await subject.rpc.addDeadLetter({ ...address, ...letter });
    await subject.rpc.watch({ v: 1 });
    await subject.rpc.resume({ v: 1 });
    const known = ['destination', 'signal', 'state', 'payloads', 'bytes', 'items', 'oldestAtMs', 'attempts'];
    const status = await subject.rpc.status({ v: 1 });
    for (const field of [...known, 'nextAttemptAtMs', 'lastError', 'deadLetters', 'ledger']) {
      expect(status).toHaveProperty(field);
    }
    expect(status).toMatchObject({ deadLetters: 1, state: 'idle' });
  });
});

describe('a Worker of today and an object of the first version', () => {
  /** Answers as the first version did, to the fields that it knew. */
  class FirstOutbox {
    readonly taken: string[] = [];

    get env(): Env {
      const stub = {
        enqueue: async (request: { tenant: string; signal: string; payloads: Payload[] }) => {
          this.taken.push(...request.payloads.map(({ body }) => String.fromCharCode(...body)));
          return { v: 1, kind: 'committed' };
        },
        addDeadLetter: async () => undefined,
      };
      const OUTBOX = { idFromName: (name: string) => name, get: () => stub };
      return { ...(env as unknown as Env), OUTBOX: OUTBOX as unknown as Env['OUTBOX'] };
    }
  }

  const contextOf = (old: FirstOutbox, backlog = new BacklogView()): DeliveryContext => ({
    env: old.env,
    ctx: {} as ExecutionContext,
    tenant: 'acme',
    admission: { backlog } as DeliveryContext['admission'],
    comesAgain: false,
    error: () => undefined,
  });

  it('spills to it, acknowledges without a wait, and remembers the backlog', async () => {
    const old = new FirstOutbox();
    const context = contextOf(old);
    destinations.answer = answering(503);
    const jobs = [{ destination: testDestination(), payloads: [payload('a'), payload('b')] }];
    expect(await deliver(context, jobs)).toMatchObject({ queued: 4, delivered: 0 });
    expect(old.taken).toEqual(['a', 'b']);
    destinations.received.length = 0;
    // It does not know how to decline: what follows queues, as it did then.
    expect(await deliver(context, jobs)).toMatchObject({ queued: 4 });
    expect(destinations.received).toEqual([]);
  });
});

describe('a hub of the first version', () => {
  it('grants leases without what came later', async () => {
    const grant = { v: 1, validMs: 5000, pipelineVersion: 3, backlog: ['a'], granted: {}, duplicate: false };
    const TENANT_HUB = { idFromName: (name: string) => name, get: () => ({ lease: async () => grant }) };
    const old = { ...(env as unknown as Env), TENANT_HUB: TENANT_HUB as unknown as Env['TENANT_HUB'] };
    const admitted = await admit(old, `t-${crypto.randomUUID()}`, []);
    expect(admitted).toMatchObject({
      ok: true,
      value: { pipeline: { isDefault: false, version: 3, secretsVersion: 0 }, duplicate: false },
    });
    expect(admitted.ok && admitted.value.backlog.has('a')).toBe(true);
  });

  it('that says nothing to a backlog leaves senders waiting for a whole lease, and no longer', async () => {
    const subject = await OutboxSubject.create();
    expect((await subject.push(1)).status).toBe(204);
    const { TenantHub } = await import('../hub/tenant-hub.ts');
    vi.spyOn(TenantHub.prototype, 'noteBacklog').mockResolvedValue(undefined as never);
    const request = {
      v: 3,
      tenant: subject.tenant,
      destination: METRICS_DESTINATION,
      signal: 'metrics' as const,
      payloads: [payload('a')],
      cause: { reason: 'service_unavailable', detail: 'HTTP 503', waitMs: 60_000, paused: false },
    };
    const answer = await subject.rpc.enqueue(request);
    expect(answer).toMatchObject({ kind: 'committed' });
    const unawareMs = answer.kind === 'committed' ? (answer.unawareMs ?? 0) : 0;
    expect(unawareMs).toBeGreaterThan(4000);
    expect(unawareMs).toBeLessThanOrEqual(5000);
  });
});

describe('storage of the first version', () => {
  /** The object's tables are replaced by what the first version had left, then it wakes as if from a long sleep. */
  async function wakeOldStorage(subject: OutboxSubject): Promise<void> {
    const large = new Uint8Array(3_000_000).fill(7);
    const small = Uint8Array.from([1, 2, 3]).buffer;
    await runInDurableObject(subject.stub, async (_, { storage }) => {
      await storage.deleteAll();
      storage.sql.exec(VERSION_1_TABLES);
      const nowMs = Date.now();
      const [first, rest, second, letter] = VERSION_1_ROWS;
      storage.sql.exec(first, nowMs, large.slice(0, 1_900_000).buffer);
      storage.sql.exec(rest, large.slice(1_900_000).buffer);
      storage.sql.exec(second, nowMs, small);
      storage.sql.exec(letter, nowMs, small);
      const address = { tenant: subject.tenant, destination: METRICS_DESTINATION, signal: 'metrics' };
      storage.sql.exec(`INSERT INTO settings VALUES ('address', ?)`, JSON.stringify(address));
    });
    await evictDurableObject(subject.stub);
  }

  it('is migrated when the object wakes, and keeps its ledger, its wait, its letters and every byte', async () => {
    const subject = await OutboxSubject.create();
    await subject.details();
    await wakeOldStorage(subject);
    const details = await subject.details();
    checkOutboxLedger(details);
    expect(details).toMatchObject({
      payloads: 2,
      bytes: 3_000_003,
      attempts: 3,
      deadLetters: 1,
      lastError: { reason: 'service_unavailable' },
      ledger: { accepted: 52, queued: 7, delivered: 40, rejected: 3, dropped: 2 },
    });
    await subject.drain();
    const bodies = destinations.received.map(({ body }) => [body.length, body.every((byte) => byte === 7)]);
    expect(bodies).toEqual([
      [3_000_000, true],
      [3, false],
    ]);
    expect(destinations.received[1]!.headers.get('x-scope-orgid')).toBe('team-a');
    expect((await subject.details()).ledger).toMatchObject({ delivered: 47, queued: 0 });
    expect(await subject.rpc.replay({ v: 3 })).toMatchObject({ replayed: 1 });
    expect((await subject.drained()).ledger).toMatchObject({ accepted: 55, delivered: 50 });
  });

  it('goes on with the sequence numbers where the first version stopped', async () => {
    const subject = await OutboxSubject.create();
    await subject.details();
    await wakeOldStorage(subject);
    destinations.answer = answering(503);
    await subject.push(1);
    await subject.push(2);
    const sequences = await runInDurableObject(subject.stub, (_, { storage }) =>
      storage.sql.exec<{ sequence: number }>('SELECT sequence FROM payloads ORDER BY sequence').toArray(),
    );
    expect(sequences.map(({ sequence }) => sequence).slice(0, 3)).toEqual([8, 9, 10]);
    await subject.rpc.purge({ v: 3, enqueuedBeforeMs: Date.now() + 1000 });
  });

  it('of a later version stays as it is when the code is rolled back, and works', async () => {
    const subject = await OutboxSubject.create();
    await subject.details();
    await runInDurableObject(subject.stub, (_, { storage }) => {
      storage.sql.exec('UPDATE schema_version SET version = 99');
      storage.sql.exec('ALTER TABLE payloads ADD COLUMN of_the_future TEXT');
    });
    await evictDurableObject(subject.stub);
    destinations.answer = answering(503);
    expect((await subject.push(1)).status).toBe(204);
    destinations.answer = answering(204);
    destinations.received.length = 0;
    await subject.drain();
    expect(sampleValues(destinations.received)).toEqual([1]);
  });
});
