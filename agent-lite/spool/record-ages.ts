/**
 * How old records are, whatever the wall clock does meanwhile: a record says when it was appended by the clock of that
 * moment, so for each span of records between two jumps the difference between wall clock and monotonic clock is kept.
 * The jumps of earlier runs are not known; a record of one that seems to come from the future counts from our start. Time
 * in which the machine sleeps does not count.
 */
interface Span {
  readonly firstSequence: number;
  /** Wall clock minus monotonic clock. */
  readonly offsetMs: number;
}

/** Smaller differences are the clocks' own drift. */
const JUMP_MS = 1000;

export class RecordAges {
  readonly #nowMs: () => number;
  readonly #monotonicMs: () => number;
  readonly #openedAtMs: number;
  readonly #firstOwn: number;
  #spans: Span[];

  /** `firstOwn`: the first sequence that this run may give out. */
  constructor(nowMs: () => number, monotonicMs: () => number, firstOwn: number) {
    this.#nowMs = nowMs;
    this.#monotonicMs = monotonicMs;
    this.#openedAtMs = nowMs();
    this.#firstOwn = firstOwn;
    this.#spans = [{ firstSequence: 0, offsetMs: this.#offset() }];
  }

  /** `sequence` is about to be appended; everything up to `passed` has left. */
  appending(sequence: number, passed: number): void {
    const offsetMs = this.#offset();
    const last = this.#spans.at(-1)!;
    if (Math.abs(offsetMs - last.offsetMs) < JUMP_MS) return;
    const current = this.#spans.findLastIndex(({ firstSequence }) => firstSequence <= passed + 1);
    this.#spans = [...this.#spans.slice(Math.max(current, 0)), { firstSequence: sequence, offsetMs }];
  }

  /** When a record was appended, by what the wall clock says now. */
  appendedAtMs(sequence: number, writtenAtMs: number): number {
    const { offsetMs } = this.#spans.findLast(({ firstSequence }) => firstSequence <= sequence) ?? this.#spans[0]!;
    const then = sequence < this.#firstOwn ? Math.min(writtenAtMs, this.#openedAtMs) : writtenAtMs;
    const jumpMs = this.#offset() - offsetMs;
    return Math.abs(jumpMs) < JUMP_MS ? then : then + jumpMs;
  }

  #offset(): number {
    return this.#nowMs() - this.#monotonicMs();
  }
}
