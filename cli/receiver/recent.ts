/** The newest items of a kind, bounded in number and in bytes. The oldest goes first; ids never repeat. */
interface Entry<T> {
  readonly id: number;
  readonly item: T;
  readonly bytes: number;
}

export class Recent<T> {
  /** A forgotten item leaves `undefined` behind at once, so that its memory goes with it. */
  readonly #items: (Entry<T> | undefined)[] = [];
  readonly #maxItems: number;
  readonly #maxBytes: number;
  /** Slots before this index are forgotten but not yet cut off: shifting one by one would be quadratic. */
  #start = 0;
  #bytes = 0;
  #total = 0;

  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  get total(): number {
    return this.#total;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  add(item: T, bytes: number): void {
    this.#total++;
    this.#items.push({ id: this.#total, item, bytes });
    this.#bytes += bytes;
    while (this.size > this.#maxItems || (this.#bytes > this.#maxBytes && this.size > 1)) {
      this.#bytes -= this.#items[this.#start]?.bytes ?? 0;
      this.#items[this.#start++] = undefined;
    }
    if (this.#start > 1024 && this.#start * 2 > this.#items.length) {
      this.#items.splice(0, this.#start);
      this.#start = 0;
    }
  }

  /** At most `limit` of those that match, newest first, and how many match in all. */
  newest(limit: number, matches: (item: T) => boolean): { matched: number; items: { id: number; item: T }[] } {
    const items: { id: number; item: T }[] = [];
    let matched = 0;
    for (let i = this.#items.length - 1; i >= this.#start; i--) {
      const entry = this.#items[i];
      if (!entry || !matches(entry.item)) continue;
      matched++;
      if (items.length < limit) items.push({ id: entry.id, item: entry.item });
    }
    return { matched, items };
  }
}
