/**
 * `journalctl` as a child process: which arguments, and its output as whole lines. What is not asked for stays in the pipe,
 * so a pipeline that takes nothing stops journalctl, and the journal is the buffer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalPosition } from './journal-position.ts';

export interface JournalQuery {
  /** A folder of journal files; '': the journal of this machine. */
  readonly path: string;
  readonly matches: readonly string[];
  readonly after: JournalPosition | undefined;
  /** Nothing older is read, in microseconds; undefined: everything. */
  readonly sinceUs: bigint | undefined;
  /** Of this machine; undefined where it has none. */
  readonly machineId: string | undefined;
}

/**
 * `--merge`, because `--follow` alone shows the current boot only, so what was logged before a reboot and not read yet
 * would be lost; as it also shows other machines' journals, those are left out by a match.
 * `--all`, because a value of more than 4096 bytes is null otherwise.
 * `--cursor` and not `--after-cursor`: where the entry of the cursor was rotated away, the latter also skips the entry
 * that follows (seen with systemd 252). The reader leaves the cursor's own entry out.
 */
export function journalctlArguments({ path, matches, after, sinceUs, machineId }: JournalQuery): string[] {
  const isTooOld = after !== undefined && sinceUs !== undefined && after.realtimeUs < sinceUs;
  const since = sinceUs === undefined ? [] : [`--since=@${sinceUs / 1_000_000n}.${digits(sinceUs % 1_000_000n)}`];
  const ownMachine =
    path === '' && machineId !== undefined && !matches.some((match) => match.startsWith('_MACHINE_ID='));
  return [
    '--output=json',
    '--all',
    '--no-pager',
    '--follow',
    '--no-tail',
    '--merge',
    ...(path === '' ? [] : [`--directory=${path}`]),
    ...(after === undefined || isTooOld ? since : [`--cursor=${after.cursor}`]),
    ...matches,
    ...(ownMachine ? [`_MACHINE_ID=${machineId}`] : []),
  ];
}

function digits(microseconds: bigint): string {
  return String(microseconds).padStart(6, '0');
}

/** An entry may hold a core dump. What is longer as JSON is left out, so that it cannot fill our memory. */
export const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 4096;
const LF = 10;
/** A child that ignores SIGTERM. */
const KILL_AFTER_MS = 2000;

export interface Lines {
  readonly lines: readonly string[];
  /** Lines that were longer than MAX_ENTRY_BYTES. */
  readonly tooLong: number;
}

export class Journalctl {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #skipping = false;
  #stderr = '';
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** `program`: its name on the PATH, or where it is. */
  constructor(program: string, query: JournalQuery) {
    // Nothing of our environment is passed on but where programs are: it holds tokens.
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0', SYSTEMD_LOG_LEVEL: 'warning' };
    this.#child = spawn(program, journalctlArguments(query), { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARACTERS);
    });
    this.#child.stdout?.on('readable', () => this.#wake());
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#hasEnded = true;
        resolve();
      };
      this.#child.once('error', (error) => {
        this.#failure = error;
        // A program that could not be started is not closed either.
        if (this.#child.pid === undefined) end();
      });
      this.#child.once('close', end);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it says on stderr: that files may not be read, above all. */
  get complaint(): string {
    return this.#stderr.trim().replaceAll(/\s*\n\s*/g, '; ');
  }

  /** Why it is gone, for people. */
  get endReason(): string {
    if ((this.#failure as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      return `${this.#child.spawnfile} is not installed or not on the PATH`;
    }
    if (this.#failure !== undefined) return `${this.#child.spawnfile} cannot be started: ${this.#failure.message}`;
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `exited with code ${exitCode}` : `was ended by ${signalCode}`;
    return this.complaint === '' ? `journalctl ${how}` : `journalctl ${how}: ${this.complaint}`;
  }

  /**
   * The whole lines that are there, up to about `maxBytes` of them; waits for the first up to `waitMs`. undefined: it has
   * ended and all was read.
   */
  async read(maxBytes: number, waitMs: number, stop: AbortSignal): Promise<Lines | undefined> {
    const taken: { lines: string[]; tooLong: number } = { lines: [], tooLong: 0 };
    if (!this.#takeChunks(taken, maxBytes) && !this.#hasEnded) {
      await this.#news(waitMs, stop);
      this.#takeChunks(taken, maxBytes);
    }
    const isOver = this.#hasEnded && taken.lines.length === 0 && taken.tooLong === 0;
    return isOver ? undefined : taken;
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill('SIGTERM');
    // Nobody reads on: a child that waits for room in the pipe would never come to its signal handler.
    this.#child.stdout?.destroy();
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#ended;
    clearTimeout(insist);
  }

  /** Whether there was anything to read. */
  #takeChunks(taken: { lines: string[]; tooLong: number }, maxBytes: number): boolean {
    let bytes = 0;
    while (bytes < maxBytes) {
      const chunk: Buffer | null = this.#child.stdout?.read() ?? null;
      if (chunk === null) break;
      bytes += chunk.length;
      this.#split(chunk, taken);
    }
    return bytes > 0;
  }

  #split(chunk: Buffer, taken: { lines: string[]; tooLong: number }): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      if (this.#skipping) this.#skipping = false;
      else taken.lines.push(this.#whole(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (this.#skipping || start === chunk.length) return;
    this.#parts.push(chunk.subarray(start));
    this.#partsBytes += chunk.length - start;
    if (this.#partsBytes <= MAX_ENTRY_BYTES) return;
    this.#parts = [];
    this.#partsBytes = 0;
    this.#skipping = true;
    taken.tooLong++;
  }

  #whole(rest: Buffer): string {
    if (this.#parts.length === 0) return rest.toString('utf8');
    const line = Buffer.concat([...this.#parts, rest]).toString('utf8');
    this.#parts = [];
    this.#partsBytes = 0;
    return line;
  }

  async #news(waitMs: number, stop: AbortSignal): Promise<void> {
    const done = new AbortController();
    const readable = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const pause = sleep(waitMs, undefined, { signal: AbortSignal.any([stop, done.signal]) }).catch(() => undefined);
    await Promise.race([readable, this.#ended, pause]);
    done.abort();
  }
}
