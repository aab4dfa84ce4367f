/**
 * The symbol table of remote write 2.0 in both directions. Reading keeps offsets into the request and copies nothing;
 * writing gives each distinct text one number, in order of first use, so the same body always encodes to the same bytes.
 */
import { rangeEqual } from '../../bytes/equal.ts';
import { ByteReader, malformed } from '../../bytes/reader.ts';
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { OutcomeError } from '../../outcome.ts';
import { decodeLabel } from '../label-block.ts';

/** A request of this many distinct texts has as many series; without a bound, empty symbols cost us 9 bytes for 2. */
const MAX_SYMBOLS = 1 << 20;
const UNCHECKED = 0;
const VALID = 1;
const INVALID = 2;

export class SymbolTable {
  readonly #source: Uint8Array;
  #starts = new Int32Array(256);
  #ends = new Int32Array(256);
  #utf8 = new Uint8Array(256);
  #size = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  get size(): number {
    return this.#size;
  }

  add(start: number, end: number): void {
    // "The first element of the symbols table MUST be an empty string" (remote write 2.0, "Symbols").
    if (this.#size === 0 && end > start) throw malformed(start, 'the first symbol must be an empty string');
    if (this.#size === MAX_SYMBOLS) throw new OutcomeError('body_too_large', `more than ${MAX_SYMBOLS} symbols`);
    if (this.#size === this.#starts.length) this.#grow();
    this.#starts[this.#size] = start;
    this.#ends[this.#size] = end;
    this.#size++;
  }

  start(ref: number): number {
    return this.#starts[ref];
  }

  end(ref: number): number {
    return this.#ends[ref];
  }

  length(ref: number): number {
    return this.#ends[ref] - this.#starts[ref];
  }

  /** Looked at once, however often the symbol is used. */
  isUtf8(ref: number): boolean {
    if (this.#utf8[ref] === UNCHECKED) this.#utf8[ref] = this.#check(ref) ? VALID : INVALID;
    return this.#utf8[ref] === VALID;
  }

  /** Byte order; costs at most the shorter of the two. */
  compare(a: number, b: number): number {
    const source = this.#source;
    let i = this.#starts[a];
    let j = this.#starts[b];
    const stop = i + Math.min(this.length(a), this.length(b));
    while (i < stop && source[i] === source[j]) {
      i++;
      j++;
    }
    return i < stop ? source[i] - source[j] : this.length(a) - this.length(b);
  }

  #check(ref: number): boolean {
    const end = this.#ends[ref];
    let at = this.#starts[ref];
    while (at < end && this.#source[at] < 0x80) at++;
    if (at === end) return true;
    try {
      decodeUtf8(this.#source, at, end);
      return true;
    } catch {
      return false;
    }
  }

  #grow(): void {
    const size = this.#size * 2;
    const wider = <T extends Int32Array | Uint8Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.#starts = wider(this.#starts, new Int32Array(size));
    this.#ends = wider(this.#ends, new Int32Array(size));
    this.#utf8 = wider(this.#utf8, new Uint8Array(size));
  }
}

/** A label as remote write 1.0 encodes it, where it stands in some body, and the numbers of its two texts. */
interface KnownLabel {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  readonly name: number;
  readonly value: number;
}

export class SymbolWriter {
  readonly #out = new ByteWriter(1024);
  /** V8 hashes texts with a secret of its own, so no sender can craft collisions. */
  readonly #refs = new Map<string, number>([['', 0]]);
  /** Of the series before, by position: neighbours share nearly all labels, and comparing beats decoding. */
  readonly #neighbours: (KnownLabel | undefined)[] = [];

  constructor() {
    this.#out.tag(4, 2).varint(0);
  }

  /** Writes the numbers of the label whose message is [start, end), which must be UTF-8, at `position` of its series. */
  writeLabel(refs: ByteWriter, bytes: Uint8Array, start: number, end: number, position: number): void {
    const neighbour = this.#neighbours[position];
    const length = end - start;
    const same = neighbour?.length === length && rangeEqual(neighbour.bytes, neighbour.start, bytes, start, length);
    const { name, value } = same ? neighbour : this.#internLabel(bytes, start, end);
    if (!same) this.#neighbours[position] = { bytes, start, length, name, value };
    refs.varint(name).varint(value);
  }

  internText(text: string): number {
    let ref = this.#refs.get(text);
    if (ref === undefined) {
      ref = this.#refs.size;
      this.#refs.set(text, ref);
      this.#out.stringField(4, text);
    }
    return ref;
  }

  /** The field `symbols`, whole. */
  view(): Uint8Array {
    return this.#out.view();
  }

  #internLabel(bytes: Uint8Array, start: number, end: number): { readonly name: number; readonly value: number } {
    const { name, value } = decodeLabel(new ByteReader(bytes, start, end));
    return { name: this.internText(name), value: this.internText(value) };
  }
}
