/**
 * What a file or folder holds, read again when it changes. After a failed read the last content stays, and the health says
 * why. With `fsnotify` changes are seen at once; where the system cannot tell them, the poll still finds them.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Health } from '../../core/alloy/component.ts';
import { deepEqual } from '../../core/alloy/equality.ts';
import type { HostContext } from '../context.ts';
import { ContentHealth } from './content-health.ts';

export interface WatchSettings {
  readonly path: string;
  readonly detector: 'fsnotify' | 'poll';
  readonly pollMs: number;
}

type WatchContext = Pick<HostContext, 'clock' | 'logger' | 'exportsChanged'>;

const READ = 'read file';
/** Who writes a file truncates it first; what is read in between is not what they mean. */
const SETTLE_MS = 20;

export class WatchedPath<T> {
  readonly #context: WatchContext;
  readonly #read: (path: string) => T;
  #settings: WatchSettings;
  #value: T;
  readonly #health: ContentHealth;
  #wake = new AbortController();

  /** Reads at once; throws where that fails. */
  constructor(context: WatchContext, settings: WatchSettings, read: (path: string) => T) {
    this.#context = context;
    this.#health = new ContentHealth(context, { state: 'healthy', message: READ });
    this.#read = read;
    this.#settings = settings;
    this.#value = read(settings.path);
  }

  /** Reads again: whoever reloads after changing a file means the file as it is now. */
  current(): T {
    this.#readAgain();
    return this.#value;
  }

  get health(): Health {
    return this.#health.health;
  }

  /** Throws where another path cannot be read, and keeps the settings it had. */
  use(settings: WatchSettings): void {
    this.#take(this.#read(settings.path));
    this.#settings = settings;
    this.#wake.abort();
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const wake = new AbortController();
      this.#wake = wake;
      const { path, detector, pollMs } = this.#settings;
      // Watching comes before reading: what changes in between is seen.
      const watcher = detector === 'fsnotify' ? watchPath(path, () => wake.abort()) : undefined;
      this.#readAgain();
      await this.#context.clock.sleep(pollMs, AbortSignal.any([stop, wake.signal]));
      watcher?.close();
      if (wake.signal.aborted) await this.#context.clock.sleep(SETTLE_MS, stop);
    }
  }

  #readAgain(): void {
    try {
      if (this.#take(this.#read(this.#settings.path))) this.#context.exportsChanged();
    } catch (error) {
      this.#health.bad((error as Error).message, true);
    }
  }

  /** True where the content is another than before. */
  #take(value: T): boolean {
    this.#health.good(READ);
    if (deepEqual(value, this.#value)) return false;
    this.#value = value;
    return true;
  }
}

/**
 * Watches the path, and the folder it is in: a file that is replaced has another inode, one that is away comes back by name,
 * and Kubernetes replaces a link beside it (`..data`). What the system cannot watch is left to the poll.
 */
function watchPath(path: string, changed: () => void): { close(): void } {
  const name = basename(path);
  const watchers = [
    tryWatch(path, changed),
    tryWatch(dirname(path), (touched) => {
      if (touched === null || touched === name || touched.startsWith('..')) changed();
    }),
  ];
  return {
    close() {
      for (const watcher of watchers) watcher?.close();
    },
  };
}

function tryWatch(path: string, changed: (touched: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (_event, touched) => changed(touched));
    watcher.on('error', () => changed(null));
    return watcher;
  } catch {
    return undefined;
  }
}
