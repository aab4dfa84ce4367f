/** The smallest program or library of x64 that the linker of the executables for musl reads (System V ABI): tables, no code. */
import { RELOCATION_BYTES, SEGMENT, SYMBOL_BYTES, TAG } from '../../scripts/agent-executable/linker/format.ts';

export interface TinyElf {
  readonly interpreter?: string;
  readonly name?: string;
  readonly needed?: readonly string[];
  /** The first has the index 1. Without a section: to be found elsewhere. */
  readonly symbols?: readonly {
    readonly name: string;
    readonly type?: number;
    readonly binding?: number;
    readonly section?: number;
    readonly value?: number;
  }[];
  readonly relocations?: readonly {
    readonly at: number;
    readonly type: number;
    readonly symbol?: number;
    readonly addend?: number;
  }[];
  readonly entries?: readonly (readonly [tag: number, value: number])[];
  /** Addresses of more data, behind what is read-only after the start. */
  readonly more?: readonly number[];
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const AT = { interpreter: 0x200, dynamic: 0x240, strings: 0x400, symbols: 0x600, hash: 0x800, relocations: 0xa00 };
const UNWIND_TABLE = 0xc00;
const RELRO = 0x1000;
const BYTES = 0x2000;
const MORE_BYTES = 0x100;
const GLOBAL = 1;

export function tinyElf(elf: TinyElf): Buffer {
  const { interpreter, symbols = [], relocations = [], more = [] } = elf;
  const file = Buffer.alloc(Math.max(BYTES, ...more.map((at) => at + MORE_BYTES)));
  const word = (value: number, at: number) => file.writeBigInt64LE(BigInt(value), at);
  const texts = ['', elf.name ?? '', ...(elf.needed ?? []), ...symbols.map(({ name }) => name)];
  file.write(texts.map((text) => `${text}\0`).join(''), AT.strings, 'latin1');
  const offsetOf = (text: string) =>
    texts.slice(0, texts.indexOf(text)).reduce((sum, { length }) => sum + length + 1, 0);
  file.write(interpreter ?? '', AT.interpreter, 'latin1');

  for (const [i, { name, type = 2, binding = GLOBAL, section = 0, value = 0 }] of symbols.entries()) {
    const at = AT.symbols + (i + 1) * SYMBOL_BYTES;
    file.writeUInt32LE(offsetOf(name), at);
    file.writeUInt8((binding << 4) | type, at + 4);
    file.writeUInt16LE(section, at + 6);
    word(value, at + 8);
  }
  // One bucket, no Bloom filter; the end of the chain is the last symbol.
  file.writeUInt32LE(1, AT.hash);
  file.writeUInt32LE(1, AT.hash + 4);
  file.writeUInt32LE(symbols.length === 0 ? 0 : 1, AT.hash + 16);
  if (symbols.length > 0) file.writeUInt32LE(1, AT.hash + 20 + (symbols.length - 1) * 4);

  for (const [i, { at, type, symbol = 0, addend = 0 }] of relocations.entries()) {
    const entry = AT.relocations + i * RELOCATION_BYTES;
    word(at, entry);
    file.writeUInt32LE(type, entry + 8);
    file.writeUInt32LE(symbol, entry + 12);
    word(addend, entry + 16);
  }
  const entries = [
    ...(elf.needed ?? []).map((name) => [TAG.needed, offsetOf(name)]),
    ...(elf.name === undefined ? [] : [[TAG.name, offsetOf(elf.name)]]),
    [TAG.strings, AT.strings],
    [TAG.symbols, AT.symbols],
    [TAG.gnuHash, AT.hash],
    [TAG.relocations, AT.relocations],
    [TAG.relocationBytes, relocations.length * RELOCATION_BYTES],
    ...(elf.entries ?? []),
    [TAG.end, 0],
  ];
  for (const [i, value] of entries.flat().entries()) word(value, AT.dynamic + i * 8);
  file.writeUInt32LE(0x3b031b01, UNWIND_TABLE);

  const segments: (readonly [type: number, address: number, bytes: number])[] = [
    [SEGMENT.load, 0, BYTES],
    [SEGMENT.dynamic, AT.dynamic, entries.length * 16],
    [SEGMENT.relro, RELRO, 0x800],
    [SEGMENT.unwinding, UNWIND_TABLE, 12],
    ...(interpreter === undefined ? [] : [[SEGMENT.interpreter, AT.interpreter, interpreter.length + 1] as const]),
    ...more.map((at) => [SEGMENT.load, at, MORE_BYTES] as const),
  ];
  for (const [i, [type, address, bytes]] of segments.entries()) {
    const at = HEADER_BYTES + i * SEGMENT_BYTES;
    file.writeUInt32LE(type, at);
    file.writeUInt32LE(6, at + 4);
    for (const [field, value] of [address, address, address, bytes, bytes, 8].entries())
      word(value, at + 8 + field * 8);
  }
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18);
  word(HEADER_BYTES, 32);
  file.writeUInt16LE(SEGMENT_BYTES, 54);
  file.writeUInt16LE(segments.length, 56);
  return file;
}
