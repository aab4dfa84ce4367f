/** Writes the tables that the loader of a program reads (System V ABI). */
import { RELOCATION_BYTES, type Segment, SYMBOL_BYTES, TAG, WEAK, WORD_BYTES } from './format.ts';

const GLOBAL = 1;
const SEGMENT_BYTES = 56;
/** "Resolve everything at the start", and "at any address". */
const BIND_NOW = 8;
const NOW_AT_ANY_ADDRESS = 0x08000001;

export interface Exported {
  readonly type: number;
  readonly value: number;
  readonly bytes: number;
}

/** What the loader still has to look up, and what the C library has to find in the program. */
export class SymbolTable {
  readonly #texts: string[] = [''];
  #textBytes = 1;
  readonly #indexes = new Map<string, number>();
  readonly #symbols: { readonly name: number; weak: boolean; exported?: Exported }[] = [{ name: 0, weak: false }];

  /** Its index. Weak, which means that it may be missing, only where every use of it is. */
  import(name: string, weak: boolean): number {
    const known = this.#indexes.get(name);
    const symbol = this.#symbols[known ?? 0];
    if (known === undefined || symbol === undefined) return this.#add(name, { weak });
    symbol.weak &&= weak;
    return known;
  }

  export(name: string, exported: Exported): number {
    const index = this.#indexes.get(name) ?? this.#add(name, { weak: false });
    const symbol = this.#symbols[index];
    if (symbol !== undefined) symbol.exported ??= exported;
    return index;
  }

  #add(name: string, symbol: { weak: boolean; exported?: Exported }): number {
    this.#indexes.set(name, this.#symbols.length);
    return this.#symbols.push({ name: this.text(name), ...symbol }) - 1;
  }

  /** Offset of a text among the strings. */
  text(text: string): number {
    const offset = this.#textBytes;
    this.#texts.push(text);
    this.#textBytes += text.length + 1;
    return offset;
  }

  strings(): Buffer {
    return Buffer.from(this.#texts.map((text) => `${text}\0`).join(''), 'latin1');
  }

  table(): Buffer {
    const table = Buffer.alloc(this.#symbols.length * SYMBOL_BYTES);
    this.#symbols.forEach(({ name, weak, exported }, i) => {
      if (i === 0) return;
      const at = i * SYMBOL_BYTES;
      table.writeUInt32LE(name, at);
      table.writeUInt8(((weak ? WEAK : GLOBAL) << 4) | (exported?.type ?? 0), at + 4);
      // Any section will do: the loader asks only whether there is one.
      table.writeUInt16LE(exported === undefined ? 0 : 1, at + 6);
      writeWord(table, exported?.value ?? 0, at + 8);
      writeWord(table, exported?.bytes ?? 0, at + 16);
    });
    return table;
  }

  /** One chain is enough for the few that are looked up in the program. */
  hash(): Buffer {
    const count = this.#symbols.length;
    const exported = this.#symbols.flatMap((symbol, i) => (symbol.exported === undefined ? [] : [i]));
    const words = new Uint32Array(2 + 1 + count);
    words.set([1, count, exported[0] ?? 0]);
    exported.forEach((index, i) => {
      words[3 + index] = exported[i + 1] ?? 0;
    });
    return Buffer.from(words.buffer);
  }
}

export interface TableRelocation {
  readonly at: number;
  readonly type: number;
  readonly symbol: number;
  readonly addend: number;
}

export function relocationTable(relocations: readonly TableRelocation[]): Buffer {
  const table = Buffer.alloc(relocations.length * RELOCATION_BYTES);
  relocations.forEach(({ at, type, symbol, addend }, i) => {
    const entry = i * RELOCATION_BYTES;
    writeWord(table, at, entry);
    table.writeUInt32LE(type, entry + 8);
    table.writeUInt32LE(symbol, entry + 12);
    table.writeBigInt64LE(BigInt(addend), entry + 16);
  });
  return table;
}

export function dynamicTable(entries: readonly (readonly [number, number])[]): Buffer {
  const all = [
    ...entries,
    [TAG.symbolEntry, SYMBOL_BYTES],
    [TAG.relocationEntry, RELOCATION_BYTES],
    [TAG.flags, BIND_NOW],
    [TAG.flags1, NOW_AT_ANY_ADDRESS],
    [TAG.debug, 0],
    [TAG.end, 0],
  ] as const;
  const table = Buffer.alloc(all.length * 2 * WORD_BYTES);
  all.flat().forEach((value, i) => {
    writeWord(table, value, i * WORD_BYTES);
  });
  return table;
}

export function segmentTableBytes(count: number): number {
  return count * SEGMENT_BYTES;
}

export function segmentTable(segments: readonly Segment[]): Buffer {
  const table = Buffer.alloc(segmentTableBytes(segments.length));
  segments.forEach(({ type, flags, offset, address, fileBytes, bytes, align }, i) => {
    const at = i * SEGMENT_BYTES;
    table.writeUInt32LE(type, at);
    table.writeUInt32LE(flags, at + 4);
    [offset, address, address, fileBytes, bytes, align].forEach((value, field) => {
      writeWord(table, value, at + 8 + field * WORD_BYTES);
    });
  });
  return table;
}

export function writeWord(table: Buffer, value: number, at: number): void {
  table.writeBigUInt64LE(BigInt(value), at);
}
