/**
 * What one isolate believes about backlogs: the list that its lease brought, and what it spilled itself since it asked
 * for that list. A list never replaces a newer one, whichever answer came first.
 */

/** No answer is under way for longer: what seems to be newer by more than this was dated by a clock that jumped. */
const MAX_REORDER_MS = 60_000;

/** Outboxes tell the hub again after 5 s at the latest (worker/outbox/outbox.ts). */
const DOUBT_MS = 8_000;

export class BacklogView {
  #listed: ReadonlySet<string> = new Set();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** Destination -> when this isolate spilled to its outbox. */
  readonly #spilled = new Map<string, number>();
  /** When the hub last did not answer; undefined once it is over. */
  #doubtedAtMs: number | undefined;

  /** Whether data waits somewhere, only the outbox there can tell. */
  get isInDoubt(): boolean {
    return this.#doubtedAtMs !== undefined;
  }

  /** The hub did not answer. Outboxes may not have reached it either, so its first lists may lack what began meanwhile. */
  doubt(nowMs: number): void {
    this.#doubtedAtMs = nowMs;
  }

  has(destination: string): boolean {
    return this.#listed.has(destination) || this.#spilled.has(destination);
  }

  /** An outbox took data of this isolate: it knows before the hub's list says so. */
  note(destination: string, nowMs: number): void {
    this.#spilled.set(destination, nowMs);
  }

  /** A lease's list, by the time at which it was asked for. What was spilled before that, the hub has heard of. */
  install(listed: readonly string[], askedAtMs: number): void {
    const lead = this.#askedAtMs - askedAtMs;
    if (lead > 0 && lead <= MAX_REORDER_MS) return;
    this.#listed = new Set(listed);
    this.#askedAtMs = askedAtMs;
    if (!this.#isDoubted(askedAtMs)) this.#doubtedAtMs = undefined;
    for (const [destination, atMs] of this.#spilled) if (atMs < askedAtMs) this.#spilled.delete(destination);
  }

  /** The outbox itself, asked at that time, says that it is empty. What came after the question stays. */
  clear(destination: string, askedAtMs: number): void {
    if ((this.#spilled.get(destination) ?? Number.POSITIVE_INFINITY) <= askedAtMs) this.#spilled.delete(destination);
    if (this.#askedAtMs > askedAtMs || !this.#listed.has(destination)) return;
    this.#listed = new Set([...this.#listed].filter((listed) => listed !== destination));
  }

  #isDoubted(askedAtMs: number): boolean {
    const sinceMs = askedAtMs - (this.#doubtedAtMs ?? Number.NEGATIVE_INFINITY);
    return sinceMs > -MAX_REORDER_MS && sinceMs < DOUBT_MS;
  }
}
