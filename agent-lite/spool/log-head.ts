/**
 * The end of the log from which records leave: finds the oldest one that waits, reads what is to be sent, and moves on.
 * Steps over marks and over damage; what damage cost is counted here, once, from the running totals of the records.
 */
import type { QueuedPayload } from '../../core/delivery/queue.ts';
import { SIGNALS, type Signal } from '../../core/pipeline/signals.ts';
import type { SpoolFile, SpoolFileSystem } from './file-system.ts';
import { itemsAfter, type RecordHeader, recordBytes, SEGMENT_HEADER_BYTES, type SignalCounts } from './record.ts';
import { missingItems, type Pending, type Position, type RecoveredSpool, type Segment } from './recovery.ts';
import { type LocatedRecord, SegmentReader } from './segment-reader.ts';
import type { DropReason, SpoolObserver } from './spool-types.ts';

/** Sequence and running totals at some place of the log. */
export interface LogPlace {
  readonly sequence: number;
  readonly items: SignalCounts;
}

export class LogHead {
  readonly segments: Segment[];
  readonly #fs: SpoolFileSystem;
  readonly #observer: SpoolObserver;
  readonly #tail: () => LogPlace;
  readonly #countedGaps: Set<number>;
  #position: Position;
  #pending: Pending;
  #passed: LogPlace;
  #lostTail = false;
  /** Of the segment at the head, which is asked for each record that leaves. */
  #open: { readonly path: string; readonly file: SpoolFile; readonly reader: SegmentReader } | undefined;
  /** What was read already and has not left: a sender that takes less than it looked at does not cost a second reading. */
  #ahead: ReadAhead = { payloads: [], after: 0, at: { segment: 0, offset: 0 } };

  constructor(fs: SpoolFileSystem, observer: SpoolObserver, found: RecoveredSpool, tail: () => LogPlace) {
    this.#fs = fs;
    this.#observer = observer;
    this.#tail = tail;
    this.segments = found.segments;
    this.#countedGaps = found.gaps;
    this.#position = found.head;
    this.#pending = found.pending;
    this.#passed = { sequence: found.cursor.acknowledged, items: found.cursor.items };
    countDropped(observer, found.lost, 'corrupt');
  }

  get pending(): Readonly<Pending> {
    return this.#pending;
  }

  /** Whether the end of the log is gone from the disk; asked once. What is appended there would be lost too. */
  takeLostTail(): boolean {
    const lost = this.#lostTail;
    this.#lostTail = false;
    return lost;
  }

  /** Up to here everything has left. */
  get passed(): LogPlace {
    return this.#passed;
  }

  /** Counts payloads that were appended. */
  added(records: number, bytes: number, items: number): void {
    this.#pending.records += records;
    this.#pending.bytes += bytes;
    this.#pending.items += items;
  }

  /** The oldest record that waits. */
  async record(): Promise<LocatedRecord | undefined> {
    while (this.#position.segment < this.segments.length && this.#pending.records > 0) {
      const found = await this.#withReader(this.#position.segment, (reader) => this.#firstWaiting(reader));
      if (found !== undefined) return found;
      if (this.#position.segment === this.segments.length - 1) {
        this.#loseTheRest();
        return undefined;
      }
      this.#position = { segment: this.#position.segment + 1, offset: SEGMENT_HEADER_BYTES };
    }
    return undefined;
  }

  /** The record at the head as a payload; undefined where its bytes are damaged. */
  payloadOf(record: LocatedRecord): Promise<QueuedPayload | undefined> {
    return this.#withReader(this.#position.segment, (reader) => queuedPayload(reader, record));
  }

  /** The oldest payloads, as `DeliveryQueue.peek` says. */
  async read(maxBytes: number): Promise<QueuedPayload[] | 'corrupt_head'> {
    if ((await this.record()) === undefined) return [];
    const ahead = this.#stillAhead();
    let bytes = bytesBeyondFirst(ahead.payloads);
    while (bytes <= maxBytes && ahead.at.segment < this.segments.length) {
      const before = ahead.payloads.length;
      const read = await this.#withReader(ahead.at.segment, (reader) => readNext(reader, ahead));
      if (read === 'damaged') break;
      if (before > 0 && ahead.payloads.length > before) bytes += ahead.payloads.at(-1)!.body.length;
      if (before === 0 && maxBytes === 0 && ahead.payloads.length > 0) break;
      if (read !== 'end_of_segment' && read !== undefined) continue;
      // The last one may grow.
      if (ahead.at.segment === this.segments.length - 1) break;
      ahead.at = { segment: ahead.at.segment + 1, offset: SEGMENT_HEADER_BYTES };
    }
    const payloads = withinBytes(ahead.payloads, maxBytes);
    return payloads.length === 0 ? 'corrupt_head' : payloads;
  }

  #stillAhead(): ReadAhead {
    const payloads = this.#ahead.payloads.filter(({ sequence }) => sequence > this.#passed.sequence);
    this.#ahead =
      payloads.length > 0
        ? { ...this.#ahead, payloads }
        : { payloads, after: this.#passed.sequence, at: { ...this.#position } };
    return this.#ahead;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.file.close();
  }

  /** The record at the head has left. */
  pass({ at, header }: LocatedRecord): void {
    this.#position = { segment: this.#position.segment, offset: at + recordBytes(header) };
    this.#passed = { sequence: header.sequence, items: itemsAfter(header) };
    this.#countedGaps.delete(header.sequence);
    this.#pending.records--;
    this.#pending.bytes -= header.payloadBytes;
    this.#pending.items -= header.items;
    if (this.#pending.records === 0) this.#pending = { records: 0, bytes: 0, items: 0 };
  }

  /** The first segment, if nothing in it waits and it is not the last. */
  get finishedSegment(): Segment | undefined {
    const last = this.segments.length - 1;
    const nothingWaits = this.#pending.records === 0 && this.#position.segment < last;
    if (nothingWaits) this.#position = { segment: last, offset: SEGMENT_HEADER_BYTES };
    return this.#position.segment > 0 ? this.segments[0] : undefined;
  }

  removedFirstSegment(): void {
    this.segments.shift();
    this.#position = { segment: this.#position.segment - 1, offset: this.#position.offset };
    const { at } = this.#ahead;
    this.#ahead.at = { segment: at.segment - 1, offset: at.offset };
  }

  async #firstWaiting(reader: SegmentReader): Promise<LocatedRecord | undefined> {
    for (;;) {
      const next = await reader.next(this.#position.offset, this.#passed.sequence);
      if (next === undefined || 'torn' in next) return undefined;
      if (next.header.signal !== undefined) {
        this.#countGap(next.header);
        this.#position = { segment: this.#position.segment, offset: next.at };
        return next;
      }
      this.#position = { segment: this.#position.segment, offset: next.at + recordBytes(next.header) };
    }
  }

  /** Damage that happened after the spool was opened. The bytes of what is gone are not known. */
  #countGap(header: RecordHeader): void {
    const missing = missingItems(this.#passed.items, header.itemsBefore);
    if (missing === undefined || this.#countedGaps.has(header.sequence)) return;
    this.#countedGaps.add(header.sequence);
    countDropped(this.#observer, missing, 'corrupt');
    this.#pending.records -= Math.min(this.#pending.records, header.sequence - this.#passed.sequence - 1);
    this.#pending.items -= missing.reduce((sum, items) => sum + items, 0);
  }

  /** The files end before the records that should be there: somebody cut them. */
  #loseTheRest(): void {
    const missing = missingItems(this.#passed.items, this.#tail().items);
    if (missing !== undefined) countDropped(this.#observer, missing, 'corrupt');
    this.#passed = this.#tail();
    this.#pending = { records: 0, bytes: 0, items: 0 };
    this.#lostTail = true;
  }

  /** undefined for a segment that somebody removed: its loss shows in the totals of what follows. */
  async #withReader<T>(index: number, read: (reader: SegmentReader) => Promise<T>): Promise<T | undefined> {
    const segment = this.segments[index];
    if (segment === undefined) throw new Error('BUG: there is no such segment');
    if (this.#open?.path === segment.path) {
      this.#open.reader.grownTo(segment.size);
      return read(this.#open.reader);
    }
    let file: SpoolFile;
    try {
      file = await this.#fs.open(segment.path, 'read');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const reader = new SegmentReader(file, segment.salt, segment.size);
    if (index === this.#position.segment) {
      await this.close();
      this.#open = { path: segment.path, file, reader };
      return read(reader);
    }
    try {
      return await read(reader);
    } finally {
      await file.close();
    }
  }
}

interface ReadAhead {
  readonly payloads: QueuedPayload[];
  /** Sequence of the newest record that was read, and where the next begins. */
  after: number;
  at: Position;
}

/** A damaged payload stays where the next reading begins, until it is at the head. */
async function readNext(reader: SegmentReader, ahead: ReadAhead): Promise<'read' | 'end_of_segment' | 'damaged'> {
  const record = await reader.next(ahead.at.offset, ahead.after);
  if (record === undefined || 'torn' in record) return 'end_of_segment';
  const { header } = record;
  if (header.signal !== undefined) {
    const payload = await queuedPayload(reader, record);
    if (payload === undefined) return 'damaged';
    ahead.payloads.push(payload);
  }
  ahead.after = header.sequence;
  ahead.at = { segment: ahead.at.segment, offset: record.at + recordBytes(header) };
  return 'read';
}

function bytesBeyondFirst(payloads: readonly QueuedPayload[]): number {
  return payloads.slice(1).reduce((sum, { body }) => sum + body.length, 0);
}

function withinBytes(payloads: readonly QueuedPayload[], maxBytes: number): QueuedPayload[] {
  let bytes = 0;
  const end = payloads.findIndex(({ body }, i) => i > 0 && (bytes += body.length) > maxBytes);
  return payloads.slice(0, end < 0 ? payloads.length : end);
}

async function queuedPayload(reader: SegmentReader, record: LocatedRecord): Promise<QueuedPayload | undefined> {
  const { header } = record;
  const { contentType, contentEncoding, tenantId, path } = await reader.meta(record);
  const body = await reader.payload(record);
  if (body === undefined) return undefined;
  return {
    signal: signalOf(header),
    contentType,
    contentEncoding,
    body,
    items: header.items,
    sequence: header.sequence,
    enqueuedAtMs: header.appendedAtMs,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(path === undefined ? {} : { path }),
  };
}

export function signalOf(header: RecordHeader): Signal {
  if (header.signal === undefined) throw new Error('BUG: a marks-only record was read as a payload');
  return header.signal;
}

function countDropped(observer: SpoolObserver, items: SignalCounts, reason: DropReason): void {
  for (const [i, count] of items.entries()) if (count > 0) observer.dropped(SIGNALS[i]!, count, reason);
}
