/**
 * Appends records to the newest segment. Either all records of a call are on the disk when it returns, or it throws
 * and none of them counts: a partial write is cut off. Where even that fails, or fsync did, the segment is not written to
 * again. With `later` they are in the hands of the operating system only, until `sync`.
 */
import { join } from 'node:path';
import type { SpoolFile, SpoolFileSystem } from './file-system.ts';
import {
  encodeRecord,
  encodeSegmentHeader,
  type RecordInput,
  SEGMENT_HEADER_BYTES,
  segmentFileName,
} from './record.ts';
import type { Segment } from './recovery.ts';

export type SyncPolicy = 'at_once' | 'later' | 'never';

export class SegmentWriter {
  readonly #fs: SpoolFileSystem;
  readonly #folder: string;
  readonly #sync: SyncPolicy;
  #unsynced = false;
  #file: SpoolFile | undefined;
  #segment: Segment | undefined;

  constructor(fs: SpoolFileSystem, folder: string, sync: SyncPolicy) {
    this.#fs = fs;
    this.#folder = folder;
    this.#sync = sync;
  }

  /** The segment that is written to; undefined until one is opened, and after a failure. */
  get segment(): Segment | undefined {
    return this.#segment;
  }

  /** Goes on in an existing segment. */
  async resume(segment: Segment): Promise<void> {
    await this.close();
    this.#file = await this.#fs.open(segment.path, 'write');
    this.#segment = segment;
  }

  /** Starts a new segment; on failure nothing of it remains, as far as the disk lets us clean up. */
  async start(firstSequence: number, salt: number): Promise<Segment> {
    await this.close();
    const path = join(this.#folder, segmentFileName({ firstSequence, salt }));
    const file = await this.#fs.open(path, 'create');
    try {
      const header = encodeSegmentHeader({ firstSequence, salt });
      if ((await file.write([header], 0)) < header.length) throw new ShortWriteError(path);
      if (this.#sync !== 'never') {
        await file.sync();
        await this.#fs.syncFolder(this.#folder);
      }
    } catch (error) {
      await file.close().catch(() => undefined);
      await this.#fs.remove(path).catch(() => undefined);
      throw error;
    }
    this.#file = file;
    this.#segment = { path, firstSequence, salt, size: SEGMENT_HEADER_BYTES };
    return this.#segment;
  }

  async append(records: readonly RecordInput[]): Promise<void> {
    const file = this.#file;
    const segment = this.#segment;
    if (file === undefined || segment === undefined) throw new Error('BUG: append without a segment');
    const chunks = records.flatMap((record) => encodeRecord(record, segment.salt));
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    try {
      if ((await file.write(chunks, segment.size)) < bytes) throw new ShortWriteError(segment.path);
    } catch (error) {
      // A full disk: the segment stays in use if it is whole again, or each attempt would leave a segment behind.
      if (!(await cutBack(file, segment))) await this.#abandon(file);
      throw error;
    }
    try {
      if (this.#sync === 'at_once') await file.sync();
      else this.#unsynced = this.#sync === 'later';
    } catch (error) {
      // Nobody knows which pages are on the disk: a later fsync may succeed without them.
      await cutBack(file, segment);
      await this.#abandon(file);
      throw error;
    }
    segment.size += bytes;
  }

  /** Whether records wait for `sync`. */
  get isUnsynced(): boolean {
    return this.#unsynced;
  }

  /** Throws where nobody knows which of the records since the last one are on the disk. */
  async sync(): Promise<void> {
    const file = this.#file;
    if (!this.#unsynced || file === undefined) return;
    this.#unsynced = false;
    try {
      await file.sync();
    } catch (error) {
      await this.#abandon(file);
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    try {
      await this.sync();
    } finally {
      this.#file = undefined;
      this.#segment = undefined;
      await file?.close().catch(() => undefined);
    }
  }

  async #abandon(file: SpoolFile): Promise<void> {
    this.#file = undefined;
    this.#segment = undefined;
    await file.close().catch(() => undefined);
  }
}

async function cutBack(file: SpoolFile, segment: Segment): Promise<boolean> {
  try {
    await file.truncate(segment.size);
    return true;
  } catch {
    return false;
  }
}

export class ShortWriteError extends Error {
  constructor(path: string) {
    super(`${path}: the disk took only a part of the write`);
  }
}
