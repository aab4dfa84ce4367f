/**
 * Objects sleep through deploys for months: storage of every earlier version migrates when its object wakes, and nothing in
 * it is lost. Versions are append-only; the sums below are of those that were released, and a new one adds its own.
 */
import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../core/bytes/sha256.ts';
import { checkOutboxLedger } from '../../test/support/ledger.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_SCHEMA } from '../hub/schema.ts';
import { OUTBOX_SCHEMA } from '../outbox/schema.ts';
import { FakeDestinations, METRICS_DESTINATION } from '../testing/gateway.ts';
import { OutboxSubject } from '../testing/outbox.ts';
import { migrate } from './migrate.ts';

const RELEASED = {
  hub: ['bf02d6be8a89c7bb', '78dfa5b56d2065ec', 'a4d7384bef0af7f8', 'a4cae714551057c5'],
  outbox: ['00a55454686696eb', '3a0a94abb6fa00ea', '8ddef49b01048127'],
};

const sums = (versions: readonly string[]) => versions.map((text) => sha256Hex(text).slice(0, 16));

it('no version that was released has changed', () => {
  expect({ hub: sums(HUB_SCHEMA), outbox: sums(OUTBOX_SCHEMA) }).toEqual(RELEASED);
});

const numbered = (versions: readonly string[]) => versions.map((_, index) => ({ version: index + 1 }));

describe.each(numbered(OUTBOX_SCHEMA))('an outbox of version $version', ({ version }) => {
  let destinations: FakeDestinations;
  beforeEach(() => {
    destinations = new FakeDestinations().install();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('keeps its ledger, its wait, its letters and every byte, and drains them', async () => {
    const subject = await OutboxSubject.create();
    await subject.details();
    await runInDurableObject(subject.stub, async (_, { storage }) => {
      await storage.deleteAll();
      migrate(storage, OUTBOX_SCHEMA.slice(0, version));
      const nowMs = Date.now();
      const body = Uint8Array.from([1, 2, 3]).buffer;
      const { sql } = storage;
      sql.exec('UPDATE ledger SET last_sequence = 7, delivered = 40, rejected = 3, dropped = 2');
      sql.exec(
        `INSERT INTO payloads (sequence, enqueued_at_ms, bytes, items, signal, content_type, content_encoding, tenant_id, body)
           VALUES (8, ?1, 3, 5, 'metrics', 'application/x-protobuf', 'snappy', 'team-a', ?2)`,
        nowMs,
        body,
      );
      sql.exec(
        `INSERT INTO dead_letters
           (id, sequence, at_ms, reason, detail, items, bytes, signal, content_type, content_encoding, body)
           VALUES (4, 7, ?1, 'bad_request', 'HTTP 400', 3, 3, 'metrics', 'application/x-protobuf', 'snappy', ?2)`,
        nowMs,
        body,
      );
      const lastError = { reason: 'service_unavailable', detail: 'HTTP 503', status: 503, atMs: nowMs };
      const drain = { attempts: 3, nextAttemptAtMs: nowMs + 60_000, lastError };
      const address = { tenant: subject.tenant, destination: METRICS_DESTINATION, signal: 'metrics' };
      for (const [key, value] of Object.entries({ drain, address, announced: true, known: true }))
        sql.exec('INSERT INTO settings VALUES (?, ?)', key, JSON.stringify(value));
    });
    await evictDurableObject(subject.stub);
    const details = await subject.details();
    checkOutboxLedger(details);
    expect(details).toMatchObject({
      payloads: 1,
      bytes: 3,
      attempts: 3,
      deadLetters: 1,
      lastError: { reason: 'service_unavailable' },
      ledger: { accepted: 50, queued: 5, delivered: 40, rejected: 3, dropped: 2 },
    });
    expect((await subject.drain()).ledger).toMatchObject({ accepted: 50, queued: 0, delivered: 45 });
    expect(destinations.received.map(({ body, headers }) => [body.length, headers.get('x-scope-orgid')])).toEqual([
      [3, 'team-a'],
    ]);
  });
});

describe.each(numbered(HUB_SCHEMA))('a hub of version $version', ({ version }) => {
  it('shows the numbers, clients and errors that it had', async () => {
    const tenant = `t-${crypto.randomUUID()}`;
    const hub = () => tenantHub(env as never, tenant);
    const stub = env.TENANT_HUB.get(env.TENANT_HUB.idFromName(tenant));
    await hub().overview({ v: 1 });
    await runInDurableObject(stub, async (_, { storage }) => {
      await storage.deleteAll();
      // From the third version on these tables are not written any more: what they held went into the snapshot.
      const tables = Math.min(version, 2);
      migrate(storage, HUB_SCHEMA.slice(0, tables));
      const { sql } = storage;
      sql.exec(`INSERT INTO totals VALUES ('metrics', 100, 1, 2, 3, 4)`);
      sql.exec(
        `INSERT INTO agents (id, kind, last_seen_at_ms, user_agent, token_name) VALUES ('web-1', 'agent', 5, 'ua', 'token')`,
      );
      sql.exec(`INSERT INTO errors VALUES ('invalid', 'because', 5, 6)`);
      if (tables === 2) sql.exec(`INSERT INTO refusals VALUES ('batch', 'unauthorized', 7)`);
      migrate(storage, HUB_SCHEMA.slice(0, version));
    });
    await evictDurableObject(stub);
    const overview = await hub().overview({ v: 1 });
    expect(overview).toMatchObject({
      signals: {
        metrics: { acceptedTotal: 100, rejectedTotal: 1, droppedTotal: 2, deliveredTotal: 3, queuedTotal: 4 },
      },
      agents: [{ id: 'web-1', kind: 'agent', lastSeenAtMs: 5, userAgent: 'ua', tokenName: 'token' }],
      errors: [{ reason: 'invalid', message: 'because', atMs: 5, count: 6 }],
      refusals: version === 1 ? [] : [{ signal: 'batch', reason: 'unauthorized', pushes: 7 }],
    });
    const schema = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec<{ version: number }>('SELECT version FROM schema_version').one(),
    );
    expect(schema).toEqual({ version: HUB_SCHEMA.length });
  });
});
