/**
 * What a spool finds when it opens its folder. It never refuses to open for damage and never removes a file it does not
 * understand: a torn tail is cut off, damage costs the damaged records and nothing else, and each loss is counted.
 */
import { join } from 'node:path';
import { CURSOR_FILE, type Cursor, decodeCursor, START } from './cursor.ts';
import type { SpoolFile, SpoolFileSystem } from './file-system.ts';
import {
  FORMAT_VERSION,
  itemsAfter,
  NO_ITEMS,
  parseSegmentFileName,
  recordBytes,
  SEGMENT_HEADER_BYTES,
  type SignalCounts,
  segmentVersion,
} from './record.ts';
import { type LocatedRecord, SegmentReader } from './segment-reader.ts';

export interface Segment {
  readonly path: string;
  readonly firstSequence: number;
  readonly salt: number;
  /** Bytes that hold whole records. The file may be longer after a write that failed. */
  size: number;
  /** Of another format version: nobody here knows what removing it would cost. */
  isForeign?: boolean;
}

export interface Pending {
  records: number;
  /** Of payloads. */
  bytes: number;
  items: number;
}

export interface Position {
  /** Index into the segments. */
  segment: number;
  offset: number;
}

export interface RecoveredSpool {
  readonly segments: Segment[];
  readonly head: Position;
  readonly pending: Pending;
  readonly cursor: Cursor;
  /** There is neither a segment nor a cursor. */
  readonly isNew: boolean;
  /** Sequence of the newest record ever seen. */
  readonly lastSequence: number;
  /** Items of each signal ever appended. */
  readonly items: SignalCounts;
  /** Source, key, position. */
  readonly marks: Map<string, Map<string, string>>;
  /** Sequences of records that follow a gap which is counted in `lost`. */
  readonly gaps: Set<number>;
  readonly lost: SignalCounts;
  readonly tornBytes: number;
  /** The last segment has torn bytes that could not be cut off, or half a header: nothing may be appended to it. */
  readonly tailIsDirty: boolean;
  readonly warnings: readonly string[];
}

export async function recoverSpool(fs: SpoolFileSystem, folder: string): Promise<RecoveredSpool> {
  const warnings: string[] = [];
  const segments = await findSegments(fs, folder);
  const scan = new Scan(warnings, await readCursor(fs, folder, segments.length > 0, warnings));
  let tornBytes = 0;
  let tailIsDirty = false;
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    const file = await openForScan(fs, segment, last);
    try {
      const end = await scan.segment(file, segment, i, last);
      if (last && segment.isForeign === true) tailIsDirty = true;
      else if (last && end < segment.size) {
        tornBytes = segment.size - end;
        warnings.push(`${segment.path}: the last ${tornBytes} bytes are not a whole record and were cut off`);
        tailIsDirty = !(await tryTruncate(file, end));
      }
      if (last && end < SEGMENT_HEADER_BYTES) tailIsDirty = true;
      if (last) segment.size = end;
    } finally {
      await file.close();
    }
  }
  const isNew = segments.length === 0 && (await fs.readWhole(join(folder, CURSOR_FILE))) === undefined;
  return { segments, ...scan.result(), isNew, tornBytes, tailIsDirty, warnings };
}

class Scan {
  readonly #warnings: string[];
  readonly #pending: Pending = { records: 0, bytes: 0, items: 0 };
  readonly #marks = new Map<string, Map<string, string>>();
  readonly #gaps = new Set<number>();
  readonly #cursor: Cursor | undefined;
  #head: Position | undefined;
  #start: Position = { segment: 0, offset: SEGMENT_HEADER_BYTES };
  #sequence = 0;
  #lastSequence: number;
  /** Items up to the newest record seen; undefined before the first where no cursor tells. */
  #items: SignalCounts | undefined;
  #firstItems: SignalCounts | undefined;
  #lost: SignalCounts = NO_ITEMS;

  constructor(warnings: string[], cursor: Cursor | undefined) {
    this.#warnings = warnings;
    this.#cursor = cursor;
    this.#items = cursor?.items;
    this.#lastSequence = cursor?.acknowledged ?? 0;
  }

  /** Returns where the whole records end. */
  async segment(file: SpoolFile, segment: Segment, index: number, last: boolean): Promise<number> {
    await this.#checkVersion(file, segment);
    const reader = new SegmentReader(file, segment.salt, segment.size);
    let at = Math.min(SEGMENT_HEADER_BYTES, segment.size);
    let tail: LocatedRecord | undefined;
    for (;;) {
      const next = await reader.next(at, this.#sequence);
      if (next === undefined || 'torn' in next) {
        if (next?.header !== undefined) this.#lastSequence = Math.max(this.#lastSequence, next.header.sequence);
        break;
      }
      if (next.at > at) this.#warnings.push(`${segment.path}: ${next.at - at} damaged bytes at ${at} were skipped`);
      if (tail !== undefined) await this.#take(reader, tail, index);
      tail = next;
      this.#sequence = next.header.sequence;
      at = next.at + recordBytes(next.header);
    }
    if (tail === undefined) return at;
    // A power cut may leave the length of a write but not its bytes, so the newest record is checked as a whole.
    if (last && (await reader.payload(tail)) === undefined) {
      this.#lastSequence = Math.max(this.#lastSequence, tail.header.sequence);
      this.#lose(tail.header.itemsBefore, tail.header.sequence);
      if (tail.header.sequence > this.#acknowledged) this.#count(tail.header.itemsBefore, itemsAfter(tail.header));
      return tail.at;
    }
    await this.#take(reader, tail, index);
    return at;
  }

  result(): Omit<RecoveredSpool, 'segments' | 'isNew' | 'tornBytes' | 'tailIsDirty' | 'warnings'> {
    const items = this.#items ?? NO_ITEMS;
    return {
      head: this.#head ?? this.#start,
      pending: this.#pending,
      cursor: this.#cursor ?? { acknowledged: 0, items: this.#firstItems ?? items },
      lastSequence: Math.max(this.#lastSequence, this.#sequence),
      items,
      marks: this.#marks,
      gaps: this.#gaps,
      lost: this.#lost,
    };
  }

  get #acknowledged(): number {
    return this.#cursor?.acknowledged ?? 0;
  }

  async #take(reader: SegmentReader, record: LocatedRecord, segment: number): Promise<void> {
    const { header } = record;
    for (const mark of (await reader.meta(record)).marks) setMark(this.#marks, mark.source, mark.key, mark.position);
    const end = { segment, offset: record.at + recordBytes(header) };
    if (header.signal === undefined) return;
    this.#lastSequence = Math.max(this.#lastSequence, header.sequence);
    if (header.sequence <= this.#acknowledged) {
      this.#start = end;
      return;
    }
    this.#lose(header.itemsBefore, header.sequence);
    this.#firstItems ??= header.itemsBefore;
    this.#head ??= { segment, offset: record.at };
    this.#items = itemsAfter(header);
    this.#pending.records++;
    this.#pending.bytes += header.payloadBytes;
    this.#pending.items += header.items;
  }

  /** Each record says how many items came before it, so a gap tells exactly what it held. */
  #lose(itemsBefore: SignalCounts, sequence: number): void {
    if (sequence <= this.#acknowledged) return;
    const expected = this.#items ?? itemsBefore;
    if (this.#count(expected, itemsBefore)) this.#gaps.add(sequence);
    this.#items = itemsBefore;
  }

  #count(from: SignalCounts, to: SignalCounts): boolean {
    const missing = missingItems(from, to);
    if (missing === undefined) return false;
    this.#lost = sumItems(this.#lost, missing);
    return true;
  }

  async #checkVersion(file: SpoolFile, segment: Segment): Promise<void> {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
    const read = await file.read(bytes, SEGMENT_HEADER_BYTES, 0);
    const version = segmentVersion(bytes.subarray(0, read));
    if (version === FORMAT_VERSION) return;
    segment.isForeign = version !== undefined;
    const what = version === undefined ? 'its header is damaged' : `its format version is ${version}`;
    this.#warnings.push(`${segment.path}: ${what}; the records that can be read are kept`);
  }
}

/** What lies between two running totals; undefined where nothing does. */
export function missingItems(from: SignalCounts, to: SignalCounts): SignalCounts | undefined {
  const missing = to.map((items, i) => Math.max(items - from[i]!, 0)) as [number, number, number, number];
  return missing.some((items) => items > 0) ? missing : undefined;
}

export function sumItems(a: SignalCounts, b: SignalCounts): SignalCounts {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

/** An empty position forgets the mark. */
export function setMark(marks: Map<string, Map<string, string>>, source: string, key: string, position: string): void {
  let keys = marks.get(source);
  if (keys === undefined) marks.set(source, (keys = new Map()));
  if (position !== '') keys.set(key, position);
  else keys.delete(key);
  if (keys.size === 0) marks.delete(source);
}

async function findSegments(fs: SpoolFileSystem, folder: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of (await fs.list(folder)).sort()) {
    const parsed = parseSegmentFileName(name);
    if (parsed === undefined) continue;
    const path = join(folder, name);
    const file = await fs.open(path, 'read');
    try {
      segments.push({ path, ...parsed, size: await file.size() });
    } finally {
      await file.close();
    }
  }
  return segments;
}

/** The last segment is opened for writing so that a torn tail can be cut off; a read-only disk is no reason to stop. */
async function openForScan(fs: SpoolFileSystem, segment: Segment, last: boolean): Promise<SpoolFile> {
  if (!last) return fs.open(segment.path, 'read');
  try {
    return await fs.open(segment.path, 'write');
  } catch {
    return fs.open(segment.path, 'read');
  }
}

async function tryTruncate(file: SpoolFile, size: number): Promise<boolean> {
  try {
    await file.truncate(size);
    return true;
  } catch {
    return false;
  }
}

async function readCursor(
  fs: SpoolFileSystem,
  folder: string,
  expected: boolean,
  warnings: string[],
): Promise<Cursor | undefined> {
  const path = join(folder, CURSOR_FILE);
  const bytes = await fs.readWhole(path);
  const cursor = bytes === undefined ? undefined : decodeCursor(bytes);
  if (cursor !== undefined) return cursor;
  if (bytes !== undefined) warnings.push(`${path} is damaged; every record that is still there is sent again`);
  return expected ? undefined : START;
}
