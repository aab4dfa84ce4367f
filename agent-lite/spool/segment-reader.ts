/**
 * Reads the records of one segment through a small window, so that neither recovery nor a reader ever holds a segment
 * in memory. Damage is stepped over: where a header is not intact the reader searches for the next intact one.
 */
import type { SpoolFile } from './file-system.ts';
import {
  checkHeader,
  checkPayload,
  decodeFixedPart,
  decodeMeta,
  findRecordMagic,
  RECORD_FIXED_BYTES,
  type RecordHeader,
  type RecordMeta,
  recordBytes,
} from './record.ts';

const WINDOW_BYTES = 64 * 1024;

export interface LocatedRecord {
  readonly at: number;
  readonly header: RecordHeader;
}

/** `torn`: from `at` to the end of the segment there is no complete record. */
export type Next = LocatedRecord | { readonly torn: number; readonly header?: RecordHeader } | undefined;

export class SegmentReader {
  readonly file: SpoolFile;
  readonly #salt: number;
  #size: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowAt = 0;

  /** `size`: bytes that are known to be written, which may be fewer than the file has. */
  constructor(file: SpoolFile, salt: number, size: number) {
    this.file = file;
    this.#salt = salt;
    this.#size = size;
  }

  /** The segment has more bytes by now. */
  grownTo(size: number): void {
    this.#size = size;
  }

  /**
   * The record at `at`, or after damage the next one behind it whose sequence is above `after` (a marks-only record
   * repeats the sequence before it). undefined at the end of the segment.
   */
  async next(at: number, after: number): Promise<Next> {
    if (at >= this.#size) return undefined;
    const here = await this.#headerAt(at, after);
    if (here !== undefined) return this.#complete(at, here) ? { at, header: here } : { torn: at, header: here };
    for (let from = at + 1; from < this.#size; ) {
      const bytes = await this.#view(from, Math.min(WINDOW_BYTES, this.#size - from));
      const found = findRecordMagic(bytes, 0);
      if (found < 0) {
        from += Math.max(bytes.length - 3, 1);
        continue;
      }
      const candidate = await this.#headerAt(from + found, after);
      if (candidate !== undefined && this.#complete(from + found, candidate)) {
        return { at: from + found, header: candidate };
      }
      from += found + 1;
    }
    return { torn: at };
  }

  async meta({ at, header }: LocatedRecord): Promise<RecordMeta> {
    return decodeMeta(await this.#view(at + RECORD_FIXED_BYTES, header.metaBytes));
  }

  /** The payload in memory of its own, or undefined where its checksum is wrong. */
  async payload({ at, header }: LocatedRecord): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(header.payloadBytes);
    const read = await this.file.read(bytes, bytes.length, at + RECORD_FIXED_BYTES + header.metaBytes);
    return read === bytes.length && checkPayload(header, bytes, this.#salt) ? bytes : undefined;
  }

  async #headerAt(at: number, after: number): Promise<RecordHeader | undefined> {
    if (at + RECORD_FIXED_BYTES > this.#size) return undefined;
    const header = decodeFixedPart(await this.#view(at, RECORD_FIXED_BYTES), 0);
    if (header === undefined || at + RECORD_FIXED_BYTES + header.metaBytes > this.#size) return undefined;
    const bytes = await this.#view(at, RECORD_FIXED_BYTES + header.metaBytes);
    if (!checkHeader(bytes, 0, header.metaBytes, this.#salt)) return undefined;
    const repeats = header.signal === undefined && header.sequence >= after;
    return header.sequence > after || repeats ? header : undefined;
  }

  #complete(at: number, header: RecordHeader): boolean {
    return at + recordBytes(header) <= this.#size;
  }

  /** Valid until the next call. Shorter than asked for only where the file is shorter than it was. */
  async #view(at: number, length: number): Promise<Uint8Array> {
    const inside = at >= this.#windowAt && at + length <= this.#windowAt + this.#window.length;
    if (!inside) {
      const bytes = Math.min(Math.max(length, WINDOW_BYTES), this.#size - at);
      const buffer = new Uint8Array(bytes);
      const read = await this.file.read(buffer, bytes, at);
      this.#window = buffer.subarray(0, read);
      this.#windowAt = at;
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + length);
  }
}
