import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testDestination } from './destination.fixture.ts';
import type { Payload } from './destination.ts';
import type { DrainState } from './drain.ts';
import { drainStep, idleDrainState, pausedProbeMs, resumeDrain } from './drain.ts';
import { MemoryQueue } from './memory-queue.ts';
import { testPayload } from './queue.cases.ts';
import { maxRetryAfterMs } from './retry-after.ts';
import type { Verdict } from './verdict.ts';

const delivered: Verdict = { kind: 'delivered' };
const retry: Verdict = { kind: 'retry', reason: 'service_unavailable', detail: 'HTTP 503', status: 503 };
const pause: Verdict = { kind: 'pause', reason: 'unauthorized', detail: 'HTTP 401', status: 401 };
const reject: Verdict = { kind: 'reject', reason: 'bad_request', detail: 'HTTP 400', status: 400 };
const tooLarge: Verdict = { kind: 'split', reason: 'payload_too_large', detail: 'HTTP 413', status: 413 };

/** A payload of its own request: this content type is none that can be merged. */
function alone(text: string, items: number): Payload {
  return { ...testPayload(text, items), contentType: 'text/plain' };
}

/** A payload that may share a request with others of its kind. */
function mergeable(text: string): Payload {
  return { ...testPayload(text, text.length), signal: 'traces' };
}

/** A queue, a destination that answers as told, and a clock. The split halves a payload's text. */
class Bench {
  readonly queue = new MemoryQueue({ maxBytes: 1000, maxDeadLetters: 10 });
  readonly sent: { readonly text: string; readonly attempt: number }[] = [];
  readonly destination = testDestination();
  state: DrainState = idleDrainState;
  nowMs = 1_000_000;
  answer: (text: string) => Verdict = () => delivered;

  constructor(...payloads: string[]) {
    for (const text of payloads) this.append(alone(text, text.length));
  }

  append(payload: Payload): void {
    this.queue.append(payload, this.nowMs);
  }

  async step(destination = this.destination) {
    const send = async (payload: Payload, attempt: number) => {
      const text = String.fromCharCode(...payload.body);
      this.sent.push({ text, attempt });
      return this.answer(text);
    };
    const split = (payload: Payload) => {
      const text = String.fromCharCode(...payload.body);
      const half = text.length >> 1;
      return half === 0 ? [] : [text.slice(0, half), text.slice(half)].map((part) => alone(part, part.length));
    };
    const time = { nowMs: this.nowMs, random: () => 0.5 };
    const { state, next } = await drainStep(this.queue, destination, send, this.state, time, split);
    // Plain data: a state that does not survive JSON would be lost in a row of SQLite.
    this.state = JSON.parse(JSON.stringify(state));
    return next;
  }

  /** Steps until nothing more can be done now. */
  async run() {
    let next = await this.step();
    while (next === 'again') next = await this.step();
    return next;
  }

  get texts() {
    return this.sent.map(({ text }) => text);
  }
}

describe('a step of draining', () => {
  it('delivers the head and asks for another step, until the queue is empty', async () => {
    const bench = new Bench('a', 'b');
    expect(await bench.step()).toBe('again');
    expect(await bench.step()).toBe('again');
    expect(await bench.step()).toBe('idle');
    expect(bench.texts).toEqual(['a', 'b']);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 2, queued: 0 });
  });

  it('keeps the head while it fails, waits longer each time, and tells the destination which attempt it is', async () => {
    const bench = new Bench('a', 'b');
    bench.answer = () => retry;
    const waits: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const next = await bench.step();
      waits.push(next);
      bench.nowMs = bench.state.nextAttemptAtMs;
    }
    expect(waits).toEqual([{ waitMs: 150 }, { waitMs: 250 }, { waitMs: 450 }, { waitMs: 850 }]);
    expect(bench.sent).toEqual([0, 1, 2, 3].map((attempt) => ({ text: 'a', attempt })));
    bench.answer = () => delivered;
    expect(await bench.run()).toBe('idle');
    expect(bench.sent.slice(4)).toEqual([
      { text: 'a', attempt: 4 },
      { text: 'b', attempt: 0 },
    ]);
    expect(bench.state.lastError).toMatchObject({ reason: 'service_unavailable', status: 503 });
  });

  it('sends nothing before the wait is over', async () => {
    const bench = new Bench('a');
    bench.answer = () => retry;
    await bench.step();
    bench.nowMs += 100;
    expect(await bench.step()).toEqual({ waitMs: 50 });
    expect(bench.sent).toHaveLength(1);
  });

  it('waits as long as Retry-After says when that is longer, but never beyond the clamp', async () => {
    const bench = new Bench('a');
    bench.answer = () => ({ ...retry, retryAfterMs: 60_000 }) as Verdict;
    expect(await bench.step()).toEqual({ waitMs: 60_000 });
    bench.nowMs += 60_000;
    bench.answer = () => ({ ...retry, retryAfterMs: 1e12 }) as Verdict;
    expect(await bench.step()).toEqual({ waitMs: maxRetryAfterMs });
  });

  it('tries at once when the clock jumped back by more than any wait', async () => {
    const bench = new Bench('a');
    bench.answer = () => retry;
    await bench.step();
    bench.nowMs -= 3_600_000;
    bench.answer = () => delivered;
    expect(await bench.step()).toBe('again');
  });

  it('puts a refused payload aside and goes on with the next', async () => {
    const bench = new Bench('bad', 'good');
    bench.answer = (text) => (text === 'bad' ? reject : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.texts).toEqual(['bad', 'good']);
    expect(bench.queue.deadLetters()).toEqual([{ sequence: 1, reason: 'bad_request', detail: 'HTTP 400', items: 3 }]);
    expect(bench.queue.ledger()).toMatchObject({ rejected: 3, delivered: 4 });
  });

  it('pauses without losing anything, probes rarely, and goes on once the probe succeeds', async () => {
    const bench = new Bench('a', 'b');
    bench.answer = () => pause;
    expect(await bench.step()).toBe('paused');
    expect(bench.state.paused).toMatchObject({ reason: 'unauthorized', status: 401, atMs: bench.nowMs });
    bench.nowMs += pausedProbeMs - 1;
    expect(await bench.step()).toBe('paused');
    expect(bench.sent).toHaveLength(1);
    bench.nowMs += 1;
    bench.answer = () => delivered;
    expect(await bench.run()).toBe('idle');
    expect(bench.state.paused).toBeUndefined();
    expect(bench.queue.ledger()).toMatchObject({ delivered: 2, rejected: 0 });
  });

  it('tries a paused destination at once after resumeDrain', async () => {
    const bench = new Bench('a');
    bench.answer = () => pause;
    await bench.step();
    bench.state = resumeDrain(bench.state);
    bench.answer = () => delivered;
    expect(await bench.step()).toBe('again');
  });

  it('drops what is older than the destination takes, and counts it', async () => {
    const bench = new Bench('old');
    bench.nowMs += 1001;
    const destination = testDestination({ retry: { ...testDestination().retry, maxAgeMs: 1000 } });
    expect(await bench.step(destination)).toBe('again');
    expect(bench.sent).toEqual([]);
    expect(bench.queue.ledger()).toMatchObject({ dropped: 3, queued: 0 });
  });

  it('goes on waiting for a failing destination when a payload became too old meanwhile', async () => {
    const bench = new Bench('old', 'younger');
    const destination = testDestination({ retry: { ...testDestination().retry, maxAgeMs: 60 } });
    bench.answer = () => retry;
    expect(await bench.step(destination)).toEqual({ waitMs: 150 });
    bench.nowMs += 61;
    expect([await bench.step(destination), await bench.step(destination)]).toEqual(['again', 'again']);
    bench.append(alone('new', 3));
    expect(await bench.step(destination)).toEqual({ waitMs: 89 });
    expect(bench.sent).toHaveLength(1);
  });

  describe('where the configuration bounds the attempts', () => {
    const bounded = (maxAttempts: number) => testDestination({ retry: { ...testDestination().retry, maxAttempts } });

    it('gives a payload up after the last of them, keeps it as a dead letter, and goes on', async () => {
      const bench = new Bench('bad', 'good');
      bench.answer = (text) => (text === 'bad' ? retry : delivered);
      for (let attempt = 1; attempt < 3; attempt++) {
        expect(await bench.step(bounded(3))).toMatchObject({ waitMs: expect.any(Number) });
        bench.nowMs = bench.state.nextAttemptAtMs;
      }
      expect(await bench.step(bounded(3))).toBe('again');
      expect(bench.queue.deadLetters()).toEqual([
        { sequence: 1, reason: 'retries_exhausted', detail: 'service_unavailable: HTTP 503', items: 3 },
      ]);
      expect(await bench.step(bounded(3))).toBe('again');
      expect(bench.queue.ledger()).toMatchObject({ delivered: 4, rejected: 3, queued: 0 });
    });

    it('gives up everything that was in the only attempt', async () => {
      const bench = new Bench();
      for (const text of ['a', 'bb']) bench.append(mergeable(text));
      bench.answer = () => retry;
      expect(await bench.step(bounded(1))).toBe('again');
      expect(bench.queue.ledger()).toMatchObject({ rejected: 3, queued: 0 });
    });

    it('never gives up because its settings are wrong', async () => {
      const bench = new Bench('a');
      bench.answer = () => pause;
      expect(await bench.step(bounded(1))).toBe('paused');
      expect(bench.queue.ledger()).toMatchObject({ rejected: 0, queued: 1 });
    });
  });

  it('merges a backlog into no larger requests than the configuration names', async () => {
    const bench = new Bench();
    for (const text of ['aa', 'bb', 'cc', 'dd', 'ee']) bench.append(mergeable(text));
    const limited = testDestination({ batch: { ...testDestination().batch, maxItems: 4 } });
    while ((await bench.step(limited)) !== 'idle');
    expect(bench.sent.map(({ text }) => text)).toEqual(['aabb', 'ccdd', 'ee']);
  });
});

describe('a payload that is too large', () => {
  it('goes out in halves of halves, in order', async () => {
    const bench = new Bench('abcdefgh', 'z');
    bench.answer = (text) => (text.length > 2 ? tooLarge : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.texts.filter((text) => text.length <= 2)).toEqual(['ab', 'cd', 'ef', 'gh', 'z']);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 9, rejected: 0, queued: 0 });
  });

  it('loses only the item that is too large on its own', async () => {
    const bench = new Bench('aaXa', 'z');
    bench.answer = (text) => (text.includes('X') ? tooLarge : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.queue.deadLetters()).toEqual([
      { sequence: 1, reason: 'payload_too_large', detail: 'HTTP 413', items: 1 },
    ]);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 4, rejected: 1 });
  });

  it('is refused whole when it cannot be divided', async () => {
    const bench = new Bench('X');
    bench.answer = () => tooLarge;
    expect(await bench.run()).toBe('idle');
    expect(bench.queue.ledger()).toMatchObject({ rejected: 1 });
  });

  it('does not send delivered parts again when a later part has to wait', async () => {
    const bench = new Bench('abcd');
    let failing = true;
    bench.answer = (text) => (text.length > 2 ? tooLarge : text === 'cd' && failing ? retry : delivered);
    expect(await bench.run()).toEqual({ waitMs: 150 });
    expect(bench.queue.ledger()).toMatchObject({ queued: 4, delivered: 0 });
    failing = false;
    bench.nowMs += 150;
    expect(await bench.run()).toBe('idle');
    expect(bench.texts).toEqual(['abcd', 'ab', 'cd', 'cd']);
    expect(bench.sent.at(-1)?.attempt).toBe(1);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 4, rejected: 0 });
  });

  it('keeps the verdicts of its parts apart', async () => {
    const bench = new Bench('abcd');
    bench.answer = (text) => (text.length > 2 ? tooLarge : text === 'ab' ? reject : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.queue.deadLetters()).toMatchObject([{ reason: 'bad_request', items: 2 }]);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 2, rejected: 2 });
  });
});

describe('a backlog of payloads that can share a request', () => {
  function backlog(...texts: string[]): Bench {
    const bench = new Bench();
    for (const text of texts) bench.append(mergeable(text));
    return bench;
  }

  it('goes out as one request, in order', async () => {
    const bench = backlog('a', 'b', 'c');
    expect(await bench.run()).toBe('idle');
    expect(bench.texts).toEqual(['abc']);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 3, queued: 0 });
  });

  it('is sent again one by one when the destination refuses the whole, so that only the bad one is lost', async () => {
    const bench = backlog('a', 'X', 'c');
    bench.answer = (text) => (text.includes('X') ? reject : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.texts).toEqual(['aXc', 'a', 'X', 'c']);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 2, rejected: 1 });
  });

  it('is merged again behind the payloads that had to go alone', async () => {
    const bench = backlog('a', 'X');
    bench.answer = (text) => (text.includes('X') ? reject : delivered);
    await bench.step();
    bench.append(mergeable('c'));
    bench.append(mergeable('d'));
    expect(await bench.run()).toBe('idle');
    expect(bench.texts).toEqual(['aX', 'a', 'X', 'cd']);
  });

  it('is sent one by one when the whole is too large, and a single one that is too large in halves', async () => {
    const bench = backlog('ab', 'cdef');
    bench.answer = (text) => (text.length > 2 ? tooLarge : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.texts).toEqual(['abcdef', 'ab', 'cdef', 'cd', 'ef']);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 6, rejected: 0 });
  });

  it('probes a failing destination with the head alone', async () => {
    const bench = backlog('a', 'b');
    bench.answer = () => retry;
    await bench.step();
    bench.nowMs = bench.state.nextAttemptAtMs;
    await bench.step();
    expect(bench.texts).toEqual(['ab', 'a']);
  });

  it('is never merged for a destination that takes batches of agents', async () => {
    const bench = backlog('a', 'b');
    await bench.step({ ...bench.destination, protocol: 'spillway_batch' });
    expect(bench.texts).toEqual(['a']);
  });
});

describe('draining under any sequence of answers', () => {
  it('delivers in order, refuses only what was refused, and keeps the ledger exact', async () => {
    const answers = fc.array(fc.constantFrom('delivered', 'retry', 'pause', 'reject', 'split'), { maxLength: 80 });
    const payloads = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(payloads, answers, fc.boolean(), async (lengths, script, together) => {
        let next = 0;
        const texts = lengths.map((length) => Array.from({ length }, () => String.fromCharCode(97 + next++)).join(''));
        const bench = new Bench(...(together ? [] : texts));
        if (together) for (const text of texts) bench.append(mergeable(text));
        const taken: string[] = [];
        const verdicts = { delivered, retry, pause, reject, split: tooLarge } as const;
        let at = 0;
        bench.answer = (text) => {
          const verdict = verdicts[script[at++] ?? 'delivered'];
          if (verdict.kind === 'delivered') taken.push(text);
          return verdict;
        };
        for (let i = 0; i < 400 && (await bench.step()) !== 'idle'; i++) {
          bench.nowMs = Math.max(bench.nowMs, bench.state.nextAttemptAtMs);
        }
        const arrived = taken.join('');
        expect([...arrived].sort().join('')).toBe(arrived);
        expect(new Set(arrived).size).toBe(arrived.length);
        const { accepted, delivered: count, rejected, queued } = bench.queue.ledger();
        expect({ count, queued, sum: count + rejected }).toEqual({ count: arrived.length, queued: 0, sum: accepted });
      }),
    );
  });
});
