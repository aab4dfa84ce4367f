/**
 * The agent's durable first-in-first-out queue of one destination: a log of segment files (record.ts has the bytes,
 * docs/spool-format.md the page). `append` resolves when the records are on the disk. Bounded in bytes and age: the
 * oldest records are dropped, or the append is refused, as the caller asks. Every item that enters is counted once as
 * delivered, rejected or dropped when it leaves. Damage and a full disk cost what they hit and never stop the agent.
 */
import { join } from 'node:path';
import type { Payload } from '../../core/delivery/destination.ts';
import type { DeliveryQueue, QueueDepth, QueuedPayload } from '../../core/delivery/queue.ts';
import type { SourceMark } from '../../core/pipeline/signals.ts';
import { type DeadLetter, DeadLetters } from './dead-letters.ts';
import { countRefusal, InFlight } from './in-flight.ts';
import { LogHead, type LogPlace, signalOf } from './log-head.ts';
import { Progress } from './progress.ts';
import { addItems, type RecordInput, SEGMENT_HEADER_BYTES } from './record.ts';
import { RecordAges } from './record-ages.ts';
import { type RecoveredSpool, recoverSpool, setMark } from './recovery.ts';
import { RESERVE_BYTES, Reserve } from './reserve.ts';
import { exceeds, fullText, sizeOf } from './room.ts';
import type { LocatedRecord } from './segment-reader.ts';
import { SegmentWriter, type SyncPolicy } from './segment-writer.ts';
import {
  type DropReason,
  type SpoolBounds,
  SpoolFullError,
  type SpoolObserver,
  type SpoolOptions,
  type SpoolPlatform,
  SpoolUnavailableError,
  type WhenFull,
} from './spool-types.ts';

/** An idle spool whose segment is larger than this starts a new one, so that the delivered bytes leave the disk. */
const IDLE_SEGMENT_BYTES = 1024 * 1024;

interface Append {
  readonly payloads: readonly Payload[];
  readonly marks: readonly SourceMark[];
  readonly whenFull: WhenFull;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Spool implements DeliveryQueue {
  readonly #options: SpoolOptions;
  #bounds: SpoolBounds;
  readonly #platform: SpoolPlatform;
  readonly #observer: SpoolObserver;
  readonly #writer: SegmentWriter;
  readonly #head: LogHead;
  readonly #progress: Progress;
  readonly #reserve: Reserve;
  readonly #letters: DeadLetters;
  readonly #inFlight: InFlight;
  readonly #marks: Map<string, Map<string, string>>;
  /** The newest record. */
  #tail: LogPlace;
  #oldest: { readonly sequence: number; readonly writtenAtMs: number } | undefined;
  readonly #ages: RecordAges;
  #waiting: Append[] = [];
  #commitScheduled = false;
  #queue: Promise<unknown> = Promise.resolve();
  #syncScheduled = false;
  #hadNoRoom = false;

  private constructor(options: SpoolOptions, platform: SpoolPlatform, observer: SpoolObserver, found: RecoveredSpool) {
    this.#options = options;
    this.#bounds = options;
    this.#platform = platform;
    this.#observer = observer;
    this.#writer = new SegmentWriter(platform.fs, options.folder, syncPolicy(options.syncIntervalMs));
    this.#letters = new DeadLetters(platform.fs, join(options.folder, 'rejected'), options.maxDeadLetters);
    this.#inFlight = new InFlight(observer);
    this.#marks = found.marks;
    this.#ages = new RecordAges(platform.nowMs, platform.monotonicMs, found.lastSequence + 1);
    this.#tail = { sequence: found.lastSequence, items: found.items };
    this.#head = new LogHead(platform.fs, observer, found, () => this.#tail);
    this.#reserve = new Reserve(platform.fs, options.folder);
    this.#progress = new Progress(platform.fs, options.folder, this.#head, observer, this.#reserve);
  }

  /** Throws only where the folder can be neither created nor read. */
  static async open(options: SpoolOptions, platform: SpoolPlatform, observer: SpoolObserver): Promise<Spool> {
    await platform.fs.makeFolder(options.folder);
    const found = await recoverSpool(platform.fs, options.folder);
    for (const warning of found.warnings) observer.warning(warning);
    const spool = new Spool(options, platform, observer, found);
    await spool.#begin(found);
    return spool;
  }

  async #begin({ segments, tailIsDirty, isNew }: RecoveredSpool): Promise<void> {
    const last = segments.at(-1);
    // A segment that cannot be opened for writing now stays readable, and the first append starts another.
    if (last !== undefined && !tailIsDirty) await this.#writer.resume(last).catch(() => undefined);
    await this.#noteHead();
    await this.#progress.collect(() => this.#marksAreSafe());
    // The first cursor says that nothing came before the first record: without it its loss could not be counted.
    if (isNew) await this.#progress.saveCursor();
    await this.#leaveTightDisk();
  }

  /** Positions that records of this spool hold for a source, by key. */
  marks(source: string): ReadonlyMap<string, string> {
    return this.#marks.get(source) ?? new Map();
  }

  depth(): QueueDepth {
    const { records, bytes, items } = this.#head.pending;
    const depth = { payloads: records, bytes, items };
    const oldestAtMs = this.#oldestAtMs;
    return oldestAtMs === undefined ? depth : { ...depth, oldestAtMs };
  }

  /** Something waits and the latest append found no room without dropping. */
  get isFull(): boolean {
    return this.#hadNoRoom && this.#head.pending.records > 0;
  }

  /** From the next append on. */
  setBounds(bounds: SpoolBounds): void {
    this.#bounds = bounds;
  }

  /** By what the wall clock says now, whatever it said then. */
  get #oldestAtMs(): number | undefined {
    return this.#oldest && this.#ages.appendedAtMs(this.#oldest.sequence, this.#oldest.writtenAtMs);
  }

  deadLetters(): Promise<DeadLetter[]> {
    return this.#letters.list();
  }

  /**
   * Resolves when the payloads, and with the last of them the marks, are on the disk. Appends that wait for the disk at
   * the same time share one write. Rejects with SpoolFullError or SpoolUnavailableError and has then stored nothing.
   */
  append(payloads: readonly Payload[], marks: readonly SourceMark[], whenFull: WhenFull): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ payloads, marks, whenFull, resolve, reject });
      if (this.#commitScheduled) return;
      this.#commitScheduled = true;
      void this.#serial(() => this.#commit());
    });
  }

  peek(maxBytes: number): Promise<QueuedPayload[]> {
    return this.#serial(async () => {
      this.#inFlight.returned();
      // A power cut must not give a sequence that a destination has seen to other data.
      await this.#syncNow();
      await this.#expire();
      for (;;) {
        const payloads = await this.#head.read(maxBytes);
        if (payloads !== 'corrupt_head') {
          const newest = payloads.at(-1);
          if (newest !== undefined) this.#inFlight.handedOut(newest.sequence);
          return payloads.map((payload) => {
            return { ...payload, enqueuedAtMs: this.#ages.appendedAtMs(payload.sequence, payload.enqueuedAtMs) };
          });
        }
        await this.#dropHead('corrupt');
        await this.#noteHead();
      }
    });
  }

  acknowledge(sequence: number): Promise<void> {
    return this.#serial(async () => {
      this.#inFlight.delivered(sequence);
      for (let head = await this.#head.record(); head !== undefined; head = await this.#head.record()) {
        if (head.header.sequence > sequence) break;
        this.#observer.delivered(signalOf(head.header), head.header.items);
        this.#head.pass(head);
      }
      await this.#noteHead();
      await this.#saveProgress();
    });
  }

  reject(sequence: number, reason: string, detail: string, refusedItems?: number): Promise<void> {
    return this.#serial(async () => {
      if (this.#inFlight.rejected(sequence, { reason, detail }, refusedItems)) return;
      const head = await this.#head.record();
      if (head?.header.sequence !== sequence) return;
      const refused = refusedItems ?? head.header.items;
      await this.#keepRefused(head, reason, detail, refused);
      countRefusal(this.#observer, signalOf(head.header), head.header.items, { reason, detail }, refused);
      this.#head.pass(head);
      await this.#noteHead();
      await this.#saveProgress();
    });
  }

  /** Waits for what is being written, then closes the files. What waits stays on the disk. */
  close(): Promise<void> {
    return this.#serial(async () => {
      this.#inFlight.returned();
      if (this.#progress.isOld) await this.#saveProgress();
      await this.#syncNow();
      await this.#head.close();
      await this.#writer.close();
    });
  }

  // Appending

  async #commit(): Promise<void> {
    this.#commitScheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    const taken: Append[] = [];
    try {
      await this.#expire();
      for (const append of waiting) if (await this.#makeRoom(append, taken)) taken.push(append);
      if (taken.length === 0) return;
      await this.#write(taken);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Those that were refused for want of room have been told; telling them again changes nothing.
      for (const append of waiting) append.reject(new SpoolUnavailableError(reason));
      return;
    }
    for (const append of taken) append.resolve();
  }

  async #makeRoom(append: Append, taken: readonly Append[]): Promise<boolean> {
    if (append.payloads.length === 0) return true;
    const incoming = sizeOf([...taken, append].flatMap(({ payloads }) => payloads));
    const isTooMuch = () => exceeds(this.#head.pending, incoming, this.#bounds);
    this.#hadNoRoom = isTooMuch();
    if (!this.#hadNoRoom) return true;
    if (append.whenFull !== 'refuse') {
      while (isTooMuch() && (await this.#mayDropHead(append.whenFull)) && (await this.#dropHead('spool_full'))) {}
      await this.#noteHead();
      await this.#saveProgress();
    }
    // What is larger than the whole spool would otherwise wait at its source for ever.
    const isAlone = this.#head.pending.records === 0 && taken.every(({ payloads }) => payloads.length === 0);
    if (!isTooMuch() || isAlone || append.whenFull === 'drop_oldest') return true;
    append.reject(new SpoolFullError(fullText(this.#head.pending, this.#bounds)));
    return false;
  }

  async #mayDropHead(whenFull: WhenFull): Promise<boolean> {
    return whenFull === 'drop_oldest' || (await this.#head.record())?.header.signal === 'metrics';
  }

  async #write(taken: readonly Append[]): Promise<void> {
    const records: RecordInput[] = [];
    let { sequence, items } = this.#tail;
    for (const { payloads, marks } of taken) {
      const appendedAtMs = this.#platform.nowMs();
      for (const [i, payload] of payloads.entries()) {
        const own = i === payloads.length - 1 ? marks : [];
        records.push({ sequence: ++sequence, appendedAtMs, payload, marks: own, itemsBefore: items });
        items = addItems(items, payload.signal, payload.items);
      }
      if (payloads.length === 0)
        records.push({ sequence, appendedAtMs, payload: undefined, marks, itemsBefore: items });
    }
    this.#ages.appending(this.#tail.sequence + 1, this.#head.passed.sequence);
    await this.#openSegment(records.reduce((sum, { payload }) => sum + (payload?.body.length ?? 0), 0));
    try {
      await this.#writer.append([...this.#snapshot(), ...records]);
    } catch (error) {
      // What was torn may still be found after a crash under these numbers, so they are not given out again.
      this.#tail = { ...this.#tail, sequence };
      throw error;
    }
    this.#tail = { sequence, items };
    this.#scheduleSync();
    const first = records.find(({ payload }) => payload !== undefined);
    if (first !== undefined) this.#oldest ??= { sequence: first.sequence, writtenAtMs: first.appendedAtMs };
    for (const { payload, marks } of records) {
      for (const mark of marks) setMark(this.#marks, mark.source, mark.key, mark.position);
      if (payload !== undefined) this.#head.added(1, payload.body.length, payload.items);
    }
  }

  async #openSegment(incoming: number): Promise<void> {
    const current = this.#writer.segment;
    if (current !== undefined && !this.#head.takeLostTail()) {
      const idle = this.#head.pending.records === 0 && current.size > IDLE_SEGMENT_BYTES;
      const full = current.size > SEGMENT_HEADER_BYTES && current.size + incoming > this.#options.segmentBytes;
      if (!idle && !full) return;
    }
    await this.#startSegment();
  }

  async #startSegment(): Promise<void> {
    await this.#syncNow();
    const start = () => this.#writer.start(this.#tail.sequence + 1, this.#platform.randomSalt());
    this.#head.segments.push(
      await start().catch(async (error: unknown) => {
        if (await this.#reserve.release()) return start();
        throw error;
      }),
    );
  }

  /**
   * The first record of a segment: all marks. It lets the older segments, which hold the records these marks came with,
   * be removed, so it is written with whatever comes first, however often that fails.
   */
  #snapshot(): RecordInput[] {
    if (this.#writer.segment?.size !== SEGMENT_HEADER_BYTES || this.#marks.size === 0) return [];
    const marks = [...this.#marks].flatMap(([source, keys]) =>
      [...keys].map(([key, position]) => ({ source, key, position })),
    );
    const { sequence, items } = this.#tail;
    return [{ sequence, appendedAtMs: this.#platform.nowMs(), payload: undefined, marks, itemsBefore: items }];
  }

  #scheduleSync(): void {
    if (this.#syncScheduled || !this.#writer.isUnsynced) return;
    this.#syncScheduled = true;
    this.#platform.after(this.#options.syncIntervalMs, () => {
      this.#syncScheduled = false;
      void this.#serial(() => this.#syncNow());
    });
  }

  async #syncNow(): Promise<void> {
    try {
      await this.#writer.sync();
    } catch (error) {
      this.#observer.warning(`fsync failed, a power cut would lose the latest records: ${String(error)}`);
    }
  }

  // Leaving

  async #dropHead(reason: DropReason): Promise<boolean> {
    const head = await this.#head.record();
    if (head === undefined) return false;
    const { header } = head;
    this.#inFlight.drop(header.sequence, signalOf(header), header.items, reason);
    this.#head.pass(head);
    return true;
  }

  async #expire(): Promise<void> {
    const { maxAgeMs } = this.#bounds;
    let dropped = false;
    for (;;) {
      const oldestAtMs = this.#oldestAtMs;
      if (oldestAtMs === undefined || this.#platform.nowMs() - oldestAtMs <= maxAgeMs) break;
      if (!(await this.#dropHead('expired'))) break;
      dropped = true;
      await this.#noteHead();
    }
    if (dropped) await this.#saveProgress();
  }

  async #noteHead(): Promise<void> {
    const header = (await this.#head.record())?.header;
    this.#oldest = header && { sequence: header.sequence, writtenAtMs: header.appendedAtMs };
  }

  async #keepRefused(record: LocatedRecord, reason: string, detail: string, items: number): Promise<void> {
    try {
      const payload = await this.#head.payloadOf(record);
      if (payload === undefined) return;
      const { sequence } = record.header;
      await this.#letters.keep(payload, { sequence, reason, detail, items, atMs: this.#platform.nowMs() });
    } catch (error) {
      this.#observer.warning(`a refused payload could not be kept: ${String(error)}`);
    }
  }

  // Files

  async #saveProgress(): Promise<void> {
    await this.#progress.save(() => this.#marksAreSafe());
    await this.#leaveTightDisk();
  }

  /** Where all has left and the disk has no room, the delivered bytes of the newest segment do not wait for an append. */
  async #leaveTightDisk(): Promise<void> {
    const size = this.#writer.segment?.size ?? 0;
    if (this.#head.pending.records === 0 && size > RESERVE_BYTES && this.#reserve.isDiskTight) {
      try {
        await this.#startSegment();
        await this.#progress.save(() => this.#marksAreSafe());
      } catch (error) {
        this.#observer.warning(`a full disk keeps delivered data: ${String(error)}`);
      }
    }
    await this.#reserve.keep();
  }

  /**
   * A disk that was full may have left the newest segment empty, without the marks of those before it. They fit into the
   * block that its header has already.
   */
  async #marksAreSafe(): Promise<boolean> {
    const { segments } = this.#head;
    const newest = segments.at(-1);
    if (segments.length < 2 || newest?.size !== SEGMENT_HEADER_BYTES || this.#marks.size === 0) return true;
    if (this.#writer.segment !== newest) return false;
    const snapshot = this.#snapshot();
    try {
      await this.#writer.append(snapshot);
      return true;
    } catch {
      return false;
    }
  }

  /** Operations touch the same files and counters, so they run one after the other. */
  #serial<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(operation);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function syncPolicy(intervalMs: number): SyncPolicy {
  if (intervalMs === 0) return 'at_once';
  return intervalMs === Number.POSITIVE_INFINITY ? 'never' : 'later';
}
