/**
 * The part of the file system that the spool uses, so that tests can make it fail. Everything is created for its owner
 * only (0700, 0600), and no path that is written may be a symbolic link: a link planted in the state folder must not
 * turn the agent into a writer of somebody else's file.
 */
import { constants, statfsSync } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';

export interface SpoolFile {
  /** Bytes read, fewer at the end of the file. */
  read(into: Uint8Array, length: number, position: number): Promise<number>;
  /** Bytes written, fewer when the disk takes no more. */
  write(chunks: readonly Uint8Array[], position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface SpoolFileSystem {
  makeFolder(path: string): Promise<void>;
  /** Names in the folder; none if there is no folder. */
  list(folder: string): Promise<string[]>;
  open(path: string, mode: 'create' | 'write' | 'read'): Promise<SpoolFile>;
  /** undefined where there is no such file. */
  readWhole(path: string): Promise<Uint8Array | undefined>;
  /** Written beside and renamed, so that a reader sees the old bytes or the new ones. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes created, renamed and removed names durable. */
  syncFolder(path: string): Promise<void>;
  /** What is left on the disk of the folder. */
  freeBytes(folder: string): number;
}

const FLAGS = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
  write: constants.O_RDWR | constants.O_NOFOLLOW,
  read: constants.O_RDONLY | constants.O_NOFOLLOW,
};

export const TEMPORARY_SUFFIX = '.tmp';

export const nodeFileSystem: SpoolFileSystem = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await keepPrivate(path);
  },
  async list(folder) {
    return unlessMissing(readdir(folder), []);
  },
  async open(path, mode) {
    return new NodeFile(await open(path, FLAGS[mode], 0o600));
  },
  async readWhole(path) {
    const file = await unlessMissing(open(path, FLAGS.read), undefined);
    if (file === undefined) return undefined;
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  },
  async replace(path, bytes) {
    const temporary = path + TEMPORARY_SUFFIX;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const file = await open(temporary, flags, 0o600);
    try {
      await file.writeFile(bytes);
    } catch (error) {
      // On a full disk even an empty file takes room from what comes next.
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  },
  async remove(path) {
    await rm(path, { force: true });
  },
  async syncFolder(path) {
    const folder = await open(path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};

/**
 * A folder that was there before us may let others write, who could then put files and links of theirs into it. One that
 * is not ours is left alone: writing to it shows.
 */
async function keepPrivate(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink())
    throw new Error(`${path} is a symbolic link; the spool writes into folders of its own only`);
  const isOurs = process.getuid === undefined || found.uid === process.getuid();
  if (isOurs && (found.mode & 0o077) !== 0) await chmod(path, 0o700);
}

class NodeFile implements SpoolFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(into: Uint8Array, length: number, position: number): Promise<number> {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(into, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<number> {
    const { bytesWritten } = await this.#handle.writev(chunks as Uint8Array[], position);
    return bytesWritten;
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function unlessMissing<T, D>(promise: Promise<T>, missing: D): Promise<T | D> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing;
    throw error;
  }
}
