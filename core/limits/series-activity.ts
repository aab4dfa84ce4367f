/** Which series of a body are active: one identity for a series in every isolate and from each replica of a pair. */
import { hashBytes } from '../bytes/hash.ts';
import { keepShape } from '../bytes/kept-shape.ts';
import { decodeLabelBlock, encodeLabelBlock } from '../wire/remote-write/v1.ts';
import { SeenMembers } from './active-members.ts';

const LOW_HASH_SEED = 0x5bd1e995;

export class SeriesActivity {
  readonly #seen: SeenMembers;
  readonly #seed: number;
  readonly #withoutLabel: string | undefined;

  /**
   * `seed` is the tenant's own: with a known one a sender could make series that look alike. `withoutLabel` tells replicas
   * apart: with it a fail-over would double the number of series.
   */
  constructor(seen: SeenMembers, seed: number, withoutLabel?: string) {
    this.#seen = seen;
    this.#seed = seed;
    this.#withoutLabel = withoutLabel;
  }

  get epoch(): number {
    return this.#seen.epoch;
  }

  /** Of the label block in this range; false: it is a new one and the limit is reached. */
  admit(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#withoutLabel === undefined) return this.#admit(bytes, start, end);
    const labels = decodeLabelBlock(bytes.subarray(start, end)).filter(({ name }) => name !== this.#withoutLabel);
    const block = encodeLabelBlock(labels);
    return this.#admit(block, 0, block.length);
  }

  #admit(bytes: Uint8Array, start: number, end: number): boolean {
    const high = hashBytes(bytes, start, end, this.#seed);
    return this.#seen.admit(high, hashBytes(bytes, start, end, this.#seed ^ LOW_HASH_SEED));
  }
}

keepShape(new SeriesActivity(new SeenMembers(0), 0.5));
