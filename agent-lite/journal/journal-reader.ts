/**
 * Follows a journal: runs journalctl from where the last run stopped, collects its entries into batches, writes them
 * together with the cursor, and runs it again, later each time, when it ends. An entry without a line moves the cursor too.
 */
import { readFile } from 'node:fs/promises';
import type { Health } from '../../core/alloy/component.ts';
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import type { LogsWriter } from '../context.ts';
import type { Clock } from '../runtime/clock.ts';
import { readMarks, writeUntilTaken } from '../tail/steady-writer.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter } from '../telemetry/metrics.ts';
import { JournalBatch } from './journal-batch.ts';
import { type JournalEntry, parseJournalEntry } from './journal-entry.ts';
import type { LineSettings } from './journal-lines.ts';
import { earliestJournalPosition, formatJournalPosition, type JournalPosition } from './journal-position.ts';
import { Journalctl, type Lines, MAX_ENTRY_BYTES } from './journalctl.ts';
import { readLegacyCursor } from './legacy-cursor.ts';

export interface ReaderSettings extends LineSettings {
  readonly path: string;
  readonly matches: readonly string[];
  /** 0: everything there is. */
  readonly maxAgeMs: number;
  readonly legacy: { readonly file: string; readonly name: string } | undefined;
}

export interface JournalReaderParts {
  readonly componentId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: LogsWriter;
  readonly settings: () => ReaderSettings;
  readonly readLines: Counter;
  /** Alloy's reasons `no_message` and `empty_labels`; `unreadable`, `too_long` and those of relabelling are our own. */
  readonly errors: (reason: string) => Counter;
  /** The program, for tests. */
  readonly journalctl?: string;
}

const READ_BYTES = 4 * 1024 * 1024;
/** How long more entries are waited for once there is one: the sender waits longer for company anyway. */
const GATHER_MS = 50;
const IDLE_MS = 60_000;
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;
/** journalctl complains at once of files that it cannot open. */
const COMPLAINT_MS = 2000;

interface Writing {
  isDone: boolean;
  readonly done: Promise<void>;
}

interface Gathered {
  readonly batch: LogsBatch;
  readonly lines: number;
  readonly position: JournalPosition;
}

export class JournalReader {
  readonly #parts: JournalReaderParts;
  #marks: ReadonlyMap<string, readonly string[]> = new Map();
  /** By path: of this run, which is what the spools hold or more. */
  readonly #positions = new Map<string, JournalPosition>();
  #startedAtMs = 0;
  #restart = new AbortController();
  #restarts = 0;
  #pid: number | undefined;
  #health: Health = { state: 'unknown', message: 'not reading yet' };

  constructor(parts: JournalReaderParts) {
    this.#parts = parts;
  }

  get health(): Health {
    return this.#health;
  }

  debugInfo(): Readonly<Record<string, unknown>> {
    const { path } = this.#parts.settings();
    const position = this.#positions.get(path);
    return {
      path: path === '' ? 'the journal of this machine' : path,
      journalctl: this.#pid === undefined ? 'not running' : `pid ${this.#pid}`,
      restarts: this.#restarts,
      cursor: position?.cursor ?? '',
      read_up_to: position === undefined ? '' : new Date(Number(position.realtimeUs / 1000n)).toISOString(),
    };
  }

  /** Other arguments of journalctl are asked for: it is run again, from where it is. */
  restart(): void {
    this.#restart.abort();
  }

  async run(stop: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    this.#startedAtMs = clock.nowMs();
    this.#marks = await readMarks(this.#parts, stop);
    let backoffMs = MIN_BACKOFF_MS;
    while (!stop.aborted) {
      const restart = new AbortController();
      this.#restart = restart;
      const signal = AbortSignal.any([stop, restart.signal]);
      const { reason, hasRead } = await this.#follow(signal).catch((error: Error) => {
        return { reason: error.message, hasRead: false };
      });
      if (signal.aborted) continue;
      if (hasRead) backoffMs = MIN_BACKOFF_MS;
      this.#restarts++;
      logger.warn('the journal cannot be read: trying again', { err: reason, in_ms: backoffMs });
      this.#health = {
        state: 'unhealthy',
        message: `${reason}; trying again every ${MAX_BACKOFF_MS / 1000} s at most`,
      };
      await clock.sleep(backoffMs, signal);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
  }

  /** One run of journalctl. While a batch is being written the next one is collected. */
  async #follow(signal: AbortSignal): Promise<{ reason: string; hasRead: boolean }> {
    const { settings, journalctl = 'journalctl' } = this.#parts;
    const { path, matches, maxAgeMs } = settings();
    const after = await this.#position(path);
    // Relative to our start, not to that of journalctl: what waited while a destination was away must not grow too old.
    const sinceUs = maxAgeMs > 0 ? BigInt(Math.max(0, Math.floor(this.#startedAtMs - maxAgeMs))) * 1000n : undefined;
    const machineId = await ownMachineId();
    if (signal.aborted) return { reason: '', hasRead: false };
    const child = new Journalctl(journalctl, { path, matches, after, sinceUs, machineId });
    this.#pid = child.pid;
    let hasRead = false;
    let writing: Writing | undefined;
    try {
      for (let waitMs = COMPLAINT_MS; !signal.aborted; waitMs = IDLE_MS) {
        const gathered = await this.#gather(child, after?.cursor, waitMs, signal, writing);
        await writing?.done;
        if (gathered === undefined) return { reason: child.endReason, hasRead };
        this.#noteHealth(child);
        if (gathered === 'nothing') continue;
        writing = this.#write(path, gathered, signal);
        hasRead = true;
      }
      return { reason: '', hasRead };
    } finally {
      this.#pid = undefined;
      await writing?.done;
      await child.stop();
    }
  }

  #write(path: string, { batch, lines, position }: Gathered, signal: AbortSignal): Writing {
    const mark = { source: this.#parts.componentId, key: path, position: formatJournalPosition(position) };
    const writing: Writing = {
      isDone: false,
      done: writeUntilTaken(this.#parts, { ...batch, marks: [mark] }, signal).then((isTaken) => {
        writing.isDone = true;
        if (!isTaken) return;
        this.#positions.set(path, position);
        this.#parts.readLines.add(lines);
      }),
    };
    return writing;
  }

  /** One batch; undefined when journalctl has ended and all it wrote was taken. `known`: left out, it was read before. */
  async #gather(
    child: Journalctl,
    known: string | undefined,
    waitMs: number,
    signal: AbortSignal,
    writing: Writing | undefined,
  ): Promise<Gathered | 'nothing' | undefined> {
    const builder = new JournalBatch(this.#parts.settings(), this.#parts.errors);
    let read = await child.read(READ_BYTES, waitMs, signal);
    if (read === undefined) return undefined;
    while (read !== undefined && (!isNothing(read) || writing?.isDone === false)) {
      this.#add(builder, read, known);
      if (builder.isFull || signal.aborted) break;
      read = await child.read(READ_BYTES, GATHER_MS, signal);
    }
    const { position, streams, lines } = builder;
    if (position === undefined) return 'nothing';
    return { batch: { signal: 'logs', streams, marks: [] }, lines, position };
  }

  #add(builder: JournalBatch, { lines, tooLong }: Lines, known: string | undefined): void {
    const { errors, logger } = this.#parts;
    if (tooLong > 0) {
      errors('too_long').add(tooLong);
      logger.warn('journal entries were left out: they are too long', { entries: tooLong, max_bytes: MAX_ENTRY_BYTES });
    }
    for (const line of lines) {
      let entry: JournalEntry;
      try {
        entry = parseJournalEntry(line);
      } catch (error) {
        errors('unreadable').add(1);
        logger.warn('a line of journalctl is no entry', { err: (error as Error).message, line: line.slice(0, 200) });
        continue;
      }
      if (entry.cursor !== known) builder.add(entry);
    }
  }

  async #position(path: string): Promise<JournalPosition | undefined> {
    const known = this.#positions.get(path) ?? earliestJournalPosition(this.#marks.get(path) ?? []);
    const { legacy } = this.#parts.settings();
    const position = known ?? (legacy && (await readLegacyCursor(legacy.file, legacy.name)));
    if (position !== undefined) this.#positions.set(path, position);
    return position;
  }

  #noteHealth(child: Journalctl): void {
    const { complaint } = child;
    if (complaint === '') this.#health = { state: 'healthy', message: 'journalctl is running' };
    else if (this.#health.message !== complaint) {
      this.#parts.logger.warn('journalctl complains', { err: complaint });
      this.#health = { state: 'unhealthy', message: complaint };
    }
  }
}

function isNothing({ lines, tooLong }: Lines): boolean {
  return lines.length === 0 && tooLong === 0;
}

/** systemd's machine-id(5). */
async function ownMachineId(): Promise<string | undefined> {
  const text = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  return /^[0-9a-f]{32}$/.test(text) ? text : undefined;
}
