/**
 * Reads a program or a shared library of musl as its loader sees it: memory, symbols, relocations (System V ABI). What it
 * does not know it refuses, so that a runtime that was built in another way fails here and not on a host.
 */
import { BuildError } from '../build-step.ts';
import { checkFormat } from '../elf.ts';
import {
  type ElfSymbol,
  FILE_SYMBOL,
  INDIRECT_SYMBOL,
  LOCAL,
  type Machine,
  RELATIVE,
  RELOCATION_BYTES,
  RELOCATIONS,
  type Relocation,
  SECTION_SYMBOL,
  SEGMENT,
  type Segment,
  SYMBOL_BYTES,
  TAG,
  TEXT_RELOCATIONS,
  TLS_SYMBOL,
  WEAK,
  WORD_BYTES,
} from './format.ts';

const HEADER = { type: 16, machine: 18, segments: 32, segmentBytes: 54, segmentCount: 56 };
const AT_ANY_ADDRESS = 3;
const MACHINES: Readonly<Record<number, Machine>> = { 62: 'x64', 183: 'arm64' };

const ABSOLUTE_SECTION = 0xfff1;
const HIDDEN_VERSION = 0x8000;

export interface ElfImage {
  readonly machine: Machine;
  readonly header: Buffer;
  /** From address 0, what is zero at the start included; the loader's own tables are cleared. */
  readonly memory: Buffer;
  /** Without those that hold nothing but tables of the loader. */
  readonly segments: readonly Segment[];
  readonly interpreter: string | undefined;
  readonly needed: readonly string[];
  /** Of a library. */
  readonly name: string | undefined;
  readonly tag: (tag: number) => number | undefined;
  readonly symbols: readonly ElfSymbol[];
  readonly relocations: readonly Relocation[];
}

export function readImage(file: Buffer): ElfImage {
  checkFormat(file);
  if (file.readUInt16LE(HEADER.type) !== AT_ANY_ADDRESS) throw new BuildError('the runtime has a fixed address');
  const machine = MACHINES[file.readUInt16LE(HEADER.machine)];
  if (machine === undefined) throw new BuildError('the runtime is for another kind of machine');
  const all = readSegments(file);
  const memory = Buffer.alloc(endOf(all));
  for (const { address, offset, fileBytes } of all.filter(isLoad))
    file.copy(memory, address, offset, offset + fileBytes);
  const entries = readDynamic(memory, all);
  const tag = (wanted: number) => entries.find(([found]) => found === wanted)?.[1];
  for (const refused of [TAG.withoutAddends, TAG.textRelocations, TAG.preinitArray]) {
    if (tag(refused) !== undefined)
      throw new BuildError(`the runtime has an entry ${refused} for the loader, unknown here`);
  }
  if (((tag(TAG.flags) ?? 0) & TEXT_RELOCATIONS) !== 0) throw new BuildError('the runtime has code that is written to');
  const text = (offset: number) => textAt(memory, required(tag, TAG.strings) + offset);
  const needed = entries.filter(([found]) => found === TAG.needed).map(([, offset]) => text(offset));
  const name = tag(TAG.name);
  const ownName = name === undefined ? undefined : text(name);
  const interpreter = all.find(({ type }) => type === SEGMENT.interpreter);
  const interpreterName = interpreter && textAt(memory, interpreter.address);
  const symbols = readSymbols(memory, tag, text);
  const relocations = readRelocations(memory, machine, tag, symbols);
  const segments = withoutTables(all, relocations);
  clearTables(memory, tag, symbols.length);
  return {
    machine,
    header: Buffer.from(file.subarray(0, 64)),
    memory: memory.subarray(0, endOf(segments)),
    segments,
    interpreter: interpreterName,
    needed,
    name: ownName,
    tag,
    symbols,
    relocations,
  };
}

export function isLoad({ type }: Segment): boolean {
  return type === SEGMENT.load;
}

export function segmentOf(image: ElfImage, type: number): Segment | undefined {
  return image.segments.find((segment) => segment.type === type);
}

function endOf(segments: readonly Segment[]): number {
  return Math.max(...segments.filter(isLoad).map(({ address, bytes }) => address + bytes));
}

function readSegments(file: Buffer): Segment[] {
  const [first, bytes] = [word(file, HEADER.segments), file.readUInt16LE(HEADER.segmentBytes)];
  return Array.from({ length: file.readUInt16LE(HEADER.segmentCount) }, (_, i) => {
    const at = first + i * bytes;
    return {
      type: file.readUInt32LE(at),
      flags: file.readUInt32LE(at + 4),
      offset: word(file, at + 8),
      address: word(file, at + 16),
      fileBytes: word(file, at + 32),
      bytes: word(file, at + 40),
      align: word(file, at + 48),
    };
  });
}

/**
 * patchelf, which wheels are made with, moves the tables that grow into segments behind the data. Other linkers put data
 * there: something is relocated in it, or points to it.
 */
function withoutTables(segments: readonly Segment[], relocations: readonly Relocation[]): Segment[] {
  const relro = segments.find(({ type }) => type === SEGMENT.relro);
  if (relro === undefined) throw new BuildError('the runtime has no data that is read-only after the start');
  const last = segments.findLast((segment) => isLoad(segment) && segment.address <= relro.address) as Segment;
  const end = last.address + last.bytes;
  if (relocations.some(({ at, kind, addend }) => at >= end || (kind === 'relative' && addend > end)))
    throw new BuildError('the runtime has data behind what is read-only after the start');
  return segments.filter(({ address, type }) => type === SEGMENT.stack || address < end);
}

function readDynamic(memory: Buffer, segments: readonly Segment[]): (readonly [number, number])[] {
  const dynamic = segments.find(({ type }) => type === SEGMENT.dynamic);
  if (dynamic === undefined) throw new BuildError('the runtime is linked statically');
  const entries: (readonly [number, number])[] = [];
  for (let at = dynamic.address; at < dynamic.address + dynamic.bytes; at += 2 * WORD_BYTES) {
    const found = word(memory, at);
    if (found === TAG.end) break;
    entries.push([found, word(memory, at + WORD_BYTES)]);
  }
  return entries;
}

type Tags = ElfImage['tag'];

function readSymbols(memory: Buffer, tag: Tags, text: (offset: number) => string): ElfSymbol[] {
  const [table, versions] = [required(tag, TAG.symbols), tag(TAG.versions)];
  return Array.from({ length: countSymbols(memory, required(tag, TAG.gnuHash)) }, (_, i) => {
    const at = table + i * SYMBOL_BYTES;
    const [info, section, value] = [memory.readUInt8(at + 4), memory.readUInt16LE(at + 6), word(memory, at + 8)];
    const name = text(memory.readUInt32LE(at));
    const type = info & 15;
    if (section === 0 && value !== 0) throw new BuildError(`${name} of the runtime is defined where it is not`);
    const hidden = versions !== undefined && (memory.readUInt16LE(versions + 2 * i) & HIDDEN_VERSION) !== 0;
    if (type === INDIRECT_SYMBOL) throw new BuildError(`${name} of the runtime is chosen at the start`);
    const binding = info >> 4;
    // As find_sym2() of musl's loader takes them. None of ours refers to a symbol with a fixed value.
    const usable =
      binding !== LOCAL &&
      type !== SECTION_SYMBOL &&
      type !== FILE_SYMBOL &&
      section !== ABSOLUTE_SECTION &&
      (value !== 0 || type === TLS_SYMBOL);
    return {
      name,
      type,
      local: binding === LOCAL,
      weak: binding === WEAK,
      defined: section !== 0 && usable && !hidden,
      value,
      bytes: word(memory, at + 16),
    };
  });
}

/** The table says nowhere how long it is: the last symbol is at the end of the last chain. */
function countSymbols(memory: Buffer, hash: number): number {
  const [buckets, first, bloomWords] = [0, 4, 8].map((offset) => memory.readUInt32LE(hash + offset)) as [
    number,
    number,
    number,
  ];
  const bucketsAt = hash + 16 + bloomWords * WORD_BYTES;
  const chainsAt = bucketsAt + buckets * 4;
  let last = 0;
  for (let i = 0; i < buckets; i++) last = Math.max(last, memory.readUInt32LE(bucketsAt + i * 4));
  if (last === 0) return first;
  while ((memory.readUInt32LE(chainsAt + (last - first) * 4) & 1) === 0) last++;
  return last + 1;
}

function readRelocations(memory: Buffer, machine: Machine, tag: Tags, symbols: readonly ElfSymbol[]): Relocation[] {
  const relocations: Relocation[] = [];
  for (const [table, bytes] of relocationTables(tag)) {
    for (let at = table; at < table + bytes; at += RELOCATION_BYTES) {
      const [type, symbol] = [memory.readUInt32LE(at + 8), memory.readUInt32LE(at + 12)];
      const kind = RELOCATIONS[machine][type];
      if (kind === undefined) throw new BuildError(`the runtime has a relocation of type ${type}, unknown here`);
      const addend = Number(memory.readBigInt64LE(at + 16));
      relocations.push({ at: word(memory, at), type, kind, symbol: symbolOf(symbols, symbol), addend });
    }
  }
  const relative = (at: number): Relocation => ({
    at,
    type: RELATIVE[machine],
    kind: 'relative',
    symbol: undefined,
    addend: word(memory, at),
  });
  return [...relocations, ...packedRelocations(memory, tag).map(relative)];
}

function symbolOf(symbols: readonly ElfSymbol[], index: number): ElfSymbol | undefined {
  if (index === 0) return undefined;
  const symbol = symbols[index];
  // The loader would not look one up that is local, and the name of one may be that of another.
  if (symbol === undefined || symbol.local)
    throw new BuildError('the runtime refers to a symbol that cannot be looked up');
  return symbol;
}

function relocationTables(tag: Tags): [number, number][] {
  return [
    [tag(TAG.relocations) ?? 0, tag(TAG.relocationBytes) ?? 0],
    [tag(TAG.pltRelocations) ?? 0, tag(TAG.pltRelocationBytes) ?? 0],
  ];
}

/** Of the form "RELR", which musl reads since 1.2.4: an address, and bits for the 63 words behind it. */
function packedRelocations(memory: Buffer, tag: Tags): number[] {
  const table = tag(TAG.packed) ?? 0;
  const places: number[] = [];
  let next = 0;
  for (let at = table; at < table + (tag(TAG.packedBytes) ?? 0); at += WORD_BYTES) {
    const entry = memory.readBigUInt64LE(at);
    if ((entry & 1n) === 0n) {
      places.push(Number(entry));
      next = Number(entry) + WORD_BYTES;
      continue;
    }
    for (let bit = 1; bit < 64; bit++) if ((entry >> BigInt(bit)) & 1n) places.push(next + (bit - 1) * WORD_BYTES);
    next += 63 * WORD_BYTES;
  }
  return places;
}

/** Nothing of the program reads them, and a sixth of the compressed file would be names. */
function clearTables(memory: Buffer, tag: Tags, symbolCount: number): void {
  const tables: [number | undefined, number][] = [
    ...relocationTables(tag),
    [tag(TAG.symbols), symbolCount * SYMBOL_BYTES],
    [tag(TAG.versions), symbolCount * 2],
    [tag(TAG.strings), tag(TAG.stringBytes) ?? 0],
  ];
  for (const [table, bytes] of tables) if (table !== undefined) memory.fill(0, table, table + bytes);
}

function required(tag: Tags, wanted: number): number {
  const value = tag(wanted);
  if (value === undefined) throw new BuildError(`the runtime has no entry ${wanted} for the loader`);
  return value;
}

export function word(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function textAt(memory: Buffer, at: number): string {
  return memory.toString('latin1', at, memory.indexOf(0, at));
}
