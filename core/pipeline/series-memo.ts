/**
 * What was decided for a series, remembered by the bytes of its label block: bounded in bytes, and correct whatever the
 * hashes are, because a hit compares all bytes. Two generations make it forget: what was used in neither the current
 * nor the previous one is gone, and a use in the current one moves an entry over.
 */
import { rangeEqual, viewsEqual } from '../bytes/equal.ts';
import { hashBytes } from '../bytes/hash.ts';
import type { SeriesLink } from './compressed-output.ts';

export interface MemoEntry<V> {
  readonly value: V;
  readonly hash: number;
  readonly length: number;
  weight: number;
  /** Where the key lies: chunks belong to a generation and vanish with it. */
  chunk: Uint8Array;
  view: DataView;
  offset: number;
  generation: number;
  nextWithHash: MemoEntry<V> | undefined;
  /**
   * What came after this series last time. A sender repeats its series in order, so this is nearly always right, and
   * comparing is cheaper than hashing. It leads only to entries used no earlier than this one, hence never keeps
   * forgotten entries alive.
   */
  successor: MemoEntry<V> | undefined;
  /** Tells entries apart without holding on to them. */
  readonly id: number;
  /** In which epoch the series was last counted as active. */
  activeEpoch: number;
  /** How to write it in compressed form behind its predecessors of last time, one for each output. */
  links: SeriesLink | undefined;
}

/** What the objects of one entry take beside its key and value, measured in V8 over 100,000 entries. */
const entryOverheadBytes = 190;
export const neverActive = -1;
const chunkBytes = 64 * 1024;
/** A sender who crafts collisions makes its own series slow, not everyone's: longer chains are not remembered. */
const maxChainLength = 8;

export class SeriesMemo<V> {
  readonly #maxGenerationBytes: number;
  readonly #seed: number;
  #current = new Map<number, MemoEntry<V>>();
  #previous = new Map<number, MemoEntry<V>>();
  #generation = 0;
  #bytes = 0;
  #previousBytes = 0;
  #chunk = new Uint8Array(0);
  #chunkView = viewOf(this.#chunk);
  #chunkUsed = 0;
  #first: MemoEntry<V> | undefined;
  #lastId = 0;

  constructor(maxBytes: number, seed = 0) {
    this.#maxGenerationBytes = Math.max(1, maxBytes >> 1);
    this.#seed = seed;
  }

  /** Entries of the current generation, for tests and gauges. */
  get size(): number {
    let size = 0;
    for (const entry of this.#current.values()) {
      for (let one: MemoEntry<V> | undefined = entry; one !== undefined; one = one.nextWithHash) size++;
    }
    return size;
  }

  /** Of the current generation; at most half of `maxBytes` plus one entry. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of both generations. */
  get totalBytes(): number {
    return this.#bytes + this.#previousBytes;
  }

  /** What hangs on an entry became larger. */
  grow(entry: MemoEntry<V>, bytes: number): void {
    entry.weight += bytes;
    if (entry.generation === this.#generation) this.#bytes += bytes;
    else this.#previousBytes += bytes;
  }

  clear(): void {
    this.#previousBytes = 0;
    this.#current = new Map();
    this.#previous = new Map();
    this.#generation += 2;
    this.#bytes = 0;
    this.#chunk = new Uint8Array(0);
    this.#chunkUsed = 0;
    this.#first = undefined;
  }

  /** A guess for the first series of a batch: the first of the last one. */
  get first(): MemoEntry<V> | undefined {
    return this.#first;
  }

  set first(entry: MemoEntry<V> | undefined) {
    this.#first = entry;
  }

  /** True when the key of the guess stands at `start`, before `end`; it counts as a use. */
  confirms(guess: MemoEntry<V>, view: DataView, start: number, end: number): boolean {
    if (guess.length > end - start || guess.generation < this.#generation - 1) return false;
    if (!viewsEqual(guess.view, guess.offset, view, start, guess.length)) return false;
    if (guess.generation !== this.#generation) this.#promote(guess);
    return true;
  }

  find(bytes: Uint8Array, start: number, end: number): MemoEntry<V> | undefined {
    const hash = hashBytes(bytes, start, end, this.#seed);
    const current = inChain(this.#current.get(hash), bytes, start, end);
    if (current !== undefined) return current;
    const previous = inChain(this.#previous.get(hash), bytes, start, end);
    if (previous !== undefined) this.#promote(previous);
    return previous;
  }

  /** For a key that `find` did not know. Undefined when it is not worth or not possible to remember. */
  remember(bytes: Uint8Array, start: number, end: number, value: V, valueBytes: number): MemoEntry<V> | undefined {
    const length = end - start;
    const weight = length + valueBytes + entryOverheadBytes;
    if (length > chunkBytes || weight > this.#maxGenerationBytes) return undefined;
    const hash = hashBytes(bytes, start, end, this.#seed);
    const entry: MemoEntry<V> = {
      value,
      hash,
      length,
      weight,
      chunk: bytes,
      view: this.#chunkView,
      offset: start,
      generation: -1,
      nextWithHash: undefined,
      successor: undefined,
      id: ++this.#lastId,
      activeEpoch: neverActive,
      links: undefined,
    };
    return this.#insert(entry) ? entry : undefined;
  }

  #promote(entry: MemoEntry<V>): void {
    const generation = this.#generation;
    // Moving relinks the entry, so those behind it in its old chain are forgotten: rare, and only costs deciding anew.
    if (this.#insert(entry) && generation === this.#generation) this.#previousBytes -= entry.weight;
  }

  #insert(entry: MemoEntry<V>): boolean {
    if (this.#bytes > 0 && this.#bytes + entry.weight > this.#maxGenerationBytes) this.#turn();
    const head = this.#current.get(entry.hash);
    if (chainLength(head) >= maxChainLength) return false;
    if (this.#chunkUsed + entry.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(chunkBytes);
      this.#chunkView = viewOf(this.#chunk);
      this.#chunkUsed = 0;
    }
    this.#chunk.set(entry.chunk.subarray(entry.offset, entry.offset + entry.length), this.#chunkUsed);
    entry.chunk = this.#chunk;
    entry.view = this.#chunkView;
    entry.offset = this.#chunkUsed;
    this.#chunkUsed += entry.length;
    entry.generation = this.#generation;
    entry.nextWithHash = head;
    this.#current.set(entry.hash, entry);
    this.#bytes += entry.weight;
    return true;
  }

  #turn(): void {
    this.#previous = this.#current;
    this.#current = new Map();
    this.#generation++;
    this.#previousBytes = this.#bytes;
    this.#bytes = 0;
    this.#chunk = new Uint8Array(0);
    this.#chunkUsed = 0;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function inChain<V>(
  head: MemoEntry<V> | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): MemoEntry<V> | undefined {
  const length = end - start;
  for (let entry = head; entry !== undefined; entry = entry.nextWithHash) {
    if (entry.length === length && rangeEqual(entry.chunk, entry.offset, bytes, start, length)) return entry;
  }
  return undefined;
}

function chainLength<V>(head: MemoEntry<V> | undefined): number {
  let length = 0;
  for (let entry = head; entry !== undefined; entry = entry.nextWithHash) length++;
  return length;
}
