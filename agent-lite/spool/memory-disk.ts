/**
 * For tests: a disk in memory that fails and loses power as real ones do. What was written and not synced may be gone after
 * a power cut, in part or whole or replaced by zeros; names that were created, renamed or removed since the folder was
 * synced may be as they were, but changes of names keep their order, as in a file system with a journal.
 */
import { type SpoolFile, type SpoolFileSystem, TEMPORARY_SUFFIX } from './file-system.ts';

interface Content {
  bytes: Uint8Array;
  synced: Uint8Array;
}

type Names = ReadonlyMap<string, Content>;

export class MemoryDisk implements SpoolFileSystem {
  freeBytesLeft = Number.POSITIVE_INFINITY;
  readOnly = false;
  failSync = false;
  failTruncate = false;
  #names: Names = new Map();
  /** After each change of a name since the folder was synced; the first is what the disk has for certain. */
  #history: Names[] = [this.#names];

  heal(): void {
    this.freeBytesLeft = Number.POSITIVE_INFINITY;
    this.readOnly = false;
    this.failSync = false;
    this.failTruncate = false;
  }

  /** `choice` decides, for whatever is not certain, from a number below which it is to choose. */
  cutPower(choice: (below: number) => number): void {
    this.#setNames(this.#history[choice(this.#history.length)]!);
    for (const content of this.#names.values()) content.bytes = content.synced = afterPowerCut(content, choice);
    this.#history = [this.#names];
  }

  async makeFolder(): Promise<void> {
    this.#mayWrite();
  }

  async list(folder: string): Promise<string[]> {
    const paths = [...this.#names.keys()].filter((path) => path.startsWith(`${folder}/`));
    return paths.map((path) => path.slice(folder.length + 1)).filter((name) => !name.includes('/'));
  }

  async open(path: string, mode: 'create' | 'write' | 'read'): Promise<SpoolFile> {
    if (mode !== 'read') this.#mayWrite();
    if (mode === 'create') {
      if (this.#names.has(path)) throw fault('EEXIST');
      this.#setNames(new Map(this.#names).set(path, { bytes: new Uint8Array(0), synced: new Uint8Array(0) }));
    }
    const content = this.#names.get(path);
    if (content === undefined) throw fault('ENOENT');
    return this.#file(content);
  }

  async readWhole(path: string): Promise<Uint8Array | undefined> {
    return this.#names.get(path)?.bytes;
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    this.#mayWrite();
    const room = this.freeBytesLeft + (this.#names.get(path)?.bytes.length ?? 0);
    const content = { bytes: bytes.slice(0, this.freeBytesLeft), synced: new Uint8Array(0) };
    if (this.freeBytesLeft < bytes.length) {
      this.#setNames(new Map(this.#names).set(path + TEMPORARY_SUFFIX, content));
      throw fault('ENOSPC');
    }
    this.freeBytesLeft = room - bytes.length;
    const names = new Map(this.#names).set(path, content);
    names.delete(path + TEMPORARY_SUFFIX);
    this.#setNames(names);
  }

  async remove(path: string): Promise<void> {
    this.#mayWrite();
    this.freeBytesLeft += this.#names.get(path)?.bytes.length ?? 0;
    const names = new Map(this.#names);
    names.delete(path);
    this.#setNames(names);
  }

  async syncFolder(): Promise<void> {
    if (this.failSync) throw fault('EIO');
    this.#history = [this.#names];
  }

  freeBytes(): number {
    return this.freeBytesLeft;
  }

  #setNames(names: Names): void {
    this.#names = names;
    this.#history.push(names);
  }

  #mayWrite(): void {
    if (this.readOnly) throw fault('EROFS');
  }

  #file(content: Content): SpoolFile {
    return {
      read: async (into, length, position) => {
        const found = content.bytes.subarray(position, position + length);
        into.set(found);
        return found.length;
      },
      write: async (chunks, position) => {
        this.#mayWrite();
        const bytes = Buffer.concat(chunks);
        const fits = Math.min(bytes.length, this.freeBytesLeft);
        if (fits === 0) throw fault('ENOSPC');
        this.freeBytesLeft -= fits;
        const all = new Uint8Array(Math.max(content.bytes.length, position + fits));
        all.set(content.bytes);
        all.set(bytes.subarray(0, fits), position);
        content.bytes = all;
        return fits;
      },
      truncate: async (length) => {
        this.#mayWrite();
        if (this.failTruncate) throw fault('EIO');
        this.freeBytesLeft += Math.max(content.bytes.length - length, 0);
        content.bytes = content.bytes.slice(0, length);
      },
      sync: async () => {
        if (this.failSync) throw fault('EIO');
        content.synced = content.bytes;
      },
      size: async () => content.bytes.length,
      close: async () => undefined,
    };
  }
}

function afterPowerCut({ bytes, synced }: Content, choice: (below: number) => number): Uint8Array {
  if (bytes === synced) return bytes;
  if (bytes.length <= synced.length) return [bytes, synced][choice(2)]!;
  const arrived = synced.length + choice(bytes.length - synced.length + 1);
  const cut = bytes.slice(0, arrived);
  if (choice(2) === 0) return cut;
  // The length reached the disk and the bytes did not.
  const zeroed = new Uint8Array(bytes.length);
  zeroed.set(cut);
  return zeroed;
}

function fault(code: string): Error {
  return Object.assign(new Error(`${code}: by the test`), { code });
}
