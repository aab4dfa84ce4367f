/**
 * Follows the files of one `loki.source.file`: polls, collects lines of all files into one batch, writes it, and only
 * then counts the lines as read. While the pipeline takes nothing, nothing is read: the files are the buffer.
 */
import { type Labels, labelsFromRecord } from '../../core/labels/labels.ts';
import type { LogEntry, LogStream, LogsBatch, SourceMark } from '../../core/pipeline/signals.ts';
import type { LogsWriter } from '../context.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter, Gauge } from '../telemetry/metrics.ts';
import { FileTail, TAIL_BUFFER_BYTES } from './file-tail.ts';
import { earliestPosition } from './position.ts';

export interface TailTarget {
  readonly path: string;
  /** Without `__` labels. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface TailSettings {
  readonly fromEnd: boolean;
  readonly minPollMs: number;
  readonly maxPollMs: number;
}

export interface TailerParts {
  readonly componentId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: LogsWriter;
  readonly settings: () => TailSettings;
  readonly readLines: Counter;
  readonly readBytes: Counter;
  readonly activeFiles: Gauge;
}

/** Lines of one batch: what a Loki takes in one push without complaint. */
const MAX_BATCH_BYTES = 1024 * 1024;
const WRITE_RETRY_MS = 1000;

interface Followed {
  readonly tail: FileTail;
  readonly key: string;
  readonly labels: Labels;
  failed: boolean;
}

export class Tailer {
  readonly #parts: TailerParts;
  readonly #followed = new Map<string, Followed>();
  #targets: readonly TailTarget[] = [];
  #marks: ReadonlyMap<string, readonly string[]> = new Map();
  #lastTimestampNs = 0n;

  constructor(parts: TailerParts) {
    this.#parts = parts;
  }

  setTargets(targets: readonly TailTarget[]): void {
    this.#targets = targets;
  }

  get files(): readonly string[] {
    return [...this.#followed.values()].map(({ tail }) => tail.path);
  }

  async run(stop: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts;
    await this.#readMarks(stop);
    const buffer = new Uint8Array(TAIL_BUFFER_BYTES);
    let pollMs = settings().minPollMs;
    while (!stop.aborted) {
      const found = await this.#round(buffer, stop);
      pollMs = found ? settings().minPollMs : Math.min(pollMs * 2, settings().maxPollMs);
      if (!found) await clock.sleep(pollMs, stop);
    }
    for (const { tail } of this.#followed.values()) await tail.close();
    this.#followed.clear();
  }

  /** Without the marks of earlier runs every line would be read again, so nothing is read before they are known. */
  async #readMarks(stop: AbortSignal): Promise<void> {
    const { clock, logger, writer } = this.#parts;
    while (!stop.aborted) {
      try {
        this.#marks = await writer.marks();
        return;
      } catch (error) {
        logger.error('the positions of earlier runs cannot be read: trying again', { err: String(error) });
        await clock.sleep(WRITE_RETRY_MS, stop);
      }
    }
  }

  /** One batch from whatever files have news. Returns whether there was any. */
  async #round(buffer: Uint8Array, stop: AbortSignal): Promise<boolean> {
    await this.#follow();
    const streams: LogStream[] = [];
    const touched: Followed[] = [];
    let bytes = 0;
    for (const followed of this.#followed.values()) {
      const entries: LogEntry[] = [];
      bytes += await this.#read(followed, buffer, entries, MAX_BATCH_BYTES - bytes);
      if (entries.length > 0) streams.push({ labels: followed.labels, entries });
      if (followed.tail.hasNews) touched.push(followed);
      if (bytes >= MAX_BATCH_BYTES) break;
    }
    if (touched.length === 0) return false;
    await this.#write(
      { signal: 'logs', streams, marks: touched.map((followed) => this.#markOf(followed)) },
      touched,
      stop,
    );
    this.#parts.readBytes.add(bytes);
    return bytes > 0;
  }

  async #read(followed: Followed, buffer: Uint8Array, entries: LogEntry[], room: number): Promise<number> {
    const { tail } = followed;
    let bytes = 0;
    try {
      await tail.look();
      const line = (text: string) => entries.push({ timestampNs: this.#timestamp(), line: text, metadata: [] });
      for (let taken = 1; taken > 0 && bytes < room; bytes += taken) taken = await tail.readLines(buffer, line);
      followed.failed = false;
    } catch (error) {
      if (!followed.failed) this.#parts.logger.warn('a file cannot be read', { path: tail.path, err: String(error) });
      followed.failed = true;
    }
    return bytes;
  }

  async #write(batch: LogsBatch, touched: readonly Followed[], stop: AbortSignal): Promise<void> {
    const { writer, readLines, logger, clock } = this.#parts;
    try {
      await writer.write(batch);
    } catch (error) {
      for (const { tail } of touched) tail.rollBack();
      if (stop.aborted) return;
      logger.warn('lines could not be written: they are read again', { err: String(error) });
      await clock.sleep(WRITE_RETRY_MS, stop);
      return;
    }
    for (const { tail } of touched) await tail.commit();
    for (const { entries } of batch.streams) readLines.add(entries.length);
  }

  async #follow(): Promise<void> {
    const wanted = new Map<string, TailTarget>();
    for (const target of this.#targets) wanted.set(targetKey(target), target);
    for (const [key, { tail }] of this.#followed) {
      if (wanted.has(key)) continue;
      this.#followed.delete(key);
      await tail.close();
    }
    const { fromEnd } = this.#parts.settings();
    for (const [key, { path, labels }] of wanted) {
      if (this.#followed.has(key)) continue;
      const resumeAt = earliestPosition(this.#marks.get(key) ?? []);
      const tail = new FileTail({ path, resumeAt, fromEnd });
      this.#followed.set(key, { tail, key, labels: labelsFromRecord({ ...labels, filename: path }), failed: false });
    }
    this.#parts.activeFiles.set(this.#followed.size);
  }

  #markOf({ key, tail }: Followed): SourceMark {
    return { source: this.#parts.componentId, key, position: tail.mark };
  }

  /** Strictly growing: Loki takes two equal lines of one time for one. */
  #timestamp(): bigint {
    const now = BigInt(this.#parts.clock.nowMs()) * 1_000_000n;
    this.#lastTimestampNs = now > this.#lastTimestampNs ? now : this.#lastTimestampNs + 1n;
    return this.#lastTimestampNs;
  }
}

/** Two targets may read one path with other labels, so the labels belong to the key, as in Alloy's positions file. */
function targetKey({ path, labels }: TailTarget): string {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return path;
  return `${path}\u0000${JSON.stringify(names.map((name) => [name, labels[name]]))}`;
}
