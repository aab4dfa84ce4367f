/** Entries of a journal on their way into one batch: by their labels, in the order they came, and how far they reach. */
import { formatLabels } from '../../core/labels/labels.ts';
import type { LogEntry, LogStream } from '../../core/pipeline/signals.ts';
import type { Counter } from '../telemetry/metrics.ts';
import type { JournalEntry } from './journal-entry.ts';
import { type LineSettings, lineOf } from './journal-lines.ts';
import type { JournalPosition } from './journal-position.ts';

/** Lines of one batch: what a Loki takes in one push without complaint. */
const MAX_BATCH_BYTES = 1024 * 1024;
const MAX_BATCH_ENTRIES = 50_000;

export class JournalBatch {
  readonly #settings: LineSettings;
  readonly #errors: (reason: string) => Counter;
  readonly #streams = new Map<string, { labels: LogStream['labels']; entries: LogEntry[] }>();
  #bytes = 0;
  #entries = 0;
  lines = 0;
  position: JournalPosition | undefined;

  constructor(settings: LineSettings, errors: (reason: string) => Counter) {
    this.#settings = settings;
    this.#errors = errors;
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_BATCH_BYTES || this.#entries >= MAX_BATCH_ENTRIES;
  }

  get streams(): readonly LogStream[] {
    return [...this.#streams.values()];
  }

  add(entry: JournalEntry): void {
    const { cursor, realtimeUs } = entry;
    this.position = { cursor, realtimeUs };
    this.#entries++;
    const made = lineOf(entry, this.#settings);
    if (typeof made === 'string') {
      this.#errors(made).add(1);
      return;
    }
    const { line, labels } = made;
    const key = formatLabels(labels);
    let stream = this.#streams.get(key);
    if (stream === undefined) this.#streams.set(key, (stream = { labels, entries: [] }));
    stream.entries.push({ timestampNs: realtimeUs * 1000n, line, metadata: [] });
    this.#bytes += line.length;
    this.lines++;
  }
}
