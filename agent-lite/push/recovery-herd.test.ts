/**
 * F19: a gateway that was down for long comes back to 200 agents at once. Time is virtual: each agent is the real drain of
 * a real queue with the real backoff, and the gateway is a function that answers.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../core/delivery/destination.ts';
import { MemoryQueue } from '../../core/delivery/memory-queue.ts';
import { testPayload } from '../../core/delivery/queue.cases.ts';
import type { Verdict } from '../../core/delivery/verdict.ts';
import { decodeBatch } from '../../core/wire/spillway-batch.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { BatchQueue } from './batch-queue.ts';
import { DeliveryMetrics } from './delivery-metrics.ts';
import { Drain } from './drain.ts';
import type { HostDestination } from './host-destination.ts';

const AGENTS = 200;
const MAX_BACKOFF_MS = 60_000;
const ROOMY = { maxBytes: 1e9, maxDeadLetters: 10 };
const down: Verdict = { kind: 'retry', reason: 'connection_refused', detail: 'refused' };

const gateway: HostDestination = {
  id: 'spillway.write.gateway',
  componentId: 'spillway.write.gateway',
  signal: 'metrics',
  protocol: 'spillway_batch',
  url: 'http://gateway.example/api/v1/batch',
  headers: {},
  auth: {},
  timeoutMs: 30_000,
  retry: { minBackoffMs: 500, maxBackoffMs: MAX_BACKOFF_MS, retryOnHttp429: true, maxAgeMs: 0 },
  batch: { maxItems: 10_000, maxBytes: 1024 * 1024, maxWaitMs: 1000 },
};

interface Fleet {
  readonly clock: ManualClock;
  readonly agents: readonly { readonly queue: MemoryQueue; readonly drain: Drain }[];
}

/** `answer` is asked for each request: which agent, and when. */
function fleet(count: number, random: () => number, answer: (agent: number, nowMs: number) => Verdict): Fleet {
  const clock = new ManualClock();
  const { logger } = recordingLogger();
  const metrics = new DeliveryMetrics(new Telemetry(), gateway, logger);
  const agents = Array.from({ length: count }, (_, agent) => {
    const queue = new MemoryQueue(ROOMY);
    const send = async () => answer(agent, clock.nowMs());
    return { queue, drain: new Drain(gateway, { queue, clock, random, logger, metrics, split: () => [], send }) };
  });
  return { clock, agents };
}

/** Lets the virtual time pass. Before each step everything that was woken runs up to its next sleep. */
async function pass(clock: ManualClock, untilMs: number): Promise<void> {
  let over = false;
  void clock.sleep(untilMs - clock.nowMs()).then(() => {
    over = true;
  });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (over) return;
    clock.tick();
  }
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('F19: a gateway that comes back after a long outage', () => {
  it('hears from its agents again spread over at least half of their longest wait, whatever the chance', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 15, max: 90 }), async (seed, minutes) => {
        const firstAtMs = new Map<number, number>();
        let upAtMs = Number.POSITIVE_INFINITY;
        const { clock, agents } = fleet(AGENTS, seeded(seed), (agent, nowMs) => {
          if (nowMs < upAtMs) return down;
          if (!firstAtMs.has(agent)) firstAtMs.set(agent, nowMs - upAtMs);
          return { kind: 'delivered' };
        });
        // All fail at the same moment, the worst case.
        for (const { queue, drain } of agents) {
          queue.append(testPayload('x'), clock.nowMs());
          drain.start();
        }
        upAtMs = clock.nowMs() + minutes * 60_000;
        await pass(clock, upAtMs + MAX_BACKOFF_MS + 1000);
        const times = [...firstAtMs.values()].sort((a, b) => a - b);
        expect(times).toHaveLength(AGENTS);
        const spread = times[Math.floor(AGENTS * 0.95)]! - times[Math.floor(AGENTS * 0.05)]!;
        expect(spread).toBeGreaterThanOrEqual(MAX_BACKOFF_MS / 2);
        const slices = Array.from({ length: 10 }, (_, i) => {
          return times.filter((time) => Math.floor((time / MAX_BACKOFF_MS) * 10) === i).length;
        });
        expect(Math.max(...slices), `${slices}`).toBeLessThan(AGENTS / 2);
        await Promise.all(agents.map(({ drain }) => drain.stop(0)));
      }),
      { numRuns: 5 },
    );
  });

  it('gets backlogs oldest first, and no more requests than its limit after saying 429', async () => {
    const perSecond = 50;
    const took = new Map<number, number>();
    let upAtMs = Number.POSITIVE_INFINITY;
    const { clock, agents } = fleet(20, seeded(7), (_agent, nowMs) => {
      if (nowMs < upAtMs) return down;
      const second = Math.floor(nowMs / 1000);
      const soFar = took.get(second) ?? 0;
      if (soFar >= perSecond) return { ...down, reason: 'rate_limited', status: 429, retryAfterMs: 1000 };
      took.set(second, soFar + 1);
      return { kind: 'delivered' };
    });
    for (const { queue, drain } of agents) {
      for (let i = 0; i < 40; i++) queue.append(testPayload(`${i}`), clock.nowMs());
      drain.start();
    }
    upAtMs = clock.nowMs() + 3_600_000;
    await pass(clock, upAtMs + 10 * 60_000);
    expect(agents.map(({ queue }) => queue.depth().payloads)).toEqual(agents.map(() => 0));
    expect(Math.max(...took.values())).toBeLessThanOrEqual(perSecond);
    await Promise.all(agents.map(({ drain }) => drain.stop(0)));
  });

  it('gets a day of pushes of one agent oldest first, in a fifth of the requests at most, each under one identity', async () => {
    const pushesADay = 24 * 60;
    const clock = new ManualClock();
    const spool = new MemoryQueue(ROOMY);
    for (let i = 0; i < pushesADay; i++) spool.append(testPayload(`${i} `.padEnd(10_000, 'x')), clock.nowMs());
    const queue = new BatchQueue(spool, '01234567-89ab-cdef-0123-456789abcdef', 1024 * 1024, clock.nowMs);
    const { logger } = recordingLogger();
    const metrics = new DeliveryMetrics(new Telemetry(), gateway, logger);
    const received: number[] = [];
    const identities: number[] = [];
    let requests = 0;
    const send = async (_to: HostDestination, payload: Payload) => {
      const { sequence, sections } = decodeBatch(payload.body);
      // Every seventh answer is lost on its way.
      if (++requests % 7 !== 0) {
        identities.push(Number(sequence));
        received.push(...sections.map(({ body }) => Number.parseInt(Buffer.from(body).toString(), 10)));
      }
      return requests % 7 === 0 ? down : ({ kind: 'delivered' } as const);
    };
    const drain = new Drain(gateway, { queue, clock, random: seeded(1), logger, metrics, split: () => [], send });
    drain.start();
    await pass(clock, clock.nowMs() + 3_600_000);
    expect(received).toEqual(Array.from({ length: pushesADay }, (_, i) => i));
    expect(new Set(identities).size).toBe(identities.length);
    expect(requests).toBeLessThanOrEqual(pushesADay / 5);
    await drain.stop(0);
  });
});
