import { env, runInDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../core/pipeline/signals.ts';
import { modelRuns } from '../testing/fault-runs.ts';
import { type OutboxAction, runModel } from './outbox-model.fixture.ts';
import { migrateOutbox } from './schema.ts';

const RUNS_AT_A_TIME = 100;

const answer = fc.oneof(
  { weight: 6, arbitrary: fc.constant('delivered' as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('retry', 'retry_after', 'split', 'pause', 'reject', 'reject', 'partial'),
  },
);

const action: fc.Arbitrary<OutboxAction> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('enqueue' as const),
      lengths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
      spilled: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('drain' as const),
      answers: fc.array(answer, { minLength: 1, maxLength: 8 }),
      crash: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      byMs: fc.constantFrom(1, 1000, 5000, 60_000, 1_000_000, 4_000_000, -60_000, -7_200_000),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'crash' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const), held: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'resume' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('purge' as const), olderThanMs: fc.constantFrom(-1, 0, 2000, 100_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('replay' as const), letter: fc.option(fc.nat(2), { nil: undefined }) }),
  },
);

const run = fc.record({
  signal: fc.constantFrom<Signal>('metrics', 'traces'),
  actions: fc.array(action, { maxLength: 30 }),
});

function inStorage(use: (storage: DurableObjectStorage) => Promise<void>): Promise<void> {
  const stub = env.OUTBOX.get(env.OUTBOX.newUniqueId());
  return runInDurableObject(stub, (_, { storage }) => use(storage)) as Promise<void>;
}

/** As a new object has it; quicker than a new one. */
function wipe({ sql }: DurableObjectStorage): void {
  for (const table of ['payloads', 'parts', 'dead_letters', 'settings', 'history', 'ledger'])
    sql.exec(`DELETE FROM ${table}`);
  sql.exec('INSERT INTO ledger (id, last_sequence, delivered, rejected, dropped) VALUES (1, 0, 0, 0, 0)');
}

describe('F22: the outbox beside its reference', () => {
  it('F22: looks the same after any sequence of pushes, drains, crashes, clock jumps and operators', async () => {
    const { numRuns, seed } = modelRuns(500, 10_000);
    for (let done = 0; done < numRuns; done += RUNS_AT_A_TIME) {
      await inStorage(async (storage) => {
        migrateOutbox(storage);
        const property = fc.asyncProperty(run, async ({ signal, actions }) => {
          wipe(storage);
          await runModel(storage, signal, actions);
        });
        await fc.assert(property, { numRuns: RUNS_AT_A_TIME, seed: seed + done });
      });
      if (numRuns > 500 && done % 1000 === 0) console.log(`F22: ${done} of ${numRuns} runs`);
    }
  }, 900_000);

  /** Sequences that once failed. */
  const past: readonly { readonly name: string; readonly signal: Signal; readonly actions: readonly OutboxAction[] }[] =
    [
      {
        name: 'one letter replayed from the middle costs none of its neighbours when the next comes',
        signal: 'metrics',
        actions: [
          { kind: 'enqueue', lengths: [1, 1, 1, 1], spilled: false },
          { kind: 'drain', answers: ['reject', 'reject', 'reject', 'reject'], crash: false },
          { kind: 'replay', letter: 1 },
          { kind: 'drain', answers: ['reject', 'reject'], crash: false },
        ],
      },
    ];

  it.each(past)('F22: $name', async ({ signal, actions }) => {
    await inStorage(async (storage) => {
      migrateOutbox(storage);
      await expect(runModel(storage, signal, actions)).resolves.toBeUndefined();
    });
  });
});
