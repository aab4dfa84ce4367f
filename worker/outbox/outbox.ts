/**
 * The durable FIFO of one (tenant, destination). It holds final bytes and never a URL or a credential: those are read from
 * the tenant's current pipeline when it sends. Alarms are not trusted: the handler never throws and re-arms last, and every
 * enqueue and the cron sweep restart an alarm that was lost. Every public method is an RPC endpoint.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { type DrainState, idleDrainState } from '../../core/delivery/drain.ts';
import { payloadSplitter } from '../../core/delivery/split.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { gunzip, gzip } from '../compression.ts';
import { edgeRetry } from '../destinations/edge-retry.ts';
import { sendOptions, sendPayload } from '../destinations/send.ts';
import { type Env, integerSetting } from '../env.ts';
import { countItems } from '../telemetry/counters.ts';
import { errorText, log } from '../telemetry/log.ts';
import { currentDestination } from '../tenants/pipeline-cache.ts';
import { within } from '../timeout.ts';
import { Announcer } from './announcer.ts';
import { BacklogHistory } from './backlog-history.ts';
import { BacklogLog } from './backlog-log.ts';
import type { OutboxRpc } from './client.ts';
import { Drainer } from './drainer.ts';
import { LastingFallback } from './lasting-fallback.ts';
import {
  type DeadLetterChoice,
  type DeadLetterRequest,
  type EnqueueRequest,
  type EnqueueResult,
  type HoldRequest,
  OUTBOX_VERSION,
  type OutboxAddress,
  type OutboxDetails,
  type OutboxStatus,
  type PurgeRequest,
  type PurgeResult,
  type ReplayResult,
  type Versioned,
} from './messages.ts';
import { reportProgress } from './progress.ts';
import { migrateOutbox } from './schema.ts';
import { type Address, OutboxSettings } from './settings.ts';
import { SqliteQueue } from './sqlite-queue.ts';
import { nothingTallied, TalliedQueue, type Tally } from './tallied-queue.ts';

const DEFAULT_MAX_BYTES = 1024 ** 3;
const DEFAULT_MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_DEAD_LETTERS = 100;
/** An alarm handler may run for 15 minutes; short slices lose less when a deploy cuts one off. */
const SLICE_MS = 25_000;
/** After a fault of our own, such as a database that does not answer. */
const FAULT_RETRY_MS = 15_000;
/** A hub that has not heard of a backlog may let data pass it. */
const HUB_RETRY_MS = 5_000;
/** A hub that does not answer must not keep a push waiting that is committed already. */
const ANNOUNCE_TIMEOUT_MS = 2_000;
/** An alarm this late is taken for lost. */
const ALARM_LATE_MS = 60_000;
const FULL_RETRY_AFTER_SECONDS = 30;
/**
 * At the edge senders made the batches, so the pipeline's own sizes bound nothing. Far below what receivers take (Mimir and
 * Loki: 100 MB), and large enough that a backlog of small pushes drains in few requests.
 */
const DRAIN_BATCH = { maxItems: 50_000, maxBytes: 8 * 1024 * 1024, maxWaitMs: 0 };

export class Outbox extends DurableObject<Env> implements OutboxRpc {
  readonly #queue: SqliteQueue;
  readonly #settings: OutboxSettings;
  readonly #announcer: Announcer;
  readonly #history: BacklogHistory;
  readonly #backlogLog: BacklogLog;
  readonly #fallback: LastingFallback;
  readonly #drainer: Drainer;
  /** An operator's pause, which only an operator ends. */
  #held: boolean;
  #address: Address | undefined;
  #sending = false;
  #resumed = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateOutbox(ctx.storage);
    this.#settings = new OutboxSettings(ctx.storage);
    const limits = { maxBytes: this.#maxBytes(), maxDeadLetters: MAX_DEAD_LETTERS };
    this.#queue = new SqliteQueue(ctx.storage, limits, () => Date.now());
    this.#drainer = new Drainer(this.#settings, payloadSplitter({ compress: gzip, decompress: gunzip }));
    this.#fallback = new LastingFallback(this.#settings);
    this.#announcer = new Announcer(env, this.#settings, {
      address: () => this.#address,
      isActive: () => this.#isActive(),
    });
    this.#history = new BacklogHistory(ctx.storage.sql);
    this.#backlogLog = new BacklogLog(this.#settings);
    this.#held = this.#settings.get('held') ?? false;
    this.#address = this.#settings.get('address');
  }

  /** Returns only what storage has taken: the answer waits for the commit (output gate). */
  async enqueue(request: EnqueueRequest): Promise<EnqueueResult> {
    const { isolate, cause } = request;
    this.#remember(request, request.signal);
    const nowMs = Date.now();
    if (request.mayDecline === true && !this.#isActive()) {
      this.ctx.waitUntil(this.#announcer.tellBoth());
      return { v: OUTBOX_VERSION, kind: 'declined' };
    }
    const wasEmpty = !this.#holdsData();
    const appended = this.#queue.appendAll(request.payloads, nowMs);
    if (appended === 'accepted' && wasEmpty) this.#announcer.becameActive(nowMs);
    if (appended === 'accepted' && wasEmpty && cause !== undefined) {
      this.#drainer.spilled(cause, nowMs);
      if (cause.paused) this.#alert();
    }
    this.#history.note(this.#queue.depth(), nowMs);
    await this.#armIfLost(nowMs);
    if (appended === 'full') {
      const maxBytes = this.#maxBytes();
      return { v: OUTBOX_VERSION, kind: 'full', maxBytes, retryAfterSeconds: FULL_RETRY_AFTER_SECONDS };
    }
    if (this.#announcer.isBehind) {
      this.ctx.waitUntil(this.#announcer.tellList());
      // Before the answer: an agent's next batch asks the hub, and must learn that this one waits here (order per series).
      await within(ANNOUNCE_TIMEOUT_MS, this.#announcer.tellHub({ isolate })).catch(() => undefined);
    }
    const unawareMs = this.#announcer.unawareMs(Date.now());
    return { v: OUTBOX_VERSION, kind: 'committed', unawareMs, hubUnaware: this.#announcer.hubIsBehind };
  }

  /** A payload that its destination refused for good when it was sent inside the request. */
  async addDeadLetter(request: DeadLetterRequest): Promise<void> {
    this.#remember(request, request.signal);
    this.#queue.addDeadLetter(request.payload, request.reason, request.detail);
    if (!this.#announcer.known) this.ctx.waitUntil(this.#announcer.tellBoth(true));
  }

  async status(_request: Versioned): Promise<OutboxStatus> {
    return this.#status();
  }

  async details(_request: Versioned): Promise<OutboxDetails> {
    const deadLetterList = this.#queue.letters.list().reverse();
    return { ...this.#status(), deadLetterList, history: this.#history.points() };
  }

  /** An operator's pause: nothing is sent any more, and newer data queues here until `release`. */
  async hold(request: HoldRequest): Promise<void> {
    this.#remember(request, request.signal);
    this.#setHeld(true);
    await this.#announcer.tellBoth();
  }

  /** Ends every pause, an operator's too, and tries now. */
  async release(request: Versioned): Promise<void> {
    this.#setHeld(false);
    await this.resume(request);
  }

  /** The pipeline changed, or an operator asks: forgets waits and refusals and tries now. */
  async resume(_request: Versioned): Promise<void> {
    if (this.#sending) this.#resumed = true;
    else this.#drainer.resume();
    // Also when empty: the alarm tells hub and sweep that nothing has to queue here any more.
    if (!this.#held) await this.ctx.storage.setAlarm(Date.now());
  }

  async purge({ enqueuedBeforeMs }: PurgeRequest): Promise<PurgeResult> {
    const gone = this.#queue.purge(enqueuedBeforeMs);
    log('warn', 'outbox_purged', { ...this.#names(), ...gone });
    this.#history.note(this.#queue.depth(), Date.now());
    this.#logBacklog();
    if (gone.items > 0) await this.#report({ ...nothingTallied, dropped: { purged: gone.items } });
    await this.#announcer.tellBoth();
    return { v: OUTBOX_VERSION, ...gone };
  }

  /**
   * Sets the payload aside that the destination does not take: it becomes a dead letter, and the next one is tried now.
   * Nothing is done where nothing failed, or where a refusal concerns all payloads alike.
   */
  async skip(request: Versioned): Promise<PurgeResult> {
    const { attempts, paused, lastError } = this.#drainer.state;
    const [head] = this.#queue.peek(0);
    if (head === undefined || attempts === 0 || paused !== undefined)
      return { v: OUTBOX_VERSION, payloads: 0, items: 0 };
    const queue = new TalliedQueue(this.#queue);
    queue.reject(head.sequence, 'skipped', `set aside by an operator after ${lastError?.detail ?? 'failures'}`);
    const { items } = head;
    log('warn', 'outbox_skipped', { ...this.#names(), payloads: 1, items });
    this.#history.note(this.#queue.depth(), Date.now());
    await this.#report(queue.tally(Date.now()));
    await this.resume(request);
    return { v: OUTBOX_VERSION, payloads: 1, items };
  }

  /** The bytes of one dead letter, as they were sent. */
  async deadLetter({ id }: DeadLetterChoice): Promise<Payload | undefined> {
    return id === undefined ? undefined : this.#queue.letters.payload(id);
  }

  /** Puts dead letters at the end of the queue, one by one: a full queue keeps the rest where it is. */
  async replay({ id }: DeadLetterChoice): Promise<ReplayResult> {
    const chosen = this.#queue.letters.list().filter((letter) => id === undefined || letter.id === id);
    const nowMs = Date.now();
    const replayed = chosen.filter((letter) => {
      const payload = this.#queue.letters.payload(letter.id);
      return payload !== undefined && this.#queue.replay(payload, letter.id, nowMs) === 'accepted';
    });
    if (replayed.length > 0) await this.#armIfLost(nowMs);
    const items = replayed.reduce((sum, letter) => sum + letter.items, 0);
    this.ctx.waitUntil(Promise.all([this.#announcer.tellBoth(), this.#report({ ...nothingTallied, replayed: items })]));
    return { v: OUTBOX_VERSION, replayed: replayed.length, kept: chosen.length - replayed.length };
  }

  async clearDeadLetters(_request: Versioned): Promise<number> {
    return this.#queue.letters.clear();
  }

  /** The cron sweep: restarts a lost alarm, and corrects what hub and database believe. */
  async watch(_request: Versioned): Promise<void> {
    await this.#armIfLost(Date.now());
    await this.#announcer.tellBoth(true);
  }

  override async alarm(): Promise<void> {
    // The platform runs one at a time; should it not, the one that runs arms the next.
    if (this.#sending) return;
    let notBeforeMs = 0;
    this.#sending = true;
    try {
      await this.#drainSlice();
    } catch (error) {
      log('error', 'outbox_drain_failed', { ...this.#names(), error: errorText(error) });
      notBeforeMs = Date.now() + FAULT_RETRY_MS;
    }
    this.#logBacklog();
    await this.#announcer.tellBoth();
    this.#sending = false;
    if (this.#resumed) this.#drainer.resume();
    this.#resumed = false;
    // Last, and with no await since the look at the queue: an enqueue in between cannot be left without an alarm.
    let nextMs = Math.max(this.#drainer.state.nextAttemptAtMs, notBeforeMs, Date.now());
    if (this.#announcer.hubIsBehind) nextMs = Math.min(nextMs, Date.now() + HUB_RETRY_MS);
    if (this.#holdsData() && !this.#held) await this.ctx.storage.setAlarm(nextMs);
    else if (this.#announcer.isBehind) await this.ctx.storage.setAlarm(Date.now() + FAULT_RETRY_MS);
  }

  /** Sends until the queue is empty, the destination asks to wait, or the slice is over. The state says when to go on. */
  async #drainSlice(): Promise<void> {
    const endMs = Date.now() + SLICE_MS;
    if (this.#address === undefined || !this.#holdsData() || this.#held) return;
    const { tenant, destination: id } = this.#address;
    const destination = await this.#destination(tenant, id);
    const queue = new TalliedQueue(this.#queue);
    const wasPaused = this.#drainer.state.paused !== undefined;
    try {
      if (destination === undefined) this.#drainer.destinationMissing(queue, id, this.#maxAgeMs(), Date.now());
      else await this.#drain(queue, destination, endMs);
    } finally {
      if (!wasPaused) this.#alert();
      this.#queue.countEvents({ attempts: queue.attempts, splits: queue.splits });
      await this.#report(queue.tally(Date.now()), this.#drainer.state);
    }
  }

  async #destination(tenant: string, id: string): Promise<Destination | undefined> {
    try {
      return await currentDestination(this.env, tenant, id);
    } catch (error) {
      this.#drainer.pipelineUnavailable(FAULT_RETRY_MS, Date.now());
      throw error;
    }
  }

  async #drain(queue: TalliedQueue, destination: Destination, endMs: number): Promise<void> {
    const options = sendOptions(this.env);
    for (;;) {
      const target = this.#atTheEdge(destination);
      const send = (payload: Payload, attempt: number) =>
        sendPayload(target, payload, attempt, options, this.#fallback);
      const next = await this.#drainer.step(queue, target, send, { nowMs: Date.now(), random: Math.random });
      this.#history.note(this.#queue.depth(), Date.now());
      // Resumed means that the pipeline may be another: the next slice reads the destination anew.
      if (next !== 'again' || this.#resumed || this.#held || Date.now() >= endMs) return;
    }
  }

  async #report(tally: Tally, state: DrainState = idleDrainState): Promise<void> {
    if (this.#address !== undefined) await reportProgress(this.env, this.#address, tally, state);
  }

  /** Only people can end a pause that a destination's refusal began. */
  #alert(): void {
    const { paused } = this.#drainer.state;
    if (paused === undefined || this.#address === undefined) return;
    log('error', 'outbox_paused', { ...this.#names(), reason: paused.reason, detail: paused.detail });
    countItems('spillway_outbox_pauses_total', 1, this.#address.signal, paused.reason);
  }

  #logBacklog(): void {
    this.#backlogLog.look(this.#names(), this.#queue.depth(), this.#drainer.state.lastError, Date.now());
  }

  #atTheEdge(destination: Destination): Destination {
    const outageMs = Date.now() - (this.#queue.depth().oldestAtMs ?? Date.now());
    return { ...destination, batch: DRAIN_BATCH, retry: edgeRetry(destination.retry, outageMs, this.#maxAgeMs()) };
  }

  async #armIfLost(nowMs: number): Promise<void> {
    if (!this.#holdsData() || this.#held) return;
    const alarmMs = await this.ctx.storage.getAlarm();
    if (alarmMs !== null && alarmMs >= nowMs - ALARM_LATE_MS) return;
    await this.ctx.storage.setAlarm(Math.max(nowMs, this.#drainer.state.nextAttemptAtMs));
  }

  /** Whether newer data must queue here. */
  #isActive(): boolean {
    return this.#held || this.#holdsData();
  }

  #setHeld(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    this.#settings.set('held', held);
  }

  #status(): OutboxStatus {
    const { payloads, bytes, items, oldestAtMs } = this.#queue.depth();
    const { paused, attempts, nextAttemptAtMs, lastError } = this.#drainer.state;
    const waiting = nextAttemptAtMs > Date.now() && !this.#sending;
    const troubled = payloads > 0 && (attempts > 0 || paused !== undefined);
    return {
      v: OUTBOX_VERSION,
      destination: this.#address?.destination ?? '',
      signal: this.#address?.signal ?? 'metrics',
      state: this.#held
        ? 'held'
        : payloads === 0
          ? 'idle'
          : paused !== undefined
            ? 'paused'
            : waiting
              ? 'waiting'
              : 'draining',
      payloads,
      bytes,
      items,
      oldestAtMs: oldestAtMs ?? null,
      attempts,
      nextAttemptAtMs: payloads > 0 && nextAttemptAtMs > 0 ? nextAttemptAtMs : null,
      lastError: troubled ? (lastError ?? null) : null,
      pastError: lastError ?? null,
      deadLetters: this.#queue.letters.count(),
      ledger: this.#queue.ledger(),
      maxBytes: this.#maxBytes(),
      events: this.#queue.events(),
    };
  }

  #remember({ tenant, destination }: OutboxAddress, signal: Signal): void {
    if (this.#address !== undefined) return;
    this.#address = { tenant, destination, signal };
    this.#settings.set('address', this.#address);
  }

  #holdsData(): boolean {
    return !this.#queue.isEmpty;
  }

  #maxBytes(): number {
    return integerSetting(this.env.OUTBOX_MAX_BYTES, DEFAULT_MAX_BYTES);
  }

  #maxAgeMs(): number {
    return integerSetting(this.env.OUTBOX_MAX_AGE_MS, DEFAULT_MAX_AGE_MS);
  }

  #names(): { tenant?: string; destination?: string } {
    return this.#address === undefined ? {} : { tenant: this.#address.tenant, destination: this.#address.destination };
  }
}
