/**
 * A set of 32-bit fingerprints that remembers the order in which they came, so that two sides can tell each other what is
 * new since last time. Open addressing over typed arrays: about 12 bytes a member. Two members in 4 billion look alike.
 */
const FIRST_SLOTS = 64;

export class FingerprintLog {
  readonly #maxSize: number;
  /** 0 is an empty slot, so the fingerprint 0 is kept as 1. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #log = new Uint32Array(FIRST_SLOTS / 2);
  #size = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#size;
  }

  has(fingerprint: number): boolean {
    return this.#slots[this.#slotOf(fingerprint)] !== 0;
  }

  /** False where it is there already, or where there is no room. */
  add(fingerprint: number): boolean {
    if (this.#size >= this.#maxSize) return false;
    const slot = this.#slotOf(fingerprint);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = fingerprint || 1;
    this.#log[this.#size++] = fingerprint;
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    return true;
  }

  /** What came after the first `position` members; a copy. */
  since(position: number): Uint32Array {
    return this.#log.slice(Math.min(position, this.#size), this.#size);
  }

  #slotOf(fingerprint: number): number {
    const mask = this.#slots.length - 1;
    const wanted = fingerprint || 1;
    // Fingerprints are hashes of seeded hashes: their low bits are as good as any.
    let slot = wanted & mask;
    for (let found = this.#slots[slot]; found !== 0 && found !== wanted; found = this.#slots[slot]) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const log = new Uint32Array(this.#slots.length);
    log.set(this.#log.subarray(0, this.#size));
    this.#log = log;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let i = 0; i < this.#size; i++) {
      const fingerprint = log[i] as number;
      this.#slots[this.#slotOf(fingerprint)] = fingerprint || 1;
    }
  }
}
