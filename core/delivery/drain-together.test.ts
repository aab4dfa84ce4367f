import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testDestination } from './destination.fixture.ts';
import type { Payload } from './destination.ts';
import { type DrainState, drainStep, idleDrainState } from './drain.ts';
import { drainTogether, maxRequestsInFlight, mayDrainTogether } from './drain-together.ts';
import { MemoryQueue } from './memory-queue.ts';
import { testPayload } from './queue.cases.ts';
import type { Verdict } from './verdict.ts';

const delivered: Verdict = { kind: 'delivered' };
const retry: Verdict = { kind: 'retry', reason: 'service_unavailable', detail: 'HTTP 503', status: 503 };
const reject: Verdict = { kind: 'reject', reason: 'bad_request', detail: 'HTTP 400', status: 400 };

/** gzip bodies are never merged, so each is a request. */
function span(text: string): Payload {
  return { ...testPayload(text, 1), signal: 'traces', contentEncoding: 'gzip' };
}

class Bench {
  readonly queue = new MemoryQueue({ maxBytes: 1000, maxDeadLetters: 100 });
  readonly destination = { ...testDestination(), signal: 'traces' as const };
  state: DrainState = idleDrainState;
  nowMs = 1_000_000;
  answer: (text: string) => Verdict = () => delivered;
  readonly arrived: string[] = [];
  inFlight = 0;
  mostInFlight = 0;

  constructor(texts: string) {
    for (const text of texts) this.queue.append(span(text), this.nowMs);
  }

  readonly send = async (payload: Payload): Promise<Verdict> => {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    await Promise.resolve();
    this.inFlight--;
    const text = String.fromCharCode(...payload.body);
    const verdict = this.answer(text);
    if (verdict.kind === 'delivered') this.arrived.push(text);
    return verdict;
  };

  async step() {
    const time = { nowMs: this.nowMs, random: () => 0.5 };
    const together = mayDrainTogether('traces', this.state, this.nowMs) && this.queue.depth().payloads > 0;
    const { state, next } = together
      ? await drainTogether(this.queue, this.destination, this.send, this.state, time, this.queue.peek(1000))
      : await drainStep(this.queue, this.destination, this.send, this.state, time);
    this.state = state;
    return next;
  }

  async run() {
    let next = await this.step();
    while (next === 'again') next = await this.step();
    return next;
  }
}

describe('draining data whose order does not matter', () => {
  it('keeps several requests in flight while the destination is well', async () => {
    const bench = new Bench('abcdefgh');
    expect(await bench.run()).toBe('idle');
    expect(bench.mostInFlight).toBe(maxRequestsInFlight);
    expect(bench.arrived.sort().join('')).toBe('abcdefgh');
  });

  it('keeps what failed, forgets what arrived, and then has one request in flight until it is well again', async () => {
    const bench = new Bench('abcdefgh');
    bench.answer = (text) => (text === 'b' ? retry : delivered);
    expect(await bench.step()).toEqual({ waitMs: 150 });
    expect(bench.queue.ledger()).toMatchObject({ delivered: 3, queued: 5 });
    bench.mostInFlight = 0;
    bench.nowMs = bench.state.nextAttemptAtMs;
    await bench.step();
    expect(bench.mostInFlight).toBe(1);
    expect(bench.state.attempts).toBe(2);
    bench.answer = () => delivered;
    bench.nowMs = bench.state.nextAttemptAtMs;
    expect(await bench.run()).toBe('idle');
    expect(bench.arrived.sort().join('')).toBe('abcdefgh');
  });

  it('refuses only what was refused', async () => {
    const bench = new Bench('abcdef');
    bench.answer = (text) => (text === 'c' ? reject : delivered);
    expect(await bench.run()).toBe('idle');
    expect(bench.queue.deadLetters()).toMatchObject([{ sequence: 3, reason: 'bad_request' }]);
    expect(bench.queue.ledger()).toMatchObject({ delivered: 5, rejected: 1, queued: 0 });
  });

  it('never takes samples, and nothing while a destination fails', () => {
    expect(mayDrainTogether('metrics', idleDrainState, 0)).toBe(false);
    expect(mayDrainTogether('traces', { ...idleDrainState, attempts: 1 }, 0)).toBe(false);
    expect(mayDrainTogether('logs', { ...idleDrainState, nextAttemptAtMs: 5 }, 4)).toBe(false);
    expect(mayDrainTogether('logs', idleDrainState, 0)).toBe(true);
  });

  it('delivers each payload once and keeps the ledger exact, whatever the answers are', async () => {
    const script = fc.array(fc.constantFrom(delivered, retry, reject), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), script, async (count, answers) => {
        const texts = 'abcdefghijkl'.slice(0, count);
        const bench = new Bench(texts);
        let at = 0;
        bench.answer = () => answers[at++] ?? delivered;
        for (let i = 0; i < 300 && (await bench.step()) !== 'idle'; i++) {
          bench.nowMs = Math.max(bench.nowMs, bench.state.nextAttemptAtMs);
        }
        expect(new Set(bench.arrived).size).toBe(bench.arrived.length);
        const { delivered: arrived, rejected, queued } = bench.queue.ledger();
        expect({ arrived, queued, all: arrived + rejected }).toEqual({
          arrived: bench.arrived.length,
          queued: 0,
          all: count,
        });
      }),
    );
  });
});
