import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryQueue } from './memory-queue.ts';
import type { QueueAction, QueueFixture } from './queue.cases.ts';
import { compareWithReference, queueCases } from './queue.cases.ts';

const memory: QueueFixture = { open: (limits) => new MemoryQueue(limits) };

describe('the in-memory reference queue', () => {
  for (const { name, run } of queueCases(memory)) it(name, run);

  it('keeps the ledger exact whatever happens', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), bytes: fc.nat(20), items: fc.nat(9) }),
      fc.record({ kind: fc.constant('acknowledge' as const), count: fc.nat(3) }),
      fc.record({ kind: fc.constant('reject' as const), reason: fc.constantFrom('bad_request', 'expired') }),
    );
    const apply = (queue: MemoryQueue, step: QueueAction) => {
      const [head] = queue.peek(0);
      if (step.kind === 'append') {
        queue.append(
          { signal: 'logs', contentType: '', contentEncoding: '', body: new Uint8Array(step.bytes), items: step.items },
          1,
        );
      } else if (step.kind === 'acknowledge' && head !== undefined) queue.acknowledge(head.sequence + step.count);
      else if (step.kind === 'reject' && head !== undefined) queue.reject(head.sequence, step.reason, '');
    };
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const queue = new MemoryQueue({ maxBytes: 50, maxDeadLetters: 2 });
        for (const step of actions) apply(queue, step);
        const { accepted, queued, delivered, rejected, dropped } = queue.ledger();
        expect(queued + delivered + rejected + dropped).toBe(accepted);
        expect(queued).toBe(queue.depth().items);
      }),
    );
  });
});

describe('the table of queue cases', () => {
  /** Breaks one rule each; a table that lets one pass would prove nothing about the real queues. */
  const broken: Record<string, QueueFixture> = {
    'peeks at everything': { open: (l) => override(new MemoryQueue(l), (q) => ({ peek: () => q.peek(1e9) })) },
    'ignores the quota': { open: () => new MemoryQueue({ maxBytes: 1e9, maxDeadLetters: 3 }) },
    'keeps every dead letter': { open: (l) => new MemoryQueue({ ...l, maxDeadLetters: 1e9 }) },
    'loses rejected payloads': { open: (l) => override(new MemoryQueue(l), () => ({ deadLetters: () => [] })) },
    'forgets parts': {
      open: (l) =>
        override(new MemoryQueue(l), (q) => ({ reject: (s: number, r: string, d: string) => q.reject(s, r, d) })),
    },
  };
  function override(queue: MemoryQueue, change: (queue: MemoryQueue) => object): MemoryQueue {
    const bound = new Proxy(queue, {
      get: (target, key) => {
        const value = Reflect.get(changes, key) ?? Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const changes = change(queue);
    return bound;
  }

  it.each(Object.keys(broken))('finds a queue that %s', async (name) => {
    const results = await Promise.allSettled(queueCases(broken[name]).map((one) => one.run()));
    expect(results.some((result) => result.status === 'rejected')).toBe(true);
  });

  it('finds, as a model, a queue that acknowledges too much', async () => {
    const greedy: QueueFixture = {
      open: (l) => override(new MemoryQueue(l), (q) => ({ acknowledge: (s: number) => q.acknowledge(s + 1) })),
    };
    const actions: QueueAction[] = [
      { kind: 'append', bytes: 1, items: 1 },
      { kind: 'append', bytes: 1, items: 1 },
      { kind: 'acknowledge', count: 1 },
    ];
    await expect(compareWithReference(greedy, { maxBytes: 100, maxDeadLetters: 1 }, actions)).rejects.toThrow(
      /expected/,
    );
    await compareWithReference(memory, { maxBytes: 100, maxDeadLetters: 1 }, actions);
  });
});
