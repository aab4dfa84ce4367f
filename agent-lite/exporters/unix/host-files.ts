/**
 * Reads the kernel's small files below configurable roots (an agent in a container sees the host's /proc elsewhere).
 * Reads are synchronous: procfs and sysfs answer from memory, and one buffer serves all of them.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  readonly udevData: string;
}

const FIRST_BUFFER_BYTES = 16 * 1024;
/** /proc/interrupts-like files of very large hosts are below this; more is no kernel file. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export class HostFiles {
  readonly paths: HostPaths;
  #buffer = Buffer.alloc(FIRST_BUFFER_BYTES);

  constructor(paths: HostPaths) {
    this.paths = paths;
  }

  proc(path: string): string {
    return join(this.paths.procfs, path);
  }

  sys(path: string): string {
    return join(this.paths.sysfs, path);
  }

  /** The path on this machine of a path as the host's processes see it. */
  root(path: string): string {
    return join(this.paths.rootfs, path);
  }

  /** The whole file as text. Throws what the system throws (ENOENT, EACCES, …). */
  text(path: string): string {
    return this.#read(path, false);
  }

  lines(path: string): string[] {
    const lines = this.text(path).split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** The trimmed text, or undefined where the file does not exist or may not be read. */
  optionalText(path: string): string | undefined {
    return this.#optional(path, false);
  }

  /**
   * A sysfs attribute, or undefined where the device has no such property or its driver has nothing to say. The kernel
   * gives an attribute whole at the first read (sysfs.txt), which halves the calls for a folder full of them.
   */
  attribute(path: string): string | undefined {
    return this.#optional(path, true);
  }

  /** Names in a folder in byte order; none where there is no such folder. */
  list(path: string): string[] {
    try {
      return readdirSync(path).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  isFolder(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  #read(path: string, once: boolean): string {
    const file = openSync(path, 'r');
    try {
      let length = 0;
      for (;;) {
        const read = readSync(file, this.#buffer, length, this.#buffer.length - length, null);
        length += read;
        if (read === 0 || once) return this.#buffer.toString('utf8', 0, length);
        if (length === this.#buffer.length) this.#grow(path);
      }
    } finally {
      closeSync(file);
    }
  }

  #optional(path: string, once: boolean): string | undefined {
    try {
      return this.#read(path, once).trim();
    } catch (error) {
      if (UNREADABLE.has(errorCode(error))) return undefined;
      throw error;
    }
  }

  #grow(path: string): void {
    if (this.#buffer.length >= MAX_FILE_BYTES) throw new Error(`${path} is larger than ${MAX_FILE_BYTES} bytes`);
    const larger = Buffer.alloc(this.#buffer.length * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}

/** What sysfs attributes answer when a device lacks the property: node_exporter passes over the same ones. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EINVAL',
  'EOPNOTSUPP',
  'ENOTSUP',
]);

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** Fields between blanks. */
export function fields(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === '' ? [] : trimmed.split(/\s+/);
}

/** A decimal number of the kernel's, or an error that names the file it stands in. */
export function number(text: string | undefined, path: string): number {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new Error(`${path}: ${JSON.stringify(text ?? '')} is not a number`);
  return value;
}
