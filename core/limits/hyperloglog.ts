/**
 * HyperLogLog: how many different hashes were added, from 2^precision bytes, whatever the number. Estimated as in Ertl, "New
 * cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6, which needs no tables against bias in
 * any range. Standard error 1.04 / sqrt(2^precision): 0.81 % with the 14 bits that are used here (measured in the test).
 *
 * Serialised: one byte format (1), one byte precision, then the registers, one byte each.
 */
const FORMAT = 1;
const MIN_PRECISION = 4;
const MAX_PRECISION = 18;
/** 1 / (2 ln 2) */
const ALPHA = 0.5 / Math.LN2;

export class HyperLogLog {
  readonly precision: number;
  readonly #registers: Uint8Array;

  constructor(precision = 14) {
    if (precision < MIN_PRECISION || precision > MAX_PRECISION) throw new RangeError(`precision ${precision}`);
    this.precision = precision;
    this.#registers = new Uint8Array(2 ** precision);
  }

  /** A 64-bit hash in two unsigned halves. True when it changed the sketch: then it was certainly new. */
  add(high: number, low: number): boolean {
    const index = high >>> (32 - this.precision);
    const rest = (high << this.precision) >>> 0;
    const zeros = rest !== 0 ? Math.clz32(rest) : 32 - this.precision + Math.clz32(low);
    const rank = zeros + 1;
    if (rank <= (this.#registers[index] as number)) return false;
    this.#registers[index] = rank;
    return true;
  }

  /** What both have seen together. True when it changed this sketch. */
  merge(other: HyperLogLog): boolean {
    if (other.precision !== this.precision) throw new RangeError('sketches of different precision');
    let changed = false;
    const theirs = other.#registers;
    for (let i = 0; i < theirs.length; i++) {
      if ((theirs[i] as number) <= (this.#registers[i] as number)) continue;
      this.#registers[i] = theirs[i] as number;
      changed = true;
    }
    return changed;
  }

  estimate(): number {
    const size = this.#registers.length;
    const maxRank = 64 - this.precision + 1;
    const counts = new Float64Array(maxRank + 1);
    for (const rank of this.#registers) counts[rank] = (counts[rank] as number) + 1;
    let z = size * tau(1 - (counts[maxRank] as number) / size);
    for (let rank = maxRank - 1; rank >= 1; rank--) z = (z + (counts[rank] as number)) / 2;
    z += size * sigma((counts[0] as number) / size);
    return (ALPHA * size * size) / z;
  }

  serialise(): Uint8Array {
    const bytes = new Uint8Array(2 + this.#registers.length);
    bytes[0] = FORMAT;
    bytes[1] = this.precision;
    bytes.set(this.#registers, 2);
    return bytes;
  }

  /** Undefined for bytes that are no sketch; ranks that cannot be are cut, so that an estimate is always finite. */
  static deserialise(bytes: Uint8Array): HyperLogLog | undefined {
    const precision = bytes[1] ?? 0;
    if (bytes[0] !== FORMAT || precision < MIN_PRECISION || precision > MAX_PRECISION) return undefined;
    if (bytes.length !== 2 + 2 ** precision) return undefined;
    const sketch = new HyperLogLog(precision);
    const maxRank = 64 - precision + 1;
    for (let i = 0; i < sketch.#registers.length; i++) {
      sketch.#registers[i] = Math.min(bytes[i + 2] as number, maxRank);
    }
    return sketch;
  }
}

/** Corrects for registers that nothing has reached. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let power = x;
  let factor = 1;
  let sum = x;
  for (let before = -1; sum !== before; ) {
    before = sum;
    power *= power;
    sum += power * factor;
    factor += factor;
  }
  return sum;
}

/** Corrects for registers that are full. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let factor = 1;
  let sum = 1 - x;
  for (let before = -1; sum !== before; ) {
    before = sum;
    root = Math.sqrt(root);
    factor /= 2;
    sum -= (1 - root) ** 2 * factor;
  }
  return sum / 3;
}
