/**
 * Whether what was read is still to be believed. A reading that began before a change was told of may not know of that
 * change, whenever it ends.
 */
export class Freshness {
  readonly #forMs: number;
  #readAtMs: number | undefined;
  #changes = 0;

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  /** What is dated ahead was read before the clock jumped back. */
  isFresh(nowMs: number): boolean {
    const ageMs = this.#readAtMs === undefined ? Number.POSITIVE_INFINITY : nowMs - this.#readAtMs;
    return ageMs >= 0 && ageMs < this.#forMs;
  }

  /** A reading begins; what is returned is called when it has ended. */
  reading(nowMs: number): () => void {
    const changes = this.#changes;
    return () => {
      this.#readAtMs = changes === this.#changes ? nowMs : undefined;
    };
  }

  changed(): void {
    this.#changes++;
    this.#readAtMs = undefined;
  }
}
