/** How far a spool has been delivered, on the disk: the cursor, and the segments that are over. */
import { join } from 'node:path';
import { CURSOR_FILE, encodeCursor } from './cursor.ts';
import type { SpoolFileSystem } from './file-system.ts';
import type { LogHead } from './log-head.ts';
import type { Reserve } from './reserve.ts';
import type { SpoolObserver } from './spool-types.ts';

export class Progress {
  readonly #fs: SpoolFileSystem;
  readonly #folder: string;
  readonly #head: LogHead;
  readonly #observer: SpoolObserver;
  readonly #reserve: Reserve;
  #isOld = false;

  constructor(fs: SpoolFileSystem, folder: string, head: LogHead, observer: SpoolObserver, reserve: Reserve) {
    this.#fs = fs;
    this.#folder = folder;
    this.#head = head;
    this.#observer = observer;
    this.#reserve = reserve;
  }

  /** The cursor on the disk is behind: it could not be written. */
  get isOld(): boolean {
    return this.#isOld;
  }

  /**
   * The cursor is written before segments go, so that a crash in between finds nothing missing. On a full disk the
   * cursor may fail until the segments have made room, or the reserve has. `mayRemove`: the marks of older segments are in a newer one.
   */
  async save(mayRemove: () => Promise<boolean>): Promise<void> {
    let saved = await this.saveCursor();
    await this.collect(mayRemove);
    if (!saved) saved = await this.saveCursor();
    if (!saved && (await this.#reserve.release())) saved = await this.saveCursor();
    this.#isOld = !saved;
  }

  async saveCursor(): Promise<boolean> {
    const { sequence, items } = this.#head.passed;
    try {
      await this.#fs.replace(join(this.#folder, CURSOR_FILE), encodeCursor({ acknowledged: sequence, items }));
      this.#isOld = false;
      return true;
    } catch {
      return false;
    }
  }

  async collect(mayRemove: () => Promise<boolean>): Promise<void> {
    if (!(await mayRemove())) return;
    for (let done = this.#head.finishedSegment; done !== undefined; done = this.#head.finishedSegment) {
      try {
        if (done.isForeign !== true) await this.#fs.remove(done.path);
      } catch (error) {
        this.#observer.warning(`a delivered segment could not be removed: ${String(error)}`);
        return;
      }
      this.#head.removedFirstSegment();
    }
  }
}
