/** `labels_refs` of a series or an exemplar: read, checked against the symbol table, and written as labels of 1.0. */
import { type ByteReader, WIRE_BYTES, WIRE_VARINT } from '../../bytes/reader.ts';
import type { ByteWriter } from '../../bytes/writer.ts';
import type { Reason } from '../../outcome.ts';
import { varintLength } from '../label-block.ts';
import type { SymbolTable } from './v2-symbols.ts';

export interface SeriesProblem {
  readonly reason: Reason;
  /** Continues "timeseries[3] …". */
  readonly explanation: string;
}

/** A number beyond 2^31 - 1 is out of range for any table. */
export function toRef(value: number): number {
  return value > 0x7fffffff ? -1 : value;
}

export function refProblem(symbols: SymbolTable, ref: number, what: string): SeriesProblem | undefined {
  if (ref < 0 || ref >= symbols.size) {
    const shown = ref < 0 ? 'a number' : String(ref);
    return { reason: 'invalid_symbol_refs', explanation: `has ${shown} in ${what}, beyond ${symbols.size} symbols` };
  }
  if (symbols.isUtf8(ref)) return undefined;
  return { reason: 'invalid_utf8', explanation: `refers to symbol ${ref}, which is not UTF-8` };
}

/** One object for all series of a request: `clear` keeps the memory. */
export class LabelRefs {
  readonly #symbols: SymbolTable;
  readonly #source: Uint8Array;
  #values = new Int32Array(64);
  #length = 0;

  constructor(symbols: SymbolTable, source: Uint8Array) {
    this.#symbols = symbols;
    this.#source = source;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Packed or not, as protobuf allows both. */
  read(reader: ByteReader, tag: number): void {
    if ((tag & 7) === WIRE_VARINT) {
      this.#add(reader.varint());
      return;
    }
    reader.expect(tag, WIRE_BYTES);
    const packed = reader.message();
    while (!packed.done) this.#add(packed.varint());
  }

  problem(what: string): SeriesProblem | undefined {
    if (this.#length % 2 !== 0) {
      const explanation = `has ${this.#length} ${what}, which is not an even number`;
      return { reason: 'invalid_symbol_refs', explanation };
    }
    for (let i = 0; i < this.#length; i++) {
      const found = refProblem(this.#symbols, this.#values[i], what);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Bytes that `write` takes. */
  size(): number {
    let size = 0;
    for (let i = 0; i < this.#length; i += 2) {
      const label = this.#labelSize(this.#values[i], this.#values[i + 1]);
      size += 1 + varintLength(label) + label;
    }
    return size;
  }

  /** Comparing costs no more than writing: call it for what is going to be written. */
  sort(): void {
    const symbols = this.#symbols;
    const values = this.#values;
    let sorted = true;
    for (let i = 2; i < this.#length && sorted; i += 2) {
      sorted = values[i] === values[i - 2] || symbols.compare(values[i - 2], values[i]) <= 0;
    }
    if (sorted) return;
    const pairs = Array.from({ length: this.#length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]] as const);
    pairs.sort(([a], [b]) => symbols.compare(a, b));
    values.set(pairs.flat());
  }

  write(target: ByteWriter): void {
    const symbols = this.#symbols;
    for (let i = 0; i < this.#length; i += 2) {
      const name = this.#values[i];
      const value = this.#values[i + 1];
      target
        .byte(0x0a)
        .varint(this.#labelSize(name, value))
        .byte(0x0a)
        .varint(symbols.length(name))
        .bytes(this.#source, symbols.start(name), symbols.end(name))
        .byte(0x12)
        .varint(symbols.length(value))
        .bytes(this.#source, symbols.start(value), symbols.end(value));
    }
  }

  #labelSize(name: number, value: number): number {
    const nameLength = this.#symbols.length(name);
    const valueLength = this.#symbols.length(value);
    return 2 + varintLength(nameLength) + nameLength + varintLength(valueLength) + valueLength;
  }

  #add(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Int32Array(this.#length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#length++] = toRef(value);
  }
}
