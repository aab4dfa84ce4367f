/**
 * What every DeliveryQueue must do, as one table that needs no test framework: the spool's tests run it on Node, the
 * outbox's inside workerd. `compareWithReference` is the other half: any sequence of actions, after each of which the
 * implementation must look like `MemoryQueue`.
 *
 *   for (const { name, run } of queueCases(fixture)) it(name, run);
 */
import type { Payload } from './destination.ts';
import type { AppendResult, DeadLetter, QueueLedger, QueueLimits } from './memory-queue.ts';
import { MemoryQueue } from './memory-queue.ts';
import type { DeliveryQueue, QueuedPayload } from './queue.ts';

type Awaitable<T> = T | Promise<T>;

/** A queue with the side of it that implementations shape as they like, brought into one form by their fixture. */
export interface QueueUnderTest extends DeliveryQueue {
  append(payload: Payload, nowMs: number): Awaitable<AppendResult>;
  deadLetters(): Awaitable<readonly DeadLetter[]>;
  ledger(): Awaitable<QueueLedger>;
}

export interface QueueFixture {
  /** A new, empty queue. */
  open(limits: QueueLimits): Awaitable<QueueUnderTest>;
  /** The same storage after a crash: whatever was only in memory is gone. Absent for queues without storage. */
  reopen?(queue: QueueUnderTest): Awaitable<QueueUnderTest>;
}

export interface QueueCase {
  readonly name: string;
  run(): Promise<void>;
}

const roomy: QueueLimits = { maxBytes: 10_000, maxDeadLetters: 3 };

export function testPayload(text: string, items = 1): Payload {
  const body = Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);
  return { signal: 'logs', contentType: 'application/x-protobuf', contentEncoding: '', body, items };
}

export function queueCases(fixture: QueueFixture): readonly QueueCase[] {
  const on = (limits: QueueLimits, name: string, check: (queue: QueueUnderTest) => Promise<void>): QueueCase => ({
    name,
    run: async () => check(await fixture.open(limits)),
  });
  const cases = [
    on(roomy, 'an empty queue has no head and no depth', async (queue) => {
      same(await bodies(queue, 100), []);
      same(queue.depth(), { payloads: 0, bytes: 0, items: 0 });
    }),
    on(roomy, 'payloads come out in the order they went in, with every field as it was', async (queue) => {
      const payload: Payload = {
        ...testPayload('\u0000\u00ffbytes', 7),
        contentEncoding: 'snappy',
        tenantId: 'team-a',
        path: '/ingest?name=a%7B%7D&format=lines',
      };
      await queue.append(payload, 1000);
      await queue.append(testPayload('second'), 2000);
      const [first, second] = await queue.peek(100);
      same(plain(first), { ...plain(payload), sequence: first?.sequence, enqueuedAtMs: 1000 });
      same(text(second), 'second');
      same(second?.tenantId, undefined);
      if ((second?.sequence ?? 0) !== (first?.sequence ?? 0) + 1) fail('sequences must grow by one');
    }),
    on(roomy, 'peeking gives at least one payload and no more bytes than asked beyond it', async (queue) => {
      for (const body of ['aaaaaaaaaa', 'bbbb', 'cccc', 'dddd']) await queue.append(testPayload(body), 1);
      same(await bodies(queue, 0), ['aaaaaaaaaa']);
      same(await bodies(queue, 8), ['aaaaaaaaaa', 'bbbb', 'cccc']);
      same(await bodies(queue, 11), ['aaaaaaaaaa', 'bbbb', 'cccc']);
    }),
    on(roomy, 'peeking takes nothing away', async (queue) => {
      await queue.append(testPayload('one'), 1);
      same(await bodies(queue, 100), ['one']);
      same(await bodies(queue, 100), ['one']);
    }),
    on(roomy, 'acknowledging removes everything up to that sequence and counts it as delivered', async (queue) => {
      for (const body of ['a', 'b', 'c']) await queue.append(testPayload(body, 2), 1);
      const waiting = await queue.peek(100);
      await queue.acknowledge(waiting[1].sequence);
      same(await bodies(queue, 100), ['c']);
      same(await queue.ledger(), { accepted: 6, queued: 2, delivered: 4, rejected: 0, dropped: 0 });
    }),
    on(roomy, 'acknowledging what is already gone changes nothing', async (queue) => {
      for (const body of ['a', 'b']) await queue.append(testPayload(body), 1);
      const [first] = await queue.peek(0);
      await queue.acknowledge(first.sequence);
      await queue.acknowledge(first.sequence);
      same(await bodies(queue, 100), ['b']);
      same((await queue.ledger()).delivered, 1);
    }),
    on(roomy, 'a rejected head leaves the queue, is counted, and stays readable with its reason', async (queue) => {
      for (const body of ['bad', 'good']) await queue.append(testPayload(body, 3), 1);
      const [head] = await queue.peek(0);
      await queue.reject(head.sequence, 'bad_request', 'HTTP 400: no');
      same(await bodies(queue, 100), ['good']);
      same(await queue.deadLetters(), [
        { sequence: head.sequence, reason: 'bad_request', detail: 'HTTP 400: no', items: 3 },
      ]);
      same(await queue.ledger(), { accepted: 6, queued: 3, delivered: 0, rejected: 3, dropped: 0 });
    }),
    on(roomy, 'a payload refused in part counts its other items as delivered', async (queue) => {
      await queue.append(testPayload('mixed', 10), 1);
      const [head] = await queue.peek(0);
      await queue.reject(head.sequence, 'payload_too_large', 'HTTP 413', 4);
      same(await queue.ledger(), { accepted: 10, queued: 0, delivered: 6, rejected: 4, dropped: 0 });
    }),
    on(roomy, 'an expired payload counts as dropped', async (queue) => {
      await queue.append(testPayload('old', 5), 1);
      const [head] = await queue.peek(0);
      await queue.reject(head.sequence, 'expired', 'too old');
      same(await queue.ledger(), { accepted: 5, queued: 0, delivered: 0, rejected: 0, dropped: 5 });
    }),
    on(roomy, 'the list of dead letters is bounded and keeps the latest', async (queue) => {
      for (const body of ['a', 'b', 'c', 'd', 'e']) {
        await queue.append(testPayload(body), 1);
        const [head] = await queue.peek(0);
        await queue.reject(head.sequence, `reason_${body}`, '');
      }
      same(
        (await queue.deadLetters()).map((letter) => letter.reason),
        ['reason_c', 'reason_d', 'reason_e'],
      );
      same((await queue.ledger()).rejected, 5);
    }),
    on(
      { maxBytes: 10, maxDeadLetters: 3 },
      'a payload over the quota is refused whole and not counted',
      async (queue) => {
        same(await queue.append(testPayload('123456'), 1), 'accepted');
        same(await queue.append(testPayload('12345'), 2), 'full');
        same(await queue.append(testPayload('1234'), 3), 'accepted');
        same(queue.depth(), { payloads: 2, bytes: 10, items: 2, oldestAtMs: 1 });
        same((await queue.ledger()).accepted, 2);
      },
    ),
    on({ maxBytes: 10, maxDeadLetters: 3 }, 'room comes back when the head has been delivered', async (queue) => {
      await queue.append(testPayload('1234567890'), 1);
      const [head] = await queue.peek(0);
      await queue.acknowledge(head.sequence);
      same(await queue.append(testPayload('0987654321'), 2), 'accepted');
      same(await bodies(queue, 100), ['0987654321']);
    }),
    on(roomy, 'the oldest time is that of the head', async (queue) => {
      await queue.append(testPayload('a'), 100);
      await queue.append(testPayload('b'), 200);
      same(queue.depth().oldestAtMs, 100);
      const [head] = await queue.peek(0);
      await queue.acknowledge(head.sequence);
      same(queue.depth().oldestAtMs, 200);
    }),
    on(roomy, 'a sequence is never used again, not even after the queue was empty', async (queue) => {
      await queue.append(testPayload('a'), 1);
      const [first] = await queue.peek(0);
      await queue.acknowledge(first.sequence);
      await queue.append(testPayload('b'), 2);
      const [second] = await queue.peek(0);
      if (second.sequence <= first.sequence) fail(`sequence ${second.sequence} came after ${first.sequence}`);
    }),
  ];
  return fixture.reopen === undefined ? cases : [...cases, ...durabilityCases(fixture, fixture.reopen.bind(fixture))];
}

function durabilityCases(
  fixture: QueueFixture,
  reopen: (queue: QueueUnderTest) => Awaitable<QueueUnderTest>,
): readonly QueueCase[] {
  return [
    {
      name: 'what was accepted is there after a crash, byte for byte and in order',
      run: async () => {
        let queue = await fixture.open(roomy);
        await queue.append({ ...testPayload('\u0000one\u00ff', 4), tenantId: 't' }, 10);
        await queue.append(testPayload('two', 2), 20);
        const before = (await queue.peek(100)).map(plain);
        queue = await reopen(queue);
        same((await queue.peek(100)).map(plain), before);
        same(queue.depth(), { payloads: 2, bytes: 8, items: 6, oldestAtMs: 10 });
      },
    },
    {
      name: 'what was acknowledged or rejected does not come back after a crash',
      run: async () => {
        let queue = await fixture.open(roomy);
        for (const body of ['a', 'b', 'c']) await queue.append(testPayload(body), 1);
        const [a, b] = await queue.peek(100);
        await queue.acknowledge(a.sequence);
        await queue.reject(b.sequence, 'conflict', '');
        queue = await reopen(queue);
        same(await bodies(queue, 100), ['c']);
        same(
          (await queue.deadLetters()).map((letter) => letter.reason),
          ['conflict'],
        );
      },
    },
    {
      name: 'sequences go on after a crash, even of an empty queue',
      run: async () => {
        let queue = await fixture.open(roomy);
        await queue.append(testPayload('a'), 1);
        const [first] = await queue.peek(0);
        await queue.acknowledge(first.sequence);
        queue = await reopen(queue);
        await queue.append(testPayload('b'), 2);
        const [second] = await queue.peek(0);
        if (second.sequence <= first.sequence) fail(`sequence ${second.sequence} came after ${first.sequence}`);
      },
    },
  ];
}

export type QueueAction =
  | { readonly kind: 'append'; readonly bytes: number; readonly items: number }
  | { readonly kind: 'acknowledge'; readonly count: number }
  | { readonly kind: 'reject'; readonly reason: string; readonly refusedItems?: number }
  | { readonly kind: 'reopen' };

/** Runs the actions on the implementation and on the reference, and throws at the first difference. */
export async function compareWithReference(
  fixture: QueueFixture,
  limits: QueueLimits,
  actions: readonly QueueAction[],
): Promise<void> {
  let queue = await fixture.open(limits);
  const reference = new MemoryQueue(limits);
  for (const [step, action] of actions.entries()) {
    switch (action.kind) {
      case 'append': {
        const payload = testPayload(String.fromCharCode(97 + (step % 26)).repeat(action.bytes), action.items);
        same(await queue.append(payload, step), reference.append(payload, step));
        break;
      }
      case 'acknowledge': {
        await acknowledgeUpTo(queue, action.count);
        await acknowledgeUpTo(reference, action.count);
        break;
      }
      case 'reject': {
        await rejectHead(queue, action);
        await rejectHead(reference, action);
        break;
      }
      case 'reopen':
        queue = (await fixture.reopen?.(queue)) ?? queue;
    }
    same(queue.depth(), reference.depth());
    same(await bodies(queue, limits.maxBytes), await bodies(reference, limits.maxBytes));
    same(await queue.ledger(), reference.ledger());
    same((await queue.deadLetters()).map(withoutSequence), reference.deadLetters().map(withoutSequence));
  }
}

async function acknowledgeUpTo(queue: DeliveryQueue, count: number): Promise<void> {
  const waiting = await queue.peek(Number.MAX_SAFE_INTEGER);
  const last = waiting[Math.min(count, waiting.length) - 1];
  if (last !== undefined) await queue.acknowledge(last.sequence);
}

async function rejectHead(queue: DeliveryQueue, action: Extract<QueueAction, { kind: 'reject' }>): Promise<void> {
  const [head] = await queue.peek(0);
  if (head === undefined) return;
  const refused = action.refusedItems === undefined ? undefined : Math.min(action.refusedItems, head.items);
  await queue.reject(head.sequence, action.reason, 'detail', refused);
}

async function bodies(queue: DeliveryQueue, maxBytes: number): Promise<string[]> {
  return (await queue.peek(maxBytes)).map((payload) => text(payload));
}

function text(payload: Payload | undefined): string {
  return payload === undefined ? '' : String.fromCharCode(...payload.body);
}

function plain(payload: Payload | QueuedPayload | undefined): Record<string, unknown> {
  return payload === undefined ? {} : { ...payload, body: text(payload) };
}

function withoutSequence({ reason, detail, items }: DeadLetter): Omit<DeadLetter, 'sequence'> {
  return { reason, detail, items };
}

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [canonical(actual), canonical(expected)];
  if (a !== b) fail(`expected ${b}, got ${a}`);
}

/** JSON with sorted keys and without undefined fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${key}:${canonical(field)}`)
    .join(',')}}`;
}

function fail(message: string): never {
  throw new Error(message);
}
