/** For tests of the spool: a disk that can be told to fail, an observer that adds up, a spool on a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Payload } from '../../core/delivery/destination.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { nodeFileSystem, type SpoolFile, type SpoolFileSystem } from './file-system.ts';
import { Spool } from './spool.ts';
import { type SpoolObserver, type SpoolOptions, spoolDefaults } from './spool-types.ts';

export class CountingObserver implements SpoolObserver {
  readonly counts = new Map<string, number>();
  readonly warnings: string[] = [];

  delivered(signal: Signal, items: number): void {
    this.#add(`delivered ${signal}`, items);
  }
  rejected(signal: Signal, items: number, reason: string): void {
    this.#add(`rejected ${signal} ${reason}`, items);
  }
  dropped(signal: Signal, items: number, reason: string): void {
    this.#add(`dropped ${signal} ${reason}`, items);
  }
  warning(message: string): void {
    this.warnings.push(message);
  }
  sum(prefix: string): number {
    let sum = 0;
    for (const [key, items] of this.counts) if (key.startsWith(prefix)) sum += items;
    return sum;
  }
  #add(key: string, items: number): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + items);
  }
}

let root: string | undefined;

/** Removed with all the others when the test file has ended: a model test makes thousands. */
export function temporaryFolder(): string {
  root ??= mkdtempSync(join(tmpdir(), 'spillway-spools-'));
  return mkdtempSync(join(root, 'spool-'));
}

afterAll(() => {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
  root = undefined;
});

const NEVER = Number.POSITIVE_INFINITY;

export interface OpenedSpool {
  readonly spool: Spool;
  readonly observer: CountingObserver;
  readonly folder: string;
}

export interface OpenOptions extends Partial<SpoolOptions> {
  readonly fs?: SpoolFileSystem;
  readonly nowMs?: () => number;
  /** The wall clock itself where a test does not tell them apart. */
  readonly monotonicMs?: () => number;
  readonly after?: (delayMs: number, run: () => void) => void;
  readonly observer?: CountingObserver;
}

export async function openSpool(options: OpenOptions = {}): Promise<OpenedSpool> {
  const { fs = nodeFileSystem, nowMs = () => 1000, observer = new CountingObserver(), ...others } = options;
  const { monotonicMs = nowMs, after = () => undefined, ...own } = others;
  const folder = own.folder ?? join(temporaryFolder(), 'q');

  const platform = { fs, nowMs, monotonicMs, after, randomSalt: () => ++salt };
  return {
    spool: await Spool.open({ ...spoolDefaults, syncIntervalMs: NEVER, ...own, folder }, platform, observer),
    observer,
    folder,
  };
}

let salt = 0x5eed;

export function payload(text: string, items = 1, signal: Signal = 'metrics'): Payload {
  return { signal, contentType: 'application/x-protobuf', contentEncoding: '', body: Buffer.from(text), items };
}

export async function waitingTexts(spool: Spool): Promise<string[]> {
  return (await spool.peek(Number.MAX_SAFE_INTEGER)).map(({ body }) => Buffer.from(body).toString());
}

/** A disk that takes `freeBytes` more and then fails writes, as a full one does: a part of the last write gets through. */
export class FailingFileSystem implements SpoolFileSystem {
  freeBytesLeft = Number.POSITIVE_INFINITY;
  failSync = false;
  failTruncate = false;
  readOnly = false;

  makeFolder(path: string): Promise<void> {
    return nodeFileSystem.makeFolder(path);
  }
  list(folder: string): Promise<string[]> {
    return nodeFileSystem.list(folder);
  }
  async open(path: string, mode: 'create' | 'write' | 'read'): Promise<SpoolFile> {
    if (this.readOnly && mode !== 'read') throw new Error('EROFS: read-only file system');
    const file = await nodeFileSystem.open(path, mode);
    return {
      read: (into, length, position) => file.read(into, length, position),
      write: (chunks, position) => this.#write(file, chunks, position),
      truncate: async (length) => {
        if (this.failTruncate) throw new Error('EIO: truncate');
        await file.truncate(length);
      },
      sync: async () => {
        if (this.failSync) throw new Error('EIO: fsync');
        await file.sync();
      },
      size: () => file.size(),
      close: () => file.close(),
    };
  }
  readWhole(path: string): Promise<Uint8Array | undefined> {
    return nodeFileSystem.readWhole(path);
  }
  async replace(path: string, bytes: Uint8Array): Promise<void> {
    if (this.readOnly || this.freeBytesLeft < bytes.length) throw new Error('ENOSPC: no space left on device');
    await nodeFileSystem.replace(path, bytes);
  }
  remove(path: string): Promise<void> {
    return nodeFileSystem.remove(path);
  }
  syncFolder(path: string): Promise<void> {
    return nodeFileSystem.syncFolder(path);
  }
  freeBytes(): number {
    return this.freeBytesLeft;
  }

  async #write(file: SpoolFile, chunks: readonly Uint8Array[], position: number): Promise<number> {
    const bytes = Buffer.concat(chunks);
    const fits = Math.min(bytes.length, this.freeBytesLeft);
    this.freeBytesLeft -= fits;
    if (fits === 0) throw new Error('ENOSPC: no space left on device');
    return file.write([bytes.subarray(0, fits)], position);
  }
}
