/**
 * F22: an outbox's queue, drain and state over real storage beside a reference without any: the same actions on both, after
 * each of which they must look alike. What a crash takes is what was only in memory.
 */
import { testDestination } from '../../core/delivery/destination.fixture.ts';
import type { Payload } from '../../core/delivery/destination.ts';
import { type DrainState, drainStep, idleDrainState, resumeDrain, type Split } from '../../core/delivery/drain.ts';
import { drainTogether, mayDrainTogether } from '../../core/delivery/drain-together.ts';
import { type DeadLetter, MemoryQueue, type QueueLedger } from '../../core/delivery/memory-queue.ts';
import type { QueueDepth } from '../../core/delivery/queue.ts';
import type { Verdict } from '../../core/delivery/verdict.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { Drainer, MAX_BYTES_IN_FLIGHT } from './drainer.ts';
import { OutboxSettings } from './settings.ts';
import { SqliteQueue } from './sqlite-queue.ts';
import { TalliedQueue } from './tallied-queue.ts';

export const LIMITS = { maxBytes: 400, maxDeadLetters: 3 };
const MAX_AGE_MS = 3_600_000;

export type Answer = 'delivered' | 'retry' | 'retry_after' | 'split' | 'pause' | 'reject' | 'partial';

export type OutboxAction =
  | { readonly kind: 'enqueue'; readonly lengths: readonly number[]; readonly spilled: boolean }
  /** `crash`: the answer to that request is the last thing that happens before the object is gone. */
  | { readonly kind: 'drain'; readonly answers: readonly Answer[]; readonly crash: boolean }
  | { readonly kind: 'crash' }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'hold'; readonly held: boolean }
  | { readonly kind: 'resume' }
  | { readonly kind: 'purge'; readonly olderThanMs: number }
  /** One dead letter, counted from the oldest, or all. */
  | { readonly kind: 'replay'; readonly letter?: number | undefined };

interface Look {
  readonly depth: QueueDepth;
  readonly ledger: QueueLedger;
  readonly bodies: readonly string[];
  readonly letters: readonly Omit<DeadLetter, 'sequence'>[];
  readonly state: DrainState;
}

/** What both do on request. A body names its payload, so a merged one names several. */
interface Side {
  enqueue(payloads: readonly Payload[], spilled: boolean, nowMs: number): string;
  step(send: (payload: Payload) => Promise<Verdict>, nowMs: number): Promise<unknown>;
  crash(): void;
  resume(): void;
  purge(beforeMs: number): void;
  replay(nowMs: number, letter: number | undefined): void;
  look(): Look;
}

const text = ({ body }: Payload) => String.fromCharCode(...body);
const random = () => 0.5;
const cause = { reason: 'service_unavailable', detail: 'HTTP 503', waitMs: 2000, paused: false };

function payloadOf(id: number, length: number, signal: Signal): Payload {
  const body = Uint8Array.from(`<${id}${'.'.repeat(length)}>`, (char) => char.charCodeAt(0));
  return { signal, contentType: 'application/x-protobuf', contentEncoding: '', body, items: length };
}

const split: Split = (payload) => {
  const half = payload.items >> 1;
  if (half === 0) return [];
  return [half, payload.items - half].map((items) => ({ ...payload, items }));
};

function verdictOf(answer: Answer, { items }: Payload): Verdict {
  const trouble = (reason: string, status: number) => ({ reason, status, detail: `HTTP ${status}` });
  switch (answer) {
    case 'delivered':
      return { kind: 'delivered' };
    case 'retry':
      return { kind: 'retry', ...trouble('service_unavailable', 503) };
    case 'retry_after':
      return { kind: 'retry', ...trouble('rate_limited', 429), retryAfterMs: 60_000 };
    case 'split':
      return { kind: 'split', ...trouble('payload_too_large', 413) };
    case 'pause':
      return { kind: 'pause', ...trouble('unauthorized', 401) };
    case 'reject':
      return { kind: 'reject', ...trouble('bad_request', 400) };
    case 'partial': {
      const written = { samples: Math.min(1, items), histograms: 0, exemplars: 0 };
      return { kind: 'reject', ...trouble('partial_success', 200), written };
    }
  }
}

/** The code of production over storage. */
class Real implements Side {
  readonly #storage: DurableObjectStorage;
  readonly #destination;
  readonly #now: () => number;
  #settings!: OutboxSettings;
  #queue!: SqliteQueue;
  #drainer!: Drainer;

  constructor(storage: DurableObjectStorage, signal: Signal, now: () => number) {
    this.#storage = storage;
    this.#destination = destinationOf(signal);
    this.#now = now;
    this.crash();
  }

  enqueue(payloads: readonly Payload[], spilled: boolean, nowMs: number): string {
    const wasEmpty = this.#queue.isEmpty;
    const appended = this.#queue.appendAll(payloads, nowMs);
    if (appended === 'accepted' && wasEmpty && spilled) this.#drainer.spilled(cause, nowMs);
    return appended;
  }

  async step(send: (payload: Payload) => Promise<Verdict>, nowMs: number): Promise<unknown> {
    const queue = new TalliedQueue(this.#queue);
    const next = await this.#drainer.step(queue, this.#destination, send, { nowMs, random });
    this.#queue.countEvents({ attempts: queue.attempts, splits: queue.splits });
    return next;
  }

  crash(): void {
    this.#settings = new OutboxSettings(this.#storage);
    this.#queue = new SqliteQueue(this.#storage, LIMITS, this.#now);
    this.#drainer = new Drainer(this.#settings, split);
  }

  resume(): void {
    this.#drainer.resume();
  }

  purge(beforeMs: number): void {
    this.#queue.purge(beforeMs);
  }

  replay(nowMs: number, letter: number | undefined): void {
    for (const { id } of chosen(this.#queue.letters.list(), letter)) {
      const payload = this.#queue.letters.payload(id);
      if (payload !== undefined) this.#queue.replay(payload, id, nowMs);
    }
  }

  look(): Look {
    return lookOf(this.#queue, this.#queue.letters.list(), this.#drainer.state);
  }
}

/** The reference: a list in memory, and the same policy of draining. */
class Reference implements Side {
  readonly #queue = new MemoryQueue(LIMITS);
  readonly #destination;
  readonly #buried = new Map<DeadLetter, Payload>();
  #state: DrainState = idleDrainState;

  constructor(signal: Signal) {
    this.#destination = destinationOf(signal);
  }

  enqueue(payloads: readonly Payload[], spilled: boolean, nowMs: number): string {
    const wasEmpty = this.#queue.depth().payloads === 0;
    const bytes = payloads.reduce((sum, { body }) => sum + body.length, 0);
    if (this.#queue.depth().bytes + bytes > LIMITS.maxBytes) return 'full';
    for (const payload of payloads) this.#queue.append(payload, nowMs);
    if (wasEmpty && spilled) {
      const { reason, detail, waitMs } = cause;
      this.#state = { attempts: 1, nextAttemptAtMs: nowMs + waitMs, lastError: { reason, detail, atMs: nowMs } };
    }
    return 'accepted';
  }

  async step(send: (payload: Payload) => Promise<Verdict>, nowMs: number): Promise<unknown> {
    const waiting = this.#queue.peek(MAX_BYTES_IN_FLIGHT);
    const together =
      waiting.length > 0 &&
      mayDrainTogether(this.#destination.signal, this.#state, nowMs) &&
      waiting.every(({ enqueuedAtMs }) => nowMs - enqueuedAtMs <= MAX_AGE_MS);
    const time = { nowMs, random };
    const { state, next } = together
      ? await drainTogether(this.#queue, this.#destination, send, this.#state, time, waiting)
      : await drainStep(this.#queue, this.#destination, send, this.#state, time, split);
    for (const letter of this.#queue.deadLetters()) {
      const payload = waiting.find(({ sequence }) => sequence === letter.sequence);
      if (payload !== undefined && !this.#buried.has(letter))
        this.#buried.set(letter, { ...payload, items: letter.items });
    }
    this.#state = state;
    return next;
  }

  crash(): void {}

  resume(): void {
    this.#state = resumeDrain(this.#state);
  }

  purge(beforeMs: number): void {
    this.#queue.purge(beforeMs);
  }

  replay(nowMs: number, number: number | undefined): void {
    for (const letter of chosen(this.#queue.deadLetters(), number)) {
      const payload = this.#buried.get(letter);
      if (payload !== undefined) this.#queue.replay(letter, payload, nowMs);
    }
  }

  look(): Look {
    return lookOf(this.#queue, this.#queue.deadLetters(), this.#state);
  }
}

function lookOf(queue: SqliteQueue | MemoryQueue, letters: readonly DeadLetter[], state: DrainState): Look {
  return {
    depth: queue.depth(),
    ledger: queue.ledger(),
    bodies: queue.peek(LIMITS.maxBytes).map(text),
    letters: letters.map(({ reason, detail, items }) => ({ reason, detail, items })),
    // As storage has it.
    state: JSON.parse(JSON.stringify(state)),
  };
}

function destinationOf(signal: Signal) {
  const retry = { minBackoffMs: 1000, maxBackoffMs: 60_000, retryOnHttp429: true, maxAgeMs: MAX_AGE_MS };
  return testDestination({ signal, retry, batch: { maxItems: 40, maxBytes: 120, maxWaitMs: 0 } });
}

function chosen<T>(letters: readonly T[], letter: number | undefined): readonly T[] {
  return letter === undefined ? letters : letters.slice(letter, letter + 1);
}

class Crash extends Error {}

/** Runs the actions on both, and throws at the first difference. */
export async function runModel(
  storage: DurableObjectStorage,
  signal: Signal,
  actions: readonly OutboxAction[],
): Promise<void> {
  let nowMs = 1_700_000_000_000;
  let lastId = 0;
  let held = false;
  const real = new Real(storage, signal, () => nowMs);
  const reference = new Reference(signal);
  const accepted = new Set<number>();
  const arrived: number[] = [];
  const idsIn = (body: string) => [...body.matchAll(/<(\d+)/g)].map(([, id]) => Number(id));

  /** Both get the same answers. Of a crash the reference knows nothing: the step never happened, though the data arrived. */
  async function drain(answers: readonly Answer[], crash: boolean): Promise<void> {
    for (let at = 0; at < answers.length; ) {
      const sender = (side: 'real' | 'reference') => {
        let asked = 0;
        return async (payload: Payload): Promise<Verdict> => {
          const verdict = verdictOf(answers[at + asked++] ?? 'retry', payload);
          if (side === 'real' && verdict.kind === 'delivered') arrived.push(...idsIn(text(payload)));
          if (side === 'real') used = Math.max(used, asked);
          if (side === 'real' && crash && at + asked >= answers.length) throw new Crash();
          return verdict;
        };
      };
      let used = 0;
      try {
        const next = await real.step(sender('real'), nowMs);
        same(next, await reference.step(sender('reference'), nowMs), 'what is next');
        if (next !== 'again') return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        // Requests that were in flight beside it end by themselves.
        await Promise.resolve();
        real.crash();
        return;
      }
      at += Math.max(1, used);
      same(real.look(), reference.look(), 'a step of draining');
    }
  }

  for (const action of actions) {
    const sides = [real, reference];
    switch (action.kind) {
      case 'enqueue': {
        const payloads = action.lengths.map((length) => payloadOf(++lastId, length, signal));
        const results = sides.map((side) => side.enqueue(payloads, action.spilled, nowMs));
        same(results[0], results[1], 'enqueue');
        if (results[0] === 'accepted') for (const payload of payloads) accepted.add(idsIn(text(payload))[0] as number);
        break;
      }
      case 'drain':
        if (!held) await drain(action.answers, action.crash);
        break;
      case 'crash':
        real.crash();
        break;
      case 'clock':
        nowMs += action.byMs;
        break;
      case 'hold':
        held = action.held;
        break;
      case 'resume':
        for (const side of sides) side.resume();
        break;
      case 'purge':
        for (const side of sides) side.purge(nowMs - action.olderThanMs);
        break;
      case 'replay':
        for (const side of sides) side.replay(nowMs, action.letter);
    }
    same(real.look(), reference.look(), action.kind);
  }
  checkAccount(real.look(), accepted, arrived);
  if (signal === 'metrics' && !actions.some(({ kind }) => kind === 'replay')) checkOrder(arrived);
}

function checkAccount(
  { ledger, bodies, depth }: Look,
  accepted: ReadonlySet<number>,
  arrived: readonly number[],
): void {
  const { queued, delivered, rejected, dropped } = ledger;
  same(ledger.accepted, queued + delivered + rejected + dropped, 'the ledger');
  same(bodies.length, depth.payloads, 'the depth');
  for (const id of arrived) if (!accepted.has(id)) throw new Error(`${id} arrived and was never accepted`);
}

/** First arrivals in the order in which they were accepted; only what was in flight at a crash may come again. */
function checkOrder(arrived: readonly number[]): void {
  const first = [...new Set(arrived)];
  const sorted = [...first].sort((a, b) => a - b);
  same(first, sorted, 'the order of arrival');
}

function same(real: unknown, reference: unknown, what: string): void {
  const [a, b] = [canonical(real), canonical(reference)];
  if (a !== b) throw new Error(`${what}: the outbox has ${a}, the reference ${b}`);
}

/** JSON with sorted keys and without undefined fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
