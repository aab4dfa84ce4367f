/**
 * Memory for decompressed bodies that goes round: taking 250 kB anew for every push costs 130 µs of CPU in page faults and
 * collections, more than unpacking. What is in it belongs to one push at a time, so nothing of a body may outlive
 * `release`: outputs are compressed before it, and what is rejected is described in texts.
 */
const MAX_KEPT = 4;
/** A rare huge body must not pin its memory for the life of the isolate. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 512 * 1024;

const spare: Uint8Array<ArrayBuffer>[] = [];

export class Scratch {
  #memory: Uint8Array<ArrayBuffer> | undefined;

  /** Used memory: it holds what somebody else's push held. */
  allocate(bytes: number): Uint8Array<ArrayBuffer> {
    const last = spare.pop();
    const large = last !== undefined && last.length >= bytes;
    this.#memory = large ? last : new Uint8Array(bytes > FIRST_BYTES ? bytes + (bytes >> 2) : FIRST_BYTES);
    return this.#memory.subarray(0, bytes);
  }

  /** Once, by whoever has seen to it that nobody looks at the memory any more. Never called is no leak, only a waste. */
  release(): void {
    const memory = this.#memory;
    this.#memory = undefined;
    if (memory !== undefined && memory.length <= MAX_KEPT_BYTES && spare.length < MAX_KEPT) spare.push(memory);
  }
}
