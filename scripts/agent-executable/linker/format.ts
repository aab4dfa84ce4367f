/** What has a number in programs and libraries of Linux (System V ABI, its supplements for x86-64 and arm64). */

export const SEGMENT = {
  load: 1,
  dynamic: 2,
  interpreter: 3,
  note: 4,
  headers: 6,
  tls: 7,
  unwinding: 0x6474e550,
  stack: 0x6474e551,
  relro: 0x6474e552,
} as const;

export const TAG = {
  end: 0,
  needed: 1,
  pltRelocationBytes: 2,
  hash: 4,
  strings: 5,
  symbols: 6,
  relocations: 7,
  relocationBytes: 8,
  relocationEntry: 9,
  stringBytes: 10,
  symbolEntry: 11,
  init: 12,
  fini: 13,
  name: 14,
  withoutAddends: 17,
  debug: 21,
  textRelocations: 22,
  pltRelocations: 23,
  initArray: 25,
  finiArray: 26,
  initArrayBytes: 27,
  finiArrayBytes: 28,
  flags: 30,
  preinitArray: 32,
  packedBytes: 35,
  packed: 36,
  gnuHash: 0x6ffffef5,
  versions: 0x6ffffff0,
  flags1: 0x6ffffffb,
} as const;

export const SYMBOL_BYTES = 24;
export const RELOCATION_BYTES = 24;
export const WORD_BYTES = 8;
export const LOCAL = 0;
export const WEAK = 2;
export const SECTION_SYMBOL = 3;
export const FILE_SYMBOL = 4;
export const TLS_SYMBOL = 6;
/** The address is what a function answers that runs at the start. */
export const INDIRECT_SYMBOL = 10;
/** In the entry `flags`: code is written to before the start. */
export const TEXT_RELOCATIONS = 4;

export type Machine = 'x64' | 'arm64';
export type RelocationKind = 'none' | 'address' | 'copy' | 'relative' | 'module' | 'threadLocal';

/** `address`: of a symbol. `module`, `threadLocal`: which object's thread-local storage, and where in it (in three ways). */
export const RELOCATIONS: Readonly<Record<Machine, Readonly<Record<number, RelocationKind>>>> = {
  x64: {
    0: 'none',
    1: 'address',
    5: 'copy',
    6: 'address',
    7: 'address',
    8: 'relative',
    16: 'module',
    17: 'threadLocal',
    18: 'threadLocal',
  },
  arm64: {
    0: 'none',
    257: 'address',
    1024: 'copy',
    1025: 'address',
    1026: 'address',
    1027: 'relative',
    1028: 'module',
    1029: 'threadLocal',
    1030: 'threadLocal',
    1031: 'threadLocal',
  },
};
export const RELATIVE: Readonly<Record<Machine, number>> = { x64: 8, arm64: 1027 };

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly bytes: number;
  readonly align: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly type: number;
  readonly local: boolean;
  readonly weak: boolean;
  readonly defined: boolean;
  readonly value: number;
  readonly bytes: number;
}

export interface Relocation {
  readonly at: number;
  readonly type: number;
  readonly kind: RelocationKind;
  /** None: of this object itself. */
  readonly symbol: ElfSymbol | undefined;
  readonly addend: number;
}
