/**
 * Follows one path through the lives of its files: appended, rotated by rename, truncated in place (copytruncate),
 * replaced, deleted, created again. A file that lost its path is read to its end before the next one is begun.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CHUNK_BYTES, OpenFile } from './open-file.ts';
import { type FilePosition, formatPosition } from './position.ts';

export interface TailOptions {
  readonly path: string;
  /** Where an earlier run stopped. */
  readonly resumeAt: FilePosition | undefined;
  readonly fromEnd: boolean;
}

/** The position before the lines that are being written, to go back to when they could not be. */
interface Checkpoint {
  readonly file: OpenFile | undefined;
  readonly offset: number;
}

export class FileTail {
  readonly path: string;
  #options: TailOptions;
  #file: OpenFile | undefined;
  /** Files that lost the path and are still to be read to their end, oldest first. */
  #rotated: OpenFile[] = [];
  #finished: OpenFile[] = [];
  #checkpoints: Checkpoint[] = [];
  #opened = false;
  #gone = false;
  #news = false;

  constructor(options: TailOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** Looks what became of the path since last time. */
  async look(): Promise<void> {
    this.#checkpoints = [];
    if (!this.#opened) {
      this.#file = await this.#openFirst();
      this.#opened = true;
      this.#news = this.#file !== undefined;
      return;
    }
    const now = await statOrNothing(this.path);
    const file = this.#file;
    if (file !== undefined && (now === undefined || now.ino !== file.inode || now.dev !== file.device)) {
      this.#rotated.push(file);
      this.#file = undefined;
      this.#news = true;
    } else if (file !== undefined && !(await file.isUnchanged())) {
      await file.restart();
      this.#news = true;
    }
    this.#gone = now === undefined;
    if (this.#file === undefined && now !== undefined) this.#file = await OpenFile.open(this.path);
  }

  /** The next lines, oldest file first; returns the bytes taken, 0 when there is nothing new. */
  async readLines(buffer: Uint8Array, line: (text: string) => void): Promise<number> {
    if (this.#checkpoints.length === 0) this.#checkpoint();
    for (let file = this.#rotated[0]; file !== undefined; file = this.#rotated[0]) {
      const taken = await file.readLines(buffer, line, true);
      this.#news = true;
      if (taken > 0) return taken;
      this.#rotated.shift();
      this.#finished.push(file);
    }
    const taken = (await this.#file?.readLines(buffer, line, false)) ?? 0;
    if (taken > 0) this.#news = true;
    return taken;
  }

  /** The mark that goes with the lines read so far; '' forgets it: the file is gone and read to its end. */
  get mark(): string {
    const reading = this.#rotated[0] ?? this.#file;
    if (reading !== undefined) return formatPosition(reading.position);
    return this.#gone && this.#finished.length > 0 ? '' : formatPosition(NOWHERE);
  }

  /** There is something to write: lines, or a mark that differs from the one that was written last. */
  get hasNews(): boolean {
    return this.#news;
  }

  /** The lines read since the last call are safe. */
  async commit(): Promise<void> {
    this.#checkpoints = [];
    this.#news = false;
    for (const file of this.#finished.splice(0)) await file.close();
  }

  /** They are not: read them again. */
  rollBack(): void {
    for (const { file, offset } of this.#checkpoints) if (file !== undefined) file.offset = offset;
    this.#rotated = [...this.#finished.splice(0), ...this.#rotated];
    this.#checkpoints = [];
  }

  async close(): Promise<void> {
    const open = [...this.#finished, ...this.#rotated, ...(this.#file === undefined ? [] : [this.#file])];
    for (const file of open) await file.close();
  }

  #checkpoint(): void {
    for (const file of [...this.#rotated, this.#file]) {
      if (file !== undefined) this.#checkpoints.push({ file, offset: file.offset });
    }
  }

  async #openFirst(): Promise<OpenFile | undefined> {
    const file = await OpenFile.open(this.path);
    const { resumeAt, fromEnd } = this.#options;
    if (resumeAt === undefined) {
      if (file !== undefined && fromEnd) file.offset = await file.size();
      return file;
    }
    if (file !== undefined && (await file.isAt(resumeAt))) {
      if (resumeAt.offset <= (await file.size())) file.offset = resumeAt.offset;
      return file;
    }
    const rotated = await this.#findRotated(resumeAt);
    if (rotated !== undefined) this.#rotated.push(rotated);
    return file;
  }

  /** It was rotated while we were not running: its rest is under a name like `syslog.1`. */
  async #findRotated(position: FilePosition): Promise<OpenFile | undefined> {
    const folder = dirname(this.path);
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      if (!name.startsWith(basename(this.path)) || name === basename(this.path)) continue;
      const path = join(folder, name);
      if ((await statOrNothing(path))?.ino !== position.inode) continue;
      const file = await OpenFile.open(path).catch(() => undefined);
      if (file !== undefined && (await file.isAt(position)) && (await file.size()) >= position.offset) {
        file.offset = position.offset;
        return file;
      }
      await file?.close();
    }
    return undefined;
  }
}

const NOWHERE: FilePosition = { device: 0, inode: 0, head: 0, headBytes: 0, offset: 0 };

export const TAIL_BUFFER_BYTES = CHUNK_BYTES;

async function statOrNothing(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
