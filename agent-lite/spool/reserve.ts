/**
 * A few blocks of the disk that belong to the spool from the start. A disk that others fill would leave no room to say how
 * far the log was delivered and to begin a new segment, so the delivered bytes could never leave it: then these blocks go,
 * and are taken again once there is room.
 */
import { join } from 'node:path';
import type { SpoolFileSystem } from './file-system.ts';

export const RESERVE_FILE = 'reserve';
/** Room for a cursor beside the old one and for a segment with a snapshot of marks. */
export const RESERVE_BYTES = 64 * 1024;
/** Taken only while others can do without it. */
const MIN_FREE_BYTES = 4 * RESERVE_BYTES;

export class Reserve {
  readonly #fs: SpoolFileSystem;
  readonly #folder: string;
  #isHeld = false;

  constructor(fs: SpoolFileSystem, folder: string) {
    this.#fs = fs;
    this.#folder = folder;
  }

  /** So little room is left that delivered bytes should leave the disk at once. */
  get isDiskTight(): boolean {
    return !this.#isHeld || this.#freeBytes() < MIN_FREE_BYTES;
  }

  async keep(): Promise<void> {
    if (this.#isHeld || this.#freeBytes() < MIN_FREE_BYTES) return;
    try {
      // Not zeros: a disk that compresses would keep nothing free for them.
      const bytes = Uint8Array.from({ length: RESERVE_BYTES }, (_, i) => (i * 2_654_435_761) >>> 13);
      await this.#fs.replace(join(this.#folder, RESERVE_FILE), bytes);
      this.#isHeld = true;
    } catch {
      // A disk that takes nothing now may take it later.
    }
  }

  /** True when there may be room now that was not there before. */
  async release(): Promise<boolean> {
    this.#isHeld = false;
    try {
      if (!(await this.#fs.list(this.#folder)).includes(RESERVE_FILE)) return false;
      await this.#fs.remove(join(this.#folder, RESERVE_FILE));
      return true;
    } catch {
      return false;
    }
  }

  #freeBytes(): number {
    try {
      return this.#fs.freeBytes(this.#folder);
    } catch {
      return 0;
    }
  }
}
