/** The parts that keep order over many isolates, each by itself; together they are in test/faults/outbox-ordering.test.ts. */
import { describe, expect, it } from 'vitest';
import { Awareness } from './awareness.ts';
import { BacklogView } from './backlog-view.ts';
import { Belief } from './belief.ts';
import { deliverOrSpill, type Way } from './deliver-or-spill.ts';
import type { Payload } from './destination.ts';
import { LeaseHolders } from './lease-holders.ts';
import { testPayload } from './queue.cases.ts';
import type { Verdict } from './verdict.ts';

describe('what an isolate believes about backlogs', () => {
  it('is the list of its lease, and what it spilled since it asked for that', () => {
    const view = new BacklogView();
    view.install(['a'], 100);
    view.note('b', 150);
    expect([view.has('a'), view.has('b'), view.has('c')]).toEqual([true, true, false]);
    // Asked before the spill, answered after it.
    view.install([], 140);
    expect([view.has('a'), view.has('b')]).toEqual([false, true]);
    view.install([], 160);
    expect(view.has('b')).toBe(false);
  });

  it('is not replaced by the answer to an older question that comes late', () => {
    const view = new BacklogView();
    view.install(['a'], 200);
    view.install([], 150);
    expect(view.has('a')).toBe(true);
  });

  it('goes on after the clock jumped back', () => {
    const view = new BacklogView();
    view.install(['a'], 7_200_000);
    view.install([], 3_600_000);
    expect(view.has('a')).toBe(false);
  });

  it('ends when the outbox itself says that it is empty, but for what came after the question', () => {
    const view = new BacklogView();
    view.install(['a', 'b'], 100);
    view.clear('a', 150);
    expect([view.has('a'), view.has('b')]).toEqual([false, true]);
    view.note('a', 170);
    view.clear('a', 160);
    expect(view.has('a')).toBe(true);
  });
});

describe('what an isolate believes while the hub does not answer', () => {
  it('is nothing, until a list that was asked for so late that outboxes have told the hub', () => {
    const view = new BacklogView();
    view.install([], 100);
    expect(view.isInDoubt).toBe(false);
    view.doubt(10_000);
    // Asked before the question that had no answer, answered after it.
    view.install([], 9_000);
    view.install([], 11_000);
    expect(view.isInDoubt).toBe(true);
    view.install([], 19_000);
    expect(view.isInDoubt).toBe(false);
  });

  it('is not in doubt for ever where the clock jumped back', () => {
    const view = new BacklogView();
    view.doubt(7_200_000);
    view.install([], 3_600_000);
    expect(view.isInDoubt).toBe(false);
  });
});

describe('how long isolates may not know of a backlog', () => {
  it('is a whole lease until the hub says it, and then what it says', () => {
    const awareness = new Awareness(5000);
    expect(awareness.unawareMs(1000)).toBe(0);
    awareness.began(1000);
    expect([awareness.unawareMs(1000), awareness.unawareMs(4000), awareness.unawareMs(7000)]).toEqual([5000, 2000, 0]);
    awareness.told(500, 2000);
    expect(awareness.unawareMs(2000)).toBe(500);
    awareness.told(undefined, 3000);
    expect(awareness.unawareMs(3000)).toBe(5000);
  });

  it('is never more than a lease, whatever the clock does', () => {
    const awareness = new Awareness(5000);
    awareness.began(3_600_000);
    expect(awareness.unawareMs(1000)).toBe(5000);
  });
});

describe('who may hold a lease that is older than a backlog', () => {
  it('is every isolate but the one that spilled, for the rest of its lease', () => {
    const holders = new LeaseHolders(5000);
    holders.granted('mine', 1000);
    expect(holders.othersLiveMs('mine', 2000)).toBe(0);
    expect(holders.othersLiveMs(undefined, 2000)).toBe(4000);
    holders.granted('other', 1500);
    expect(holders.othersLiveMs('mine', 2000)).toBe(4500);
    expect(holders.othersLiveMs('mine', 7000)).toBe(0);
  });

  it('is never awaited for longer than a lease, whatever the clock does', () => {
    const holders = new LeaseHolders(5000);
    holders.granted('other', 3_600_000);
    expect(holders.othersLiveMs('mine', 1000)).toBe(5000);
  });
});

describe('what the hub believes of an outbox', () => {
  /** A hub whose answers come when the test says so. */
  class SlowHub {
    readonly said: boolean[] = [];
    readonly answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
    readonly belief = new Belief(false, ({ active }) => {
      this.said.push(active);
      return new Promise((resolve, reject) => this.answers.push({ resolve, reject }));
    });

    async answer(how: 'resolve' | 'reject' = 'resolve'): Promise<void> {
      const next = this.answers.shift();
      if (how === 'resolve') next?.resolve();
      else next?.reject(new Error('no answer'));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  it('is corrected in turn: the last message says what is true then', async () => {
    const hub = new SlowHub();
    let active = true;
    const first = hub.belief.correct(() => active);
    await Promise.resolve();
    active = false;
    const second = hub.belief.correct(() => active);
    active = true;
    await hub.answer();
    await Promise.all([first, second]);
    expect(hub.said).toEqual([true]);
    expect(hub.belief.believed).toBe(true);
  });

  it('is said once for all who wait while a message is under way', async () => {
    const hub = new SlowHub();
    const first = hub.belief.correct(() => true);
    await Promise.resolve();
    const waiting = Array.from({ length: 50 }, () => hub.belief.correct(() => false));
    await hub.answer();
    await first;
    await hub.answer();
    await Promise.all(waiting);
    expect(hub.said).toEqual([true, false]);
  });

  it('is unknown after a message that was not answered, and said again', async () => {
    const hub = new SlowHub();
    const lost = hub.belief.correct(() => true);
    await Promise.resolve();
    await hub.answer('reject');
    await lost;
    expect(hub.belief.believed).toBeUndefined();
    const again = hub.belief.correct(() => false);
    await new Promise((resolve) => setTimeout(resolve));
    await hub.answer();
    await again;
    expect(hub.said).toEqual([true, false]);
  });
});

describe('the payloads of one push', () => {
  const failed: Verdict = { kind: 'retry', reason: 'service_unavailable', detail: 'HTTP 503', status: 503 };
  const refused: Verdict = { kind: 'reject', reason: 'bad_request', detail: 'HTTP 400', status: 400 };

  async function deliver(answers: readonly Verdict[], backlog: readonly boolean[] = [], declines = false) {
    const log: string[] = [];
    const name = ({ body }: Payload) => String.fromCharCode(...body);
    const left = [...answers];
    const looks = [...backlog];
    const way: Way = {
      hasBacklog: () => looks.shift() ?? false,
      send: async (payload) => {
        log.push(`send ${name(payload)}`);
        return left.shift() ?? { kind: 'delivered' };
      },
      spill: async (payloads, cause) => {
        const kind = cause === undefined && declines ? 'declined' : 'done';
        log.push(`${kind === 'done' ? 'spill' : 'declined'} ${payloads.map(name).join('')}`);
        return kind;
      },
      delivered: (payload) => log.push(`delivered ${name(payload)}`),
      refused: async (payload) => {
        log.push(`refused ${name(payload)}`);
      },
    };
    await deliverOrSpill(
      ['a', 'b', 'c'].map((text) => testPayload(text)),
      way,
    );
    return log;
  }

  it('follow the first of them that had to be spilled', async () => {
    expect(await deliver([{ kind: 'delivered' }, failed])).toEqual(['send a', 'delivered a', 'send b', 'spill bc']);
  });

  it('go on after one that was refused for good', async () => {
    const log = await deliver([refused]);
    expect(log).toEqual(['send a', 'refused a', 'send b', 'delivered b', 'send c', 'delivered c']);
  });

  it('queue behind a backlog, or are sent where the outbox says that there is none any more', async () => {
    expect(await deliver([], [false, true])).toEqual(['send a', 'delivered a', 'spill bc']);
    expect(await deliver([], [true], true)).toEqual([
      'declined abc',
      ...['send a', 'delivered a', 'send b', 'delivered b', 'send c', 'delivered c'],
    ]);
  });
});
