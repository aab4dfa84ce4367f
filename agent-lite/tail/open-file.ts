/** One opened file and how far it has been read. Hands out whole lines; what has no newline yet waits in the file. */
import { type FileHandle, open } from 'node:fs/promises';
import { type FileIdentity, type FilePosition, headChecksum, MAX_HEAD_BYTES } from './position.ts';

export const CHUNK_BYTES = 64 * 1024;
/** A line without an end in sight is cut here, so that a file without newlines cannot fill our memory. */
const MAX_LINE_BYTES = 1024 * 1024;
const LF = 10;
const CR = 13;

export class OpenFile {
  readonly #handle: FileHandle;
  readonly device: number;
  readonly inode: number;
  #head = 0;
  #headBytes = 0;
  /** All before it has been handed out. */
  offset = 0;

  private constructor(handle: FileHandle, device: number, inode: number) {
    this.#handle = handle;
    this.device = device;
    this.inode = inode;
  }

  /** undefined where there is no such file. */
  static async open(path: string): Promise<OpenFile | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { dev, ino } = await handle.stat();
    const file = new OpenFile(handle, dev, ino);
    await file.#readHead();
    return file;
  }

  get position(): FilePosition {
    const { device, inode, offset } = this;
    return { device, inode, offset, head: this.#head, headBytes: this.#headBytes };
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** Whether a position was taken in this very file: same inode, and the beginning is what it was. */
  async isAt(position: FileIdentity): Promise<boolean> {
    if (position.device !== this.device || position.inode !== this.inode) return false;
    return this.#beginsWith(position.head, position.headBytes);
  }

  /** False once the file was truncated and written anew, even if it is longer than what was read. */
  async isUnchanged(): Promise<boolean> {
    if ((await this.size()) < this.offset) return false;
    const same = await this.#beginsWith(this.#head, this.#headBytes);
    if (same && this.#headBytes < MAX_HEAD_BYTES) await this.#readHead();
    return same;
  }

  /** The file is another one now, under the same inode. */
  async restart(): Promise<void> {
    this.offset = 0;
    await this.#readHead();
  }

  /**
   * Calls `line` for each whole line of the next chunk and returns the bytes taken, 0 at the end. With `toTheEnd` the
   * text behind the last newline counts as a line as well: nobody will write to this file any more.
   */
  async readLines(buffer: Uint8Array, line: (text: string) => void, toTheEnd: boolean): Promise<number> {
    const { bytesRead } = await this.#handle.read(buffer, 0, CHUNK_BYTES, this.offset);
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, bytesRead);
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      line(lineText(chunk, start, end));
      start = end + 1;
    }
    if (start === 0 && bytesRead === CHUNK_BYTES) return this.#readLongLine(line);
    if (toTheEnd && bytesRead < CHUNK_BYTES && start < bytesRead) {
      line(lineText(chunk, start, bytesRead));
      start = bytesRead;
    }
    this.offset += start;
    return start;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readLongLine(line: (text: string) => void): Promise<number> {
    const buffer = Buffer.allocUnsafe(MAX_LINE_BYTES);
    const { bytesRead } = await this.#handle.read(buffer, 0, MAX_LINE_BYTES, this.offset);
    const end = buffer.subarray(0, bytesRead).indexOf(LF);
    if (end < 0 && bytesRead < MAX_LINE_BYTES) return 0;
    line(lineText(buffer, 0, end < 0 ? bytesRead : end));
    const taken = end < 0 ? bytesRead : end + 1;
    this.offset += taken;
    return taken;
  }

  async #readHead(): Promise<void> {
    const bytes = await this.#readBeginning(MAX_HEAD_BYTES);
    this.#head = headChecksum(bytes);
    this.#headBytes = bytes.length;
  }

  async #beginsWith(head: number, headBytes: number): Promise<boolean> {
    const bytes = await this.#readBeginning(headBytes);
    return bytes.length === headBytes && headChecksum(bytes) === head;
  }

  async #readBeginning(length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(Math.min(length, MAX_HEAD_BYTES));
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  }
}

/** Bytes that are not UTF-8 become U+FFFD: a log is read by people, and Loki takes text only. */
function lineText(chunk: Buffer, start: number, end: number): string {
  return chunk.toString('utf8', start, end > start && chunk[end - 1] === CR ? end - 1 : end);
}
