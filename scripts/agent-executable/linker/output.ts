/**
 * The program that the linker writes. Every byte lies in the file at its address in memory: kernels before Linux 5.18 look
 * there for the table of segments. What is zero at the start is in the file too, for the same reason.
 */
import { BuildError } from '../build-step.ts';
import { RELATIVE, SEGMENT, type Segment, TAG, WORD_BYTES } from './format.ts';
import { type ElfImage, isLoad, segmentOf, word } from './image.ts';
import {
  dynamicTable,
  relocationTable,
  type SymbolTable,
  segmentTable,
  segmentTableBytes,
  type TableRelocation,
  writeWord,
} from './tables.ts';
import { aligned, type ThreadLocal } from './thread-local.ts';
import { joinUnwindTables } from './unwind-table.ts';

/** The largest that arm64 has. */
export const PAGE_BYTES = 0x10000;
/** More than the tables take, of which relocations are most. */
const MAX_TABLES_BYTES = 16e6;
const HEADER = { segments: 32, sections: 40, segmentCount: 56, sectionCount: 60, sectionNames: 62 };
const READ = 4;
const READ_WRITE = 6;

/** An object at its place in the program. */
export interface Placed {
  readonly image: ElfImage;
  readonly base: number;
  /** Where its thread-local storage begins in that of the program. */
  readonly threadLocal: number;
}

/** Data that the program finds in itself by a name. */
export interface Note {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface Linked {
  readonly needed: readonly string[];
  /** Addresses of functions, in the order of the start. */
  readonly init: readonly number[];
  /** The same for the end: they are called from the last to the first. */
  readonly fini: readonly number[];
  readonly symbols: SymbolTable;
  readonly relocations: readonly TableRelocation[];
  readonly threadLocal: ThreadLocal;
}

interface Range {
  readonly address: number;
  readonly bytes: number;
}

export class Output {
  readonly #objects: readonly Placed[];
  readonly #note: Note;
  readonly #memory: Buffer;
  #end: number;

  constructor(objects: readonly Placed[], note: Note) {
    this.#objects = objects;
    this.#note = note;
    const { base, image } = objects.at(-1) as Placed;
    this.#end = aligned(base + image.memory.length, PAGE_BYTES);
    this.#memory = Buffer.alloc(this.#end + MAX_TABLES_BYTES + note.content.length);
    for (const placed of objects) placed.image.memory.copy(this.#memory, placed.base);
  }

  copy(from: number, to: number, bytes: number): void {
    this.#memory.copy(this.#memory, to, from, from + bytes);
  }

  addToWord(at: number, value: number): void {
    writeWord(this.#memory, word(this.#memory, at) + value, at);
  }

  finish(linked: Linked): Buffer {
    const { symbols, threadLocal } = linked;
    const start = this.#end;
    const headers = this.#reserve(segmentTableBytes(this.#segmentCount()));
    const interpreter = this.#add(Buffer.from(`${this.#objects[0]?.image.interpreter}\0`, 'latin1'));
    const tls = this.#add(threadLocal.content, Math.max(threadLocal.align, WORD_BYTES * 2));
    const init = this.#reserve(linked.init.length * WORD_BYTES);
    const fini = this.#reserve(linked.fini.length * WORD_BYTES);
    const relocations = this.#add(
      relocationTable([
        ...linked.relocations,
        ...this.#pointers(init, linked.init),
        ...this.#pointers(fini, linked.fini),
      ]),
    );
    const needed = linked.needed.map((name) => [TAG.needed, symbols.text(name)] as const);
    const strings = this.#add(symbols.strings());
    const dynamic = this.#add(
      dynamicTable([
        ...needed,
        [TAG.initArray, init.address],
        [TAG.initArrayBytes, init.bytes],
        [TAG.finiArray, fini.address],
        [TAG.finiArrayBytes, fini.bytes],
        [TAG.hash, this.#add(symbols.hash()).address],
        [TAG.symbols, this.#add(symbols.table()).address],
        [TAG.strings, strings.address],
        [TAG.stringBytes, strings.bytes],
        [TAG.relocations, relocations.address],
        [TAG.relocationBytes, relocations.bytes],
      ]),
    );
    const unwinding = this.#addUnwindTable();
    const tables = { address: start, bytes: this.#end - start };
    this.#end = aligned(this.#end, PAGE_BYTES);
    const note = this.#add(noteBytes(this.#note));
    const segments = [
      segment(SEGMENT.headers, READ, headers),
      segment(SEGMENT.interpreter, READ, interpreter, 1),
      ...this.#objectLoads(),
      segment(SEGMENT.load, READ_WRITE, tables, PAGE_BYTES),
      segment(SEGMENT.load, READ, note, PAGE_BYTES),
      segment(SEGMENT.note, READ, note, 4),
      segment(SEGMENT.tls, READ, tls, threadLocal.align),
      segment(SEGMENT.dynamic, READ_WRITE, dynamic),
      segment(SEGMENT.unwinding, READ, unwinding, 4),
      ...this.#kept(),
    ];
    segmentTable(segments).copy(this.#memory, headers.address);
    this.#writeHeader(headers.address, segments.length);
    return this.#memory.subarray(0, this.#end);
  }

  #objectLoads(): Segment[] {
    return this.#objects.flatMap(({ image, base }) =>
      image.segments
        .filter(isLoad)
        .map(({ flags, address, bytes, align }) =>
          segment(SEGMENT.load, flags, { address: base + address, bytes }, align),
        ),
    );
  }

  /** One range can be made read-only after the start, and it is the program's: the libraries' tables stay writable. */
  #kept(): Segment[] {
    const { segments } = (this.#objects[0] as Placed).image;
    return segments
      .filter(({ type }) => type === SEGMENT.stack || type === SEGMENT.relro)
      .map((kept) => ({ ...kept, offset: kept.address }));
  }

  #segmentCount(): number {
    const OTHERS = 8;
    return this.#objectLoads().length + this.#kept().length + OTHERS;
  }

  #pointers({ address }: Range, targets: readonly number[]): TableRelocation[] {
    const type = RELATIVE[(this.#objects[0] as Placed).image.machine];
    return targets.map((addend, i) => ({ at: address + i * WORD_BYTES, type, symbol: 0, addend }));
  }

  #addUnwindTable(): Range {
    const tables = this.#objects.map(({ image, base }) => {
      const table = segmentOf(image, SEGMENT.unwinding);
      if (table === undefined) throw new BuildError('the runtime has no unwind table');
      return base + table.address;
    });
    const address = aligned(this.#end, WORD_BYTES);
    return this.#add(joinUnwindTables(this.#memory, tables, address));
  }

  #add(content: Uint8Array, align = WORD_BYTES): Range {
    const range = this.#reserve(content.length, align);
    this.#memory.set(content, range.address);
    return range;
  }

  #reserve(bytes: number, align = WORD_BYTES): Range {
    const address = aligned(this.#end, align);
    this.#end = address + bytes;
    if (this.#end > this.#memory.length)
      throw new BuildError('the tables of the runtime are larger than is planned for');
    return { address, bytes };
  }

  #writeHeader(segments: number, count: number): void {
    (this.#objects[0] as Placed).image.header.copy(this.#memory);
    writeWord(this.#memory, segments, HEADER.segments);
    this.#memory.writeUInt16LE(count, HEADER.segmentCount);
    writeWord(this.#memory, 0, HEADER.sections);
    this.#memory.writeUInt16LE(0, HEADER.sectionCount);
    this.#memory.writeUInt16LE(0, HEADER.sectionNames);
  }
}

function segment(type: number, flags: number, { address, bytes }: Range, align = WORD_BYTES): Segment {
  return { type, flags, offset: address, address, fileBytes: bytes, bytes, align };
}

function noteBytes({ name, content }: Note): Buffer {
  const text = Buffer.alloc(aligned(name.length + 1, 4));
  text.write(name, 'latin1');
  const header = Buffer.alloc(12);
  header.writeUInt32LE(name.length + 1, 0);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, text, content, Buffer.alloc(aligned(content.length, 4) - content.length)]);
}
