/**
 * How far the log of a container was read. Lines of a log have no numbers, several may have one time, and the times of
 * stdout and stderr need not grow from line to line. So a position is an anchor, the time of a line that was later than
 * all before it, and how many lines of each stream were taken from there on. Asked for lines `since` the anchor, the engine
 * begins with that very line (up to Docker 22 it also leaves out later lines of earlier times), and so many are skipped.
 */
import type { LogStreamName } from './log-messages.ts';

/** Lines from the anchor on: those not before its time with all between them, then those before it that follow. */
interface Taken {
  readonly lines: number;
  readonly late: number;
}

type TakenByStream = Readonly<Record<LogStreamName, Taken>>;

interface Checkpoint {
  readonly anchorNs: bigint;
  taken: TakenByStream;
}

/** How far an anchor stays behind, so that a line of the other stream which comes a little late is behind it too. */
const ANCHOR_DISTANCE_NS = 1_000_000_000n;
const NOTHING: TakenByStream = { stdout: { lines: 0, late: 0 }, stderr: { lines: 0, late: 0 } };

export class LogPosition {
  /** Rising; the first is what is stored. */
  readonly #checkpoints: Checkpoint[];
  /** The latest time of all lines. */
  #highNs: bigint;

  private constructor(checkpoints: Checkpoint[], highNs: bigint) {
    this.#checkpoints = checkpoints;
    this.#highNs = highNs;
  }

  static atTheBeginning(): LogPosition {
    return new LogPosition([], -1n);
  }

  /** undefined for a text that is not one of ours. */
  static parse(text: string): LogPosition | undefined {
    try {
      const { anchor, high, stdout, stderr } = JSON.parse(text) as Record<string, unknown>;
      const taken = { stdout: takenOf(stdout), stderr: takenOf(stderr) };
      return new LogPosition([{ anchorNs: nanoseconds(anchor), taken }], nanoseconds(high));
    } catch {
      return undefined;
    }
  }

  /** The one that has read least: with several destinations a crash may have reached one spool and not another. */
  static earliest(texts: readonly string[]): LogPosition | undefined {
    let earliest: LogPosition | undefined;
    for (const text of texts) {
      const position = LogPosition.parse(text);
      if (position !== undefined && (earliest === undefined || position.#isBefore(earliest))) earliest = position;
    }
    return earliest;
  }

  /** undefined while nothing was taken. */
  get text(): string | undefined {
    const [first] = this.#checkpoints;
    if (first === undefined) return undefined;
    const { stdout, stderr } = first.taken;
    return JSON.stringify({
      anchor: String(first.anchorNs),
      high: String(this.#highNs),
      stdout: [stdout.lines, stdout.late],
      stderr: [stderr.lines, stderr.late],
    });
  }

  /** For the engine's parameter `since`. */
  get since(): string {
    const [first] = this.#checkpoints;
    if (first === undefined) return '0';
    return `${first.anchorNs / 1_000_000_000n}.${String(first.anchorNs % 1_000_000_000n).padStart(9, '0')}`;
  }

  get highNs(): bigint {
    return this.#highNs;
  }

  /** What to leave out of what the engine sends from `since` on. */
  skipper(): LogSkipper | undefined {
    const [first] = this.#checkpoints;
    return first && new LogSkipper(first.anchorNs, first.taken, this.#highNs);
  }

  /** The anchor's line is gone: what comes is counted from its own beginning. */
  forget(): void {
    this.#checkpoints.length = 0;
    this.#highNs = -1n;
  }

  /** A line begins. `isAlone`: every line from here on is whole. */
  begin(timestampNs: bigint | undefined, isAlone: boolean): void {
    if (timestampNs === undefined || timestampNs <= this.#highNs) return;
    this.#highNs = timestampNs;
    const last = this.#checkpoints.at(-1);
    if (!isAlone || (last !== undefined && timestampNs - last.anchorNs < ANCHOR_DISTANCE_NS)) return;
    this.#checkpoints.push({ anchorNs: timestampNs, taken: NOTHING });
    if (this.#checkpoints.length > 2) this.#checkpoints.shift();
  }

  take(stream: LogStreamName, timestampNs: bigint | undefined): void {
    for (const checkpoint of this.#checkpoints) {
      const { lines, late } = checkpoint.taken[stream];
      const isLate = timestampNs !== undefined && timestampNs < checkpoint.anchorNs;
      const taken = isLate ? { lines, late: late + 1 } : { lines: lines + 1, late: 0 };
      checkpoint.taken = { ...checkpoint.taken, [stream]: taken };
    }
  }

  #isBefore(other: LogPosition): boolean {
    const [own, others] = [this.#checkpoints[0]!, other.#checkpoints[0]!];
    if (own.anchorNs !== others.anchorNs) return own.anchorNs < others.anchorNs;
    return sumOf(own.taken) < sumOf(others.taken);
  }
}

/** Tells lines that were taken before from new ones. */
export class LogSkipper {
  readonly #anchorNs: bigint;
  readonly #highNs: bigint;
  readonly #left: Record<LogStreamName, { lines: number; late: number }>;
  #state: 'first' | 'counting' | 'rotated' | 'done' = 'first';
  /** The anchor's line is no more in the log: by count nothing can be told, by time nearly everything. */
  anchorIsGone = false;

  constructor(anchorNs: bigint, taken: TakenByStream, highNs: bigint) {
    this.#anchorNs = anchorNs;
    this.#highNs = highNs;
    this.#left = { stdout: { ...taken.stdout }, stderr: { ...taken.stderr } };
  }

  isKnown(stream: LogStreamName, timestampNs: bigint | undefined): boolean {
    if (this.#state === 'done') return false;
    if (this.#state === 'first') {
      this.anchorIsGone = timestampNs !== this.#anchorNs;
      this.#state = this.anchorIsGone ? 'rotated' : 'counting';
    }
    if (this.#state === 'counting') return this.#isCounted(this.#left[stream], timestampNs);
    if (timestampNs !== undefined && timestampNs <= this.#highNs) return true;
    this.#state = 'done';
    return false;
  }

  #isCounted(left: { lines: number; late: number }, timestampNs: bigint | undefined): boolean {
    const isLate = timestampNs !== undefined && timestampNs < this.#anchorNs;
    if (left.lines > 0) {
      if (!isLate) left.lines--;
      return true;
    }
    if (isLate && left.late > 0) {
      left.late--;
      return true;
    }
    left.late = 0;
    return false;
  }
}

function sumOf({ stdout, stderr }: TakenByStream): number {
  return stdout.lines + stderr.lines;
}

function takenOf(value: unknown): Taken {
  const [lines, late] = value as unknown[];
  if (!Number.isSafeInteger(lines) || !Number.isSafeInteger(late)) throw new Error('no counts');
  return { lines: lines as number, late: late as number };
}

function nanoseconds(value: unknown): bigint {
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new Error('no time');
  return BigInt(value);
}
