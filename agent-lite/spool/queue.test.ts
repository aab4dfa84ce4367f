import fc from 'fast-check';
import { afterEach, describe, it } from 'vitest';
import type { Payload } from '../../core/delivery/destination.ts';
import type { QueueLimits } from '../../core/delivery/memory-queue.ts';
import {
  compareWithReference,
  type QueueFixture,
  type QueueUnderTest,
  queueCases,
} from '../../core/delivery/queue.cases.ts';
import type { Spool } from './spool.ts';
import { SpoolFullError } from './spool-types.ts';
import { CountingObserver, openSpool } from './testing.ts';

/** The spool as the shared table wants it: with a ledger, and the time given with each append. */
interface SpoolUnderTest extends QueueUnderTest {
  readonly spool: Spool;
  readonly limits: QueueLimits;
  readonly folder: string;
  readonly observer: CountingObserver;
  accepted: number;
  now: number;
}

async function open(limits: QueueLimits, from?: SpoolUnderTest): Promise<SpoolUnderTest> {
  let now = from?.now ?? 0;
  const { spool, folder, observer } = await openSpool({
    ...limits,
    nowMs: () => now,
    segmentBytes: 400,
    observer: from?.observer ?? new CountingObserver(),
    ...(from === undefined ? {} : { folder: from.folder }),
  });
  const queue: SpoolUnderTest = {
    spool,
    limits,
    folder,
    observer,
    accepted: from?.accepted ?? 0,
    now,
    async append(payload: Payload, nowMs: number) {
      queue.now = now = nowMs;
      try {
        await spool.append([payload], [], 'refuse');
        queue.accepted += payload.items;
        return 'accepted';
      } catch (error) {
        if (error instanceof SpoolFullError) return 'full';
        throw error;
      }
    },
    peek: (maxBytes) => spool.peek(maxBytes),
    acknowledge: (sequence) => spool.acknowledge(sequence),
    reject: (sequence, reason, detail, refused) => spool.reject(sequence, reason, detail, refused),
    depth: () => spool.depth(),
    deadLetters: async () => (await spool.deadLetters()).map(({ atMs: _, ...letter }) => letter),
    ledger: () => ({
      accepted: queue.accepted,
      queued: spool.depth().items,
      delivered: observer.sum('delivered'),
      rejected: observer.sum('rejected'),
      dropped: observer.sum('dropped'),
    }),
  };
  opened.push(queue);
  return queue;
}

const fixture: QueueFixture = {
  open: (limits) => open(limits),
  reopen: async (queue) => {
    const old = queue as SpoolUnderTest;
    await old.spool.close();
    return open(old.limits, old);
  },
};

const opened: SpoolUnderTest[] = [];
afterEach(async () => {
  for (const { spool } of opened.splice(0)) await spool.close();
});

describe('the spool as a delivery queue', () => {
  for (const { name, run } of queueCases(fixture)) it(name, run);

  it('looks like the reference queue after any sequence of actions, reopening included', async () => {
    const action = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('append' as const),
          bytes: fc.nat(200),
          items: fc.integer({ min: 1, max: 9 }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), count: fc.nat(4) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('reject' as const),
          reason: fc.constantFrom('bad_request', 'expired'),
        }),
      },
      { weight: 2, arbitrary: fc.constant({ kind: 'reopen' as const }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), (actions) =>
        compareWithReference(fixture, { maxBytes: 1500, maxDeadLetters: 3 }, actions),
      ),
      { numRuns: 60 },
    );
  });
});
