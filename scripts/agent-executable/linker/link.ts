/**
 * Makes one program of a program of musl and the shared libraries that it needs, so that it runs where there is musl and
 * nothing else. What the loader would do with the libraries at every start is done here, in its order: symbols are looked
 * up in the program first, then in the libraries. What none of them has stays for the loader, which has the C library.
 */
import { BuildError } from '../build-step.ts';
import { type ElfSymbol, RELATIVE, type Relocation, TAG, TLS_SYMBOL, WORD_BYTES } from './format.ts';
import { type ElfImage, readImage, word } from './image.ts';
import { type Note, Output, PAGE_BYTES, type Placed } from './output.ts';
import { SymbolTable, type TableRelocation } from './tables.ts';
import { aligned, placeThreadLocal } from './thread-local.ts';

interface Definition {
  readonly owner: Placed;
  readonly symbol: ElfSymbol;
}

/** `libraries` in the order in which the program names them. */
export function linkTogether(program: Buffer, libraries: readonly Buffer[], note: Note): Buffer {
  const images = [program, ...libraries].map(readImage);
  checkParts(images);
  const threadLocal = placeThreadLocal(images);
  const objects = place(images, threadLocal.starts);
  const output = new Output(objects, note);
  const linker = new Linker(objects, output);
  for (const owner of objects) for (const relocation of owner.image.relocations) linker.relocate(owner, relocation);
  // Libraries start before what needs them, and end after it.
  const order = objects.toReversed();
  return output.finish({
    needed: systemLibraries(images),
    init: order.flatMap((owner) => linker.functions(owner, TAG.init, TAG.initArray, TAG.initArrayBytes)),
    fini: order.flatMap((owner) => linker.functions(owner, TAG.fini, TAG.finiArray, TAG.finiArrayBytes)),
    symbols: linker.symbols,
    relocations: linker.relocations,
    threadLocal,
  });
}

/** Of the C library, if another part had them: it would look for them in the program, where they are not found any more. */
const ALLOCATORS = ['malloc', 'calloc', 'realloc', 'free', 'memalign', 'aligned_alloc', 'posix_memalign'];

function checkParts(images: readonly ElfImage[]): void {
  const [program, ...libraries] = images;
  if (program?.interpreter?.startsWith('/lib/ld-musl-') !== true) throw new BuildError('the runtime is not for musl');
  const names = libraries.map(({ name }) => name);
  for (const [i, { machine, needed, symbols }] of images.entries()) {
    if (machine !== program.machine) throw new BuildError('a library of the runtime is for another machine');
    // They start from the last to the first, so what one needs has to come behind it.
    const early = names.slice(0, i).find((name) => name !== undefined && needed.includes(name));
    if (early !== undefined) throw new BuildError(`${early} of the runtime is named before what needs it`);
    const allocator = symbols.find(({ name, defined }) => defined && ALLOCATORS.includes(name));
    if (allocator !== undefined) throw new BuildError(`the runtime has a ${allocator.name} of its own`);
  }
}

function place(images: readonly ElfImage[], threadLocal: readonly number[]): Placed[] {
  let end = 0;
  return images.map((image, i) => {
    const base = end;
    end = aligned(base + image.memory.length, PAGE_BYTES);
    return { image, base, threadLocal: threadLocal[i] as number };
  });
}

/** The C library alone: what else is needed has to be here. */
function systemLibraries(images: readonly ElfImage[]): string[] {
  const names = new Set(images.flatMap(({ needed }) => needed));
  for (const { name } of images) if (name !== undefined) names.delete(name);
  const foreign = [...names].find((name) => !name.startsWith('libc.musl-'));
  if (foreign !== undefined) throw new BuildError(`the runtime needs ${foreign}, which is not part of its package`);
  return [...names];
}

class Linker {
  readonly symbols = new SymbolTable();
  readonly relocations: TableRelocation[] = [];
  readonly #objects: readonly Placed[];
  readonly #output: Output;
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #inLibraries: ReadonlyMap<string, Definition>;

  constructor(objects: readonly Placed[], output: Output) {
    this.#objects = objects;
    this.#output = output;
    this.#definitions = definitionsOf(objects);
    this.#inLibraries = definitionsOf(objects.slice(1));
  }

  relocate(owner: Placed, relocation: Relocation, at = owner.base + relocation.at): void {
    const { type, kind, symbol, addend } = relocation;
    if (kind === 'relative') this.#addRelative(at, owner.base + addend);
    if (kind === 'address') this.#relocateAddress(at, relocation);
    if (kind === 'copy') this.#copy(owner, at, relocation);
    if (kind === 'threadLocal') this.#add(at, type, 0, this.#threadLocalStart(owner, symbol) + addend);
    if (kind === 'module') {
      // The loader knows one object now. The offset behind its number was fixed with the library, if the symbol is local.
      this.#add(at, type, 0, 0);
      if (symbol === undefined) this.#output.addToWord(at + WORD_BYTES, owner.threadLocal);
    }
  }

  #add(at: number, type: number, symbol: number, addend: number): void {
    this.relocations.push({ at, type, symbol, addend });
  }

  #relocateAddress(at: number, { type, symbol, addend }: Relocation): void {
    if (symbol === undefined) throw new BuildError('the runtime has a relocation without its symbol');
    const definition = this.#definitions.get(symbol.name);
    if (definition === undefined) this.#add(at, type, this.symbols.import(symbol.name, symbol.weak), addend);
    else this.#addRelative(at, addressOf(definition) + addend);
  }

  #addRelative(at: number, addend: number): void {
    const { machine } = (this.#objects[0] as Placed).image;
    this.#add(at, RELATIVE[machine], 0, addend);
  }

  #threadLocalStart(owner: Placed, symbol: ElfSymbol | undefined): number {
    if (symbol === undefined) return owner.threadLocal;
    const definition = this.#definitions.get(symbol.name);
    if (definition?.symbol.type !== TLS_SYMBOL)
      throw new BuildError(`${symbol.name} of the runtime is not thread-local`);
    return definition.owner.threadLocal + definition.symbol.value;
  }

  /** A variable of a library that lies in the program, for all to use it there. */
  #copy(taker: Placed, at: number, { type, symbol, addend }: Relocation): void {
    if (symbol === undefined || taker !== this.#objects[0]) throw new BuildError('the runtime has a copy of nothing');
    const original = this.#inLibraries.get(symbol.name);
    if (original === undefined) {
      // The C library's: copied by the loader, and found in the program by the C library under each of its names.
      const names = taker.image.symbols.filter(({ defined, value }) => defined && value === at);
      for (const alias of names) this.symbols.export(alias.name, alias);
      this.#add(at, type, this.symbols.export(symbol.name, symbol), addend);
      return;
    }
    const { owner, symbol: source } = original;
    this.#output.copy(owner.base + source.value, at, symbol.bytes);
    for (const relocation of owner.image.relocations) {
      const offset = relocation.at - source.value;
      if (offset >= 0 && offset < symbol.bytes) this.relocate(owner, relocation, at + offset);
    }
  }

  /** Addresses of what runs at the start or at the end of an object: the single function of old, and those in the array. */
  functions(owner: Placed, single: number, array: number, arrayBytes: number): number[] {
    const { image, base } = owner;
    const functions = image.tag(single) === undefined ? [] : [base + (image.tag(single) as number)];
    const start = image.tag(array) ?? 0;
    for (let at = start; at < start + (image.tag(arrayBytes) ?? 0); at += WORD_BYTES) {
      const relocation = image.relocations.find((other) => other.at === at);
      if (relocation?.kind === 'relative') functions.push(base + relocation.addend);
      else if (relocation !== undefined || word(image.memory, at) !== 0) {
        throw new BuildError('the runtime starts a function that is not its own');
      }
    }
    return functions;
  }
}

function definitionsOf(objects: readonly Placed[]): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const owner of objects) {
    for (const symbol of owner.image.symbols) {
      if (symbol.defined && !definitions.has(symbol.name)) definitions.set(symbol.name, { owner, symbol });
    }
  }
  return definitions;
}

function addressOf({ owner, symbol }: Definition): number {
  if (symbol.type === TLS_SYMBOL) throw new BuildError(`${symbol.name} of the runtime has no address of its own`);
  return owner.base + symbol.value;
}
