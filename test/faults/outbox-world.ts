/**
 * A simulated deployment on virtual time: isolates with leases, a hub, one outbox, and a destination that fails, recovers
 * and refuses samples older than the newest it has, as Mimir does without an out-of-order window. What decides is the code
 * of production (core/delivery); the world only carries messages, late and in any order.
 */
import { Awareness } from '../../core/delivery/awareness.ts';
import { BacklogView } from '../../core/delivery/backlog-view.ts';
import { Belief } from '../../core/delivery/belief.ts';
import { deliverOrSpill } from '../../core/delivery/deliver-or-spill.ts';
import { testDestination } from '../../core/delivery/destination.fixture.ts';
import type { Payload } from '../../core/delivery/destination.ts';
import { type DrainState, drainStep, idleDrainState, type Send } from '../../core/delivery/drain.ts';
import { LeaseHolders } from '../../core/delivery/lease-holders.ts';
import { MemoryQueue } from '../../core/delivery/memory-queue.ts';
import type { Verdict } from '../../core/delivery/verdict.ts';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

const DESTINATION = testDestination();
const HUB_RETRY_MS = 5_000;

/** A body of samples is text here, so that several merge by concatenation and a test can read it. */
export function samplePayload(series: string, timestamp: number): Payload {
  const body = new TextEncoder().encode(`${series} ${timestamp}\n`);
  return { signal: 'traces', contentType: 'application/x-protobuf', contentEncoding: '', body, items: 1 };
}

export interface Network {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
}

/** A message on its way: mostly quick, sometimes not. */
async function travel({ clock, random }: Network): Promise<void> {
  await clock.sleep(random.below(20) === 0 ? random.below(600) : 1 + random.below(30));
}

async function within<T>({ clock }: Network, timeoutMs: number, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const deadline = clock.sleep(timeoutMs).then(() => Promise.reject(new Error('no answer')));
  deadline.catch(() => undefined);
  return Promise.race([work, deadline]);
}

/** A store of samples in order. */
export class OrderedStore {
  isUp = true;
  /** Samples that it refused because a newer one of the same series was there, and that it never got. */
  readonly lost: { readonly series: string; readonly timestamp: number }[] = [];
  readonly stored = new Map<string, Set<number>>();
  readonly #newest = new Map<string, number>();
  readonly #net: Network;
  inFlight = 0;

  constructor(net: Network) {
    this.#net = net;
  }

  async send(payload: Payload): Promise<Verdict> {
    const { clock, random } = this.#net;
    await clock.sleep(1 + random.below(100));
    if (!this.isUp) {
      // Half of the requests to a store that is down are answered, the others run into the timeout.
      if (random.below(2) === 0) await clock.sleep(random.below(10_000));
      return { kind: 'retry', reason: 'service_unavailable', detail: 'HTTP 503', status: 503 };
    }
    const verdict = this.#take(new TextDecoder().decode(payload.body).trimEnd().split('\n'));
    await clock.sleep(1 + random.below(100));
    return verdict;
  }

  #take(lines: readonly string[]): Verdict {
    let refused = 0;
    for (const line of lines) {
      const [series = '', text] = line.split(' ');
      const timestamp = Number(text);
      const stored = this.stored.get(series) ?? new Set();
      this.stored.set(series, stored);
      if (timestamp < (this.#newest.get(series) ?? 0)) {
        refused++;
        if (!stored.has(timestamp)) this.lost.push({ series, timestamp });
        continue;
      }
      stored.add(timestamp);
      this.#newest.set(series, timestamp);
    }
    if (refused === 0) return { kind: 'delivered' };
    const written = { samples: lines.length - refused, histograms: 0, exemplars: 0 };
    return { kind: 'reject', reason: 'bad_request', detail: 'out of order sample', status: 400, written };
  }
}

export class Hub {
  /** `silent`: what arrives is heard when it is over. `broken`: what arrives is lost, and who asked knows it. */
  fault: 'none' | 'silent' | 'broken' = 'none';
  readonly #holders = new LeaseHolders(maxLeaseMs);
  readonly #net: Network;
  #isActive = false;
  /** An object takes one message after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(net: Network) {
    this.#net = net;
  }

  async lease(isolate: string): Promise<readonly string[]> {
    await travel(this.#net);
    await this.#hears();
    this.#holders.granted(isolate, this.#net.clock.nowMs);
    const backlog = this.#isActive ? [DESTINATION.id] : [];
    await travel(this.#net);
    return backlog;
  }

  async noteBacklog(active: boolean, isolate: string | undefined): Promise<number> {
    await travel(this.#net);
    await this.#hears();
    this.#isActive = active;
    const unawareMs = this.#holders.othersLiveMs(isolate, this.#net.clock.nowMs);
    await travel(this.#net);
    return unawareMs;
  }

  #hears(): Promise<void> {
    if (this.fault === 'broken') throw new Error('the hub is broken');
    this.#turn = this.#turn.then(async () => {
      while (this.fault === 'silent') await this.#net.clock.sleep(50);
    });
    return this.#turn;
  }
}

type Answer =
  | { readonly kind: 'declined' }
  | { readonly kind: 'committed'; readonly unawareMs: number; readonly hubUnaware: boolean };

/** What worker/outbox/outbox.ts does with its queue, its hub and its alarm. */
export class SimulatedOutbox {
  readonly queue = new MemoryQueue({ maxBytes: 1e9, maxDeadLetters: 1e6 });
  /** When it became non-empty last. */
  activeSinceMs = 0;
  #state: DrainState = idleDrainState;
  readonly #awareness: Awareness;
  #isDraining = false;
  readonly #net: Network;
  readonly #send: Send;
  readonly #hub: Belief<string>;

  /** `leaseMs`: what an acknowledgement allows for while the hub has not answered. */
  constructor(net: Network, hub: Hub, send: Send, leaseMs: number) {
    this.#net = net;
    this.#send = send;
    this.#awareness = new Awareness(leaseMs);
    this.#hub = new Belief(false, async ({ active, isNews, by }) => {
      const unawareMs = await within(net, 3000, hub.noteBacklog(active, by));
      if (active && isNews) this.#awareness.told(unawareMs, net.clock.nowMs);
    });
  }

  get isActive(): boolean {
    return this.queue.depth().payloads > 0;
  }

  async enqueue(payloads: readonly Payload[], isolate: string, mayDecline: boolean, waitMs: number): Promise<Answer> {
    const { clock } = this.#net;
    await travel(this.#net);
    if (mayDecline && !this.isActive) {
      void this.#hub.correct(() => this.isActive);
      await travel(this.#net);
      return { kind: 'declined' };
    }
    if (!this.isActive) {
      this.activeSinceMs = clock.nowMs;
      if (this.#hub.believed !== true) this.#awareness.began(clock.nowMs);
      this.#state = { attempts: 1, nextAttemptAtMs: clock.nowMs + waitMs };
    }
    for (const payload of payloads) this.queue.append(payload, clock.nowMs);
    void this.#drain();
    if (this.#hub.believed !== true) {
      const told = this.#hub.correct(() => this.isActive, { by: isolate });
      await within(this.#net, 2000, told).catch(() => undefined);
    }
    const unawareMs = this.#awareness.unawareMs(clock.nowMs);
    const hubUnaware = this.#hub.believed !== this.isActive;
    await travel(this.#net);
    return { kind: 'committed', unawareMs, hubUnaware };
  }

  async #drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    const { clock, random } = this.#net;
    while (this.isActive) {
      const time = { nowMs: clock.nowMs, random: () => random.next() };
      const { state, next } = await drainStep(this.queue, DESTINATION, this.#send, this.#state, time);
      this.#state = state;
      // Each alarm tells the hub what it does not know yet, and comes soon while there is something.
      await this.#hub.correct(() => this.isActive);
      const isBehind = this.#hub.believed !== this.isActive;
      if (typeof next === 'object') await clock.sleep(isBehind ? Math.min(next.waitMs, HUB_RETRY_MS) : next.waitMs);
    }
    this.#isDraining = false;
    if (this.isActive) void this.#drain();
  }
}

export class Isolate {
  readonly #name: string;
  readonly #net: Network;
  readonly #hub: Hub;
  readonly #outbox: SimulatedOutbox;
  readonly #send: Send;
  readonly #backlog = new BacklogView();
  #leaseUntilMs = 0;

  constructor(name: string, net: Network, hub: Hub, outbox: SimulatedOutbox, send: Send) {
    this.#name = name;
    this.#net = net;
    this.#hub = hub;
    this.#outbox = outbox;
    this.#send = send;
  }

  /** Returns when it would be acknowledged. `asks`: as our agents' batches do. `waits`: answered when every isolate knows. */
  async push(payloads: readonly Payload[], { asks, waits }: { asks: boolean; waits: boolean }): Promise<void> {
    const { clock, random } = this.#net;
    await travel(this.#net);
    if (asks || clock.nowMs >= this.#leaseUntilMs) await this.#renew();
    // The pipeline.
    await clock.sleep(random.below(20));
    let awareAtMs = 0;
    await deliverOrSpill(payloads, {
      hasBacklog: () => this.#backlog.has(DESTINATION.id) || this.#backlog.isInDoubt,
      send: (payload) => this.#send(payload, 0),
      delivered: () => undefined,
      refused: async () => undefined,
      spill: async (rest, verdict) => {
        const askedAtMs = clock.nowMs;
        const answer = await this.#outbox.enqueue(rest, this.#name, verdict === undefined, 1000 + random.below(1000));
        if (answer.kind === 'declined') {
          this.#backlog.clear(DESTINATION.id, askedAtMs);
          return 'declined';
        }
        this.#backlog.note(DESTINATION.id, clock.nowMs);
        if (!asks || answer.hubUnaware) awareAtMs = clock.nowMs + answer.unawareMs;
        return 'done';
      },
    });
    if (waits) await clock.sleep(awareAtMs - clock.nowMs);
    await travel(this.#net);
  }

  async #renew(): Promise<void> {
    const askedAtMs = this.#net.clock.nowMs;
    try {
      const listed = await this.#hub.lease(this.#name);
      this.#backlog.install(listed, askedAtMs);
      this.#leaseUntilMs = askedAtMs + maxLeaseMs;
    } catch {
      this.#backlog.doubt(askedAtMs);
    }
  }
}
