import { env, runInDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeadLetter, QueueLimits } from '../../core/delivery/memory-queue.ts';
import {
  compareWithReference,
  type QueueAction,
  type QueueFixture,
  queueCases,
  testPayload,
} from '../../core/delivery/queue.cases.ts';
import { MAX_ROW_BYTES } from './rows.ts';
import { migrateOutbox } from './schema.ts';
import { SqliteQueue } from './sqlite-queue.ts';

/** The table of cases compares dead letters field by field. */
class PlainQueue extends SqliteQueue {
  deadLetters(): DeadLetter[] {
    return this.letters.list().map(({ sequence, reason, detail, items }) => ({ sequence, reason, detail, items }));
  }
}

/** Queues in the storage of one object; "after a crash" is a new queue over the same storage. */
function fixtureIn(storage: DurableObjectStorage): QueueFixture {
  let opened: QueueLimits;
  const queue = () => new PlainQueue(storage, opened, () => 0);
  return {
    async open(limits) {
      opened = limits;
      await storage.deleteAll();
      migrateOutbox(storage);
      return queue();
    },
    reopen: () => queue(),
  };
}

function inStorage<T>(run: (storage: DurableObjectStorage) => Promise<T>): Promise<T> {
  const stub = env.OUTBOX.get(env.OUTBOX.newUniqueId());
  return runInDurableObject(stub, (_, state) => run(state.storage)) as Promise<T>;
}

const unbound: QueueFixture = {
  open: () => {
    throw new Error('only names are read');
  },
  reopen: (queue) => queue,
};

describe('sqlite queue', () => {
  for (const { name } of queueCases(unbound)) {
    it(name, async () => {
      await inStorage(async (storage) => {
        await queueCases(fixtureIn(storage))
          .find((found) => found.name === name)
          ?.run();
      });
    });
  }

  it('looks like the reference after any sequence of appends, acknowledgements, rejections and crashes', async () => {
    const action: fc.Arbitrary<QueueAction> = fc.oneof(
      fc.record({
        kind: fc.constant('append' as const),
        bytes: fc.integer({ min: 1, max: 40 }),
        items: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({ kind: fc.constant('acknowledge' as const), count: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('reject' as const), reason: fc.constantFrom('bad_request', 'expired') }),
      fc.record({
        kind: fc.constant('reject' as const),
        reason: fc.constant('payload_too_large'),
        refusedItems: fc.integer({ min: 0, max: 5 }),
      }),
      fc.constant({ kind: 'reopen' as const }),
    );
    await inStorage(async (storage) => {
      const fixture = fixtureIn(storage);
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 40 }), (actions) =>
          compareWithReference(fixture, { maxBytes: 200, maxDeadLetters: 3 }, actions),
        ),
        { numRuns: 60 },
      );
    });
  });

  it.each([MAX_ROW_BYTES - 1, MAX_ROW_BYTES, MAX_ROW_BYTES + 1, 2 * MAX_ROW_BYTES, 5_000_001])(
    'keeps a body of %i bytes in rows that the platform takes and gives it back byte for byte',
    async (size) => {
      await inStorage(async (storage) => {
        const limits = { maxBytes: 10_000_000, maxDeadLetters: 3 };
        const queue = await fixtureIn(storage).open(limits);
        const body = new Uint8Array(size);
        for (let i = 0; i < size; i += 997) body[i] = i % 251;
        await queue.append({ ...testPayload('x'), body }, 1);
        const largest = storage.sql
          .exec<{ size: number }>(
            'SELECT max(length(body)) AS size FROM (SELECT body FROM payloads UNION ALL SELECT body FROM parts)',
          )
          .one();
        expect(largest.size).toBeLessThanOrEqual(MAX_ROW_BYTES);
        const [head] = await new SqliteQueue(storage, limits, () => 0).peek(0);
        expect(head?.body.byteLength).toBe(size);
        expect(await digest(head!.body)).toEqual(await digest(body));
        await queue.acknowledge(head!.sequence);
        expect(storage.sql.exec('SELECT * FROM parts').toArray()).toEqual([]);
      });
    },
  );
});

async function digest(bytes: Uint8Array): Promise<number[]> {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))];
}
