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
    const reading: Reading = { payloads: [], bytes: 0, after: this.#passed.sequence, offset: this.#position.offset };
    for (let index = this.#position.segment; index < this.segments.length; index++) {
      if ((await this.#withReader(index, (reader) => readSegment(reader, reading, maxBytes))) !== 'go_on') break;
      reading.offset = SEGMENT_HEADER_BYTES;
    }
    return reading.payloads.length === 0 ? 'corrupt_head' : reading.payloads;
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
    let file: SpoolFile;
    try {
      file = await this.#fs.open(segment.path, 'read');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return await read(new SegmentReader(file, segment.salt, segment.size));
    } finally {
      await file.close();
    }
  }
}

interface Reading {
  readonly payloads: QueuedPayload[];
  bytes: number;
  after: number;
  offset: number;
}

/** Over when there are enough bytes or a payload is damaged. */
async function readSegment(reader: SegmentReader, reading: Reading, maxBytes: number): Promise<'go_on' | 'over'> {
  for (;;) {
    const record = await reader.next(reading.offset, reading.after);
    if (record === undefined || 'torn' in record) return 'go_on';
    const { header } = record;
    reading.offset = record.at + recordBytes(header);
    reading.after = header.sequence;
    if (header.signal === undefined) continue;
    const isFirst = reading.payloads.length === 0;
    if (!isFirst) reading.bytes += header.payloadBytes;
    if (reading.bytes > maxBytes) return 'over';
    const payload = await queuedPayload(reader, record);
    if (payload === undefined) return 'over';
    reading.payloads.push(payload);
    if (maxBytes === 0) return 'over';
  }
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
