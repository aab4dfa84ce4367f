/** Lines of one container that were read and not written yet. They share a little room with those of the others. */
import { formatLabels, type Labels } from '../../core/labels/labels.ts';
import type { LogEntry, LogStream } from '../../core/pipeline/signals.ts';
import type { LogStreamName } from './log-messages.ts';

/** undefined: rules drop the lines of this stream. */
export type StreamLabels = Readonly<Record<LogStreamName, Labels | undefined>>;

/** Characters of the lines that wait for all containers of a component. */
export interface SharedRoom {
  characters: number;
}

export interface CollectedLines {
  readonly streams: readonly LogStream[];
  readonly characters: number;
  readonly dropped: number;
}

/** What one may always hold, and what it may hold while all together hold little. */
const OWN_CHARACTERS = 64 * 1024;
const MAX_CHARACTERS = 1024 * 1024;
const MAX_SHARED_CHARACTERS = 4 * 1024 * 1024;

export class WaitingLines {
  readonly #shared: SharedRoom;
  #lines: { readonly stream: LogStreamName; readonly entry: LogEntry }[] = [];
  #characters = 0;

  constructor(shared: SharedRoom) {
    this.#shared = shared;
  }

  get isFull(): boolean {
    if (this.#characters < OWN_CHARACTERS) return false;
    return this.#characters >= MAX_CHARACTERS || this.#shared.characters >= MAX_SHARED_CHARACTERS;
  }

  add(stream: LogStreamName, entry: LogEntry): void {
    this.#lines.push({ stream, entry });
    this.#characters += entry.line.length;
    this.#shared.characters += entry.line.length;
  }

  /** Where both streams have the same labels their lines stay in the order they came. */
  collect(labels: StreamLabels): CollectedLines {
    const streams = new Map<string, { labels: Labels; entries: LogEntry[] }>();
    let dropped = 0;
    for (const { stream, entry } of this.#lines) {
      const own = labels[stream];
      if (own === undefined) {
        dropped++;
        continue;
      }
      const key = formatLabels(own);
      const known = streams.get(key);
      if (known === undefined) streams.set(key, { labels: own, entries: [entry] });
      else known.entries.push(entry);
    }
    const characters = this.#characters;
    this.#lines = [];
    this.#characters = 0;
    this.#shared.characters -= characters;
    return { streams: [...streams.values()], characters, dropped };
  }
}
