/**
 * The durable FIFO of one (tenant, destination). It holds final bytes and never a URL or a credential: those are read from
 * the tenant's current pipeline when it sends. Alarms are not trusted: the handler never throws and re-arms last, and every
 * enqueue and the cron sweep restart an alarm that was lost. Every public method is an RPC endpoint.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Destination } from '../../core/delivery/destination.ts';
import { type DrainState, drainStep, idleDrainState, pausedProbeMs, resumeDrain } from '../../core/delivery/drain.ts';
import { payloadSplitter } from '../../core/delivery/split.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { gunzip, gzip } from '../compression.ts';
import { edgeRetry } from '../destinations/edge-retry.ts';
import { sendOptions, sendPayload } from '../destinations/send.ts';
import { type Env, integerSetting } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { markOutboxActive, markOutboxIdle } from '../tenants/active-outboxes.ts';
import { currentDestination } from '../tenants/pipeline-cache.ts';
import type { OutboxRpc } from './client.ts';
import {
  type DeadLetterRequest,
  type EnqueueRequest,
  type EnqueueResult,
  OUTBOX_VERSION,
  type OutboxAddress,
  type OutboxDetails,
  type OutboxStatus,
  type SpillCause,
} from './messages.ts';
import { reportProgress } from './progress.ts';
import { migrateOutbox } from './schema.ts';
import { type Address, OutboxSettings } from './settings.ts';
import { SqliteQueue } from './sqlite-queue.ts';
import { TalliedQueue } from './tallied-queue.ts';

const DEFAULT_MAX_BYTES = 1024 ** 3;
const DEFAULT_MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_DEAD_LETTERS = 100;
/** An alarm handler may run for 15 minutes; short slices lose less when a deploy cuts one off. */
const SLICE_MS = 25_000;
/** After a fault of our own, such as a database that does not answer. */
const FAULT_RETRY_MS = 15_000;
/** An alarm this late is taken for lost. */
const ALARM_LATE_MS = 60_000;
const FULL_RETRY_AFTER_SECONDS = 30;

export class Outbox extends DurableObject<Env> implements OutboxRpc {
  readonly #queue: SqliteQueue;
  readonly #settings: OutboxSettings;
  readonly #split = payloadSplitter({ compress: gzip, decompress: gunzip });
  #drain: DrainState;
  /** What the hub and the database were last told: whether this outbox holds data. */
  #announced: boolean;
  #announcing: Promise<void> = Promise.resolve();
  /** Whether the hub has heard of this outbox at all. */
  #known: boolean;
  #address: Address | undefined;
  #sending = false;
  #resumed = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateOutbox(ctx.storage);
    this.#settings = new OutboxSettings(ctx.storage);
    const limits = { maxBytes: this.#maxBytes(), maxDeadLetters: MAX_DEAD_LETTERS };
    this.#queue = new SqliteQueue(ctx.storage, limits, () => Date.now());
    this.#drain = this.#settings.get('drain') ?? idleDrainState;
    this.#announced = this.#settings.get('announced') ?? false;
    this.#known = this.#settings.get('known') ?? false;
    this.#address = this.#settings.get('address');
  }

  /** Returns only what storage has taken: the answer waits for the commit (output gate). */
  async enqueue(request: EnqueueRequest): Promise<EnqueueResult> {
    this.#remember(request, request.signal);
    const nowMs = Date.now();
    const wasEmpty = this.#queue.depth().payloads === 0;
    const appended = this.#queue.appendAll(request.payloads, nowMs);
    if (appended === 'accepted' && wasEmpty && request.cause !== undefined) {
      this.#saveDrain(stateAfterSpill(request.cause, nowMs));
    }
    await this.#armIfLost(nowMs);
    if (appended === 'full') {
      const maxBytes = this.#maxBytes();
      return { v: OUTBOX_VERSION, kind: 'full', maxBytes, retryAfterSeconds: FULL_RETRY_AFTER_SECONDS };
    }
    this.ctx.waitUntil(this.#announce());
    return { v: OUTBOX_VERSION, kind: 'committed' };
  }

  /** A payload that its destination refused for good when it was sent inside the request. */
  async addDeadLetter(request: DeadLetterRequest): Promise<void> {
    this.#remember(request, request.signal);
    this.#queue.addDeadLetter(request.payload, request.reason, request.detail);
    if (!this.#known) this.ctx.waitUntil(this.#announce(true));
  }

  async status(_request: { readonly v: number }): Promise<OutboxStatus> {
    return this.#status();
  }

  async details(_request: { readonly v: number }): Promise<OutboxDetails> {
    return { ...this.#status(), deadLetterList: this.#queue.deadLetters().reverse() };
  }

  /** The pipeline changed or an operator asks: forgets waits and pauses and tries now. */
  async resume(_request: { readonly v: number }): Promise<void> {
    if (this.#sending) this.#resumed = true;
    else this.#saveDrain(resumeDrain(this.#drain));
    if (this.#queue.depth().payloads > 0) await this.ctx.storage.setAlarm(Date.now());
  }

  /** The cron sweep: restarts a lost alarm, and corrects what hub and database believe. */
  async watch(_request: { readonly v: number }): Promise<void> {
    await this.#armIfLost(Date.now());
    await this.#announce(true);
  }

  override async alarm(): Promise<void> {
    let notBeforeMs = 0;
    this.#sending = true;
    try {
      await this.#drainSlice();
    } catch (error) {
      log('error', 'outbox_drain_failed', { ...this.#names(), error: errorText(error) });
      notBeforeMs = Date.now() + FAULT_RETRY_MS;
    }
    await this.#announce();
    this.#sending = false;
    if (this.#resumed) this.#saveDrain(resumeDrain(this.#drain));
    this.#resumed = false;
    // Last, and with no await since the look at the queue: an enqueue in between cannot be left without an alarm.
    const nextMs = Math.max(this.#drain.nextAttemptAtMs, notBeforeMs, Date.now());
    if (this.#holdsData()) await this.ctx.storage.setAlarm(nextMs);
    else if (this.#announced) await this.ctx.storage.setAlarm(Date.now() + FAULT_RETRY_MS);
  }

  /** Sends until the queue is empty, the destination asks to wait, or the slice is over. The state says when to go on. */
  async #drainSlice(): Promise<void> {
    const endMs = Date.now() + SLICE_MS;
    if (this.#address === undefined || !this.#holdsData()) return;
    const { tenant, destination: id } = this.#address;
    const destination = await currentDestination(this.env, tenant, id);
    if (destination === undefined) return this.#destinationMissing(id);
    const queue = new TalliedQueue(this.#queue);
    try {
      for (;;) {
        const nowMs = Date.now();
        const target = this.#atTheEdge(destination);
        const options = sendOptions(this.env);
        const send = (payload: Parameters<typeof sendPayload>[1], attempt: number) =>
          sendPayload(target, payload, attempt, options);
        const time = { nowMs, random: Math.random };
        const { state, next } = await drainStep(queue, target, send, this.#drain, time, this.#split);
        this.#saveDrain(state);
        // Resumed means that the pipeline may be another: the next slice reads the destination anew.
        if (next !== 'again' || this.#resumed || Date.now() >= endMs) return;
      }
    } finally {
      await reportProgress(this.env, this.#address, queue.tally(Date.now()), this.#drain);
    }
  }

  /** The pipeline no longer names it. The data waits for it to come back until it is too old. */
  #destinationMissing(id: string): void {
    const nowMs = Date.now();
    for (;;) {
      const [head] = this.#queue.peek(0);
      if (head === undefined || nowMs - head.enqueuedAtMs <= this.#maxAgeMs()) break;
      this.#queue.reject(head.sequence, 'expired', `older than ${this.#maxAgeMs()} ms, and its destination is gone`);
    }
    const detail = `the tenant's pipeline has no destination ${id} any more`;
    const paused = { reason: 'destination_missing', detail, atMs: nowMs };
    this.#saveDrain({ ...this.#drain, nextAttemptAtMs: nowMs + pausedProbeMs, paused, lastError: paused });
  }

  #atTheEdge(destination: Destination): Destination {
    const outageMs = Date.now() - (this.#queue.depth().oldestAtMs ?? Date.now());
    return { ...destination, retry: edgeRetry(destination.retry, outageMs, this.#maxAgeMs()) };
  }

  async #armIfLost(nowMs: number): Promise<void> {
    if (!this.#holdsData()) return;
    const alarmMs = await this.ctx.storage.getAlarm();
    if (alarmMs !== null && alarmMs >= nowMs - ALARM_LATE_MS) return;
    await this.ctx.storage.setAlarm(Math.max(nowMs, this.#drain.nextAttemptAtMs));
  }

  /** Tells the hub and the sweep's list when the outbox became non-empty or empty. Never throws; the alarm tries again. */
  #announce(always = false): Promise<void> {
    // One after the other, each looking at the queue when its turn comes: the last word must be the truth.
    this.#announcing = this.#announcing.then(() => this.#announceNow(always));
    return this.#announcing;
  }

  async #announceNow(always: boolean): Promise<void> {
    const active = this.#holdsData();
    if (this.#address === undefined || (active === this.#announced && !always)) return;
    const { tenant, destination, signal } = this.#address;
    try {
      await tenantHub(this.env, tenant).noteBacklog({ v: HUB_VERSION, tenant, destination, signal, active });
      if (active) await markOutboxActive(this.env.DB, { tenant, destination }, Date.now());
      else await markOutboxIdle(this.env.DB, { tenant, destination });
    } catch (error) {
      log('warn', 'outbox_announce_failed', { ...this.#names(), error: errorText(error) });
      return;
    }
    if (!this.#known) this.#settings.set('known', true);
    this.#known = true;
    if (this.#announced !== active) this.#settings.set('announced', active);
    this.#announced = active;
  }

  #status(): OutboxStatus {
    const { payloads, bytes, items, oldestAtMs } = this.#queue.depth();
    const { paused, attempts, nextAttemptAtMs, lastError } = this.#drain;
    const waiting = nextAttemptAtMs > Date.now() && !this.#sending;
    return {
      v: OUTBOX_VERSION,
      destination: this.#address?.destination ?? '',
      signal: this.#address?.signal ?? 'metrics',
      state: payloads === 0 ? 'idle' : paused !== undefined ? 'paused' : waiting ? 'waiting' : 'draining',
      payloads,
      bytes,
      items,
      oldestAtMs: oldestAtMs ?? null,
      attempts,
      nextAttemptAtMs: payloads > 0 && nextAttemptAtMs > 0 ? nextAttemptAtMs : null,
      lastError: lastError ?? null,
      deadLetters: this.#queue.deadLetters().length,
      ledger: this.#queue.ledger(),
    };
  }

  #remember({ tenant, destination }: OutboxAddress, signal: Signal): void {
    if (this.#address !== undefined) return;
    this.#address = { tenant, destination, signal };
    this.#settings.set('address', this.#address);
  }

  #holdsData(): boolean {
    return this.#queue.depth().payloads > 0;
  }

  #saveDrain(state: DrainState): void {
    const changed = JSON.stringify(state) !== JSON.stringify(this.#drain);
    this.#drain = state;
    // Rows written are what an outbox costs, and a steady drain changes nothing here.
    if (changed) this.#settings.set('drain', state);
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

function stateAfterSpill({ reason, detail, status, waitMs, paused }: SpillCause, nowMs: number): DrainState {
  const lastError = { reason, detail, ...(status === undefined ? {} : { status }), atMs: nowMs };
  return { attempts: 1, nextAttemptAtMs: nowMs + waitMs, lastError, ...(paused ? { paused: lastError } : {}) };
}
