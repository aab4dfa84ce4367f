/**
 * What all memos of a process or an isolate may take together. One that is over the budget makes those forget that were
 * not used for longest; the one that asks is spared, its own bound holds for it.
 */
export interface Forgetful {
  readonly totalBytes: number;
  clear(): void;
}

export class MemoBudget {
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #members = new Set<Forgetful>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Before each use. */
  touch(memo: Forgetful): void {
    this.#members.delete(memo);
    this.#members.add(memo);
    let bytes = 0;
    for (const member of this.#members) bytes += member.totalBytes;
    for (const member of this.#members) {
      if (bytes <= this.#maxBytes || member === memo) break;
      bytes -= member.totalBytes;
      member.clear();
      this.#members.delete(member);
    }
  }
}
