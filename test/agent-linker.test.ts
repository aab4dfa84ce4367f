/** What joins the Node for musl with its libraries: what the loader gets to see, and what is refused before any host does. */
import { describe, expect, it } from 'vitest';
import { RELOCATIONS, TAG } from '../scripts/agent-executable/linker/format.ts';
import { readImage } from '../scripts/agent-executable/linker/image.ts';
import { linkTogether } from '../scripts/agent-executable/linker/link.ts';
import { type TinyElf, tinyElf } from './support/tiny-elf.ts';

const LIBC = 'libc.musl-x86_64.so.1';
const NOTE = { name: 'NOTE', content: Buffer.from('x') };
const ADDRESS = 1;
const COPY = 5;
const RELATIVE = 8;
const LIBRARY_BASE = 0x10000;

const program: TinyElf = {
  interpreter: '/lib/ld-musl-x86_64.so.1',
  needed: ['libx.so', LIBC],
  symbols: [{ name: 'of_x' }, { name: 'write' }],
  relocations: [
    { at: 0x1800, type: ADDRESS, symbol: 1, addend: 4 },
    { at: 0x1808, type: ADDRESS, symbol: 2 },
  ],
};
const library: TinyElf = {
  name: 'libx.so',
  needed: [LIBC],
  symbols: [{ name: 'of_x', section: 1, value: 0x1900 }],
  relocations: [{ at: 0x1a00, type: RELATIVE, addend: 0x1b00 }],
};

function link(programs: Partial<TinyElf>, ...libraries: Partial<TinyElf>[]): Buffer {
  const given = libraries.length === 0 ? [{}] : libraries;
  const files = given.map((more) => tinyElf({ ...library, ...more }));
  return linkTogether(tinyElf({ ...program, ...programs }), files, NOTE);
}

/** Where the loader looks: by the table of segments, then by the dynamic table. */
function relocationsOf(linked: Buffer): [at: number, kind: string, addend: number][] {
  const word = (at: number) => Number(linked.readBigUInt64LE(at));
  const segments = Array.from({ length: linked.readUInt16LE(56) }, (_, i) => word(32) + i * 56);
  const dynamic = word((segments.find((at) => linked.readUInt32LE(at) === 2) as number) + 16);
  const entry = (tag: number) => {
    for (let at = dynamic; word(at) !== TAG.end; at += 16) if (word(at) === tag) return word(at + 8);
    throw new Error(`there is no entry ${tag}`);
  };
  const first = entry(TAG.relocations);
  return Array.from({ length: entry(TAG.relocationBytes) / 24 }, (_, i) => {
    const at = first + i * 24;
    return [word(at), RELOCATIONS.x64[linked.readUInt32LE(at + 8)] ?? '', word(at + 16)];
  });
}

describe('the linker', () => {
  it('resolves what the program has of a library, and leaves the rest to the loader', () => {
    expect(relocationsOf(link({}))).toEqual([
      [0x1800, 'relative', LIBRARY_BASE + 0x1900 + 4],
      [0x1808, 'address', 0],
      [LIBRARY_BASE + 0x1a00, 'relative', LIBRARY_BASE + 0x1b00],
    ]);
  });

  it.each<[string, Partial<TinyElf>, Partial<TinyElf>]>([
    ['is not for musl', { interpreter: '/lib64/ld-linux-x86-64.so.2' }, {}],
    ['needs libc.so.6, which is not part of its package', {}, { needed: ['libc.so.6'] }],
    ['relocation of type 37, unknown here', { relocations: [{ at: 0x1800, type: 37 }] }, {}],
    ['relocation without its symbol', { relocations: [{ at: 0x1800, type: ADDRESS }] }, {}],
    ['a symbol that cannot be looked up', { symbols: [{ name: 'of_x', binding: 0, section: 1, value: 8 }] }, {}],
    ['a symbol that cannot be looked up', { relocations: [{ at: 0x1800, type: ADDRESS, symbol: 9 }] }, {}],
    ['is chosen at the start', {}, { symbols: [{ name: 'chosen', type: 10, section: 1, value: 8 }] }],
    ['code that is written to', {}, { entries: [[TAG.flags, 4]] }],
    ['an entry 32 for the loader', { entries: [[TAG.preinitArray, 8]] }, {}],
    ['a malloc of its own', {}, { symbols: [{ name: 'malloc', section: 1, value: 8 }] }],
    ['a copy of nothing', {}, { relocations: [{ at: 0x1800, type: COPY, symbol: 1 }] }],
    ['data behind what is read-only', { more: [0x3000], relocations: [{ at: 0x3008, type: RELATIVE }] }, {}],
    [
      'data behind what is read-only',
      {},
      { more: [0x3000], relocations: [{ at: 0x1800, type: RELATIVE, addend: 0x3008 }] },
    ],
  ])('refuses a runtime: %s', (message, ofProgram, ofLibrary) => {
    expect(() => link(ofProgram, ofLibrary)).toThrow(message);
  });

  it('refuses a library that stands before what needs it: it would start too late', () => {
    const both = [
      { name: 'liba.so', symbols: [] },
      { name: 'libx.so', needed: ['liba.so'] },
    ];
    expect(() => link({ needed: ['liba.so', 'libx.so'] }, ...both)).toThrow('liba.so of the runtime is named before');
    expect(() => link({ needed: ['libx.so', 'liba.so'] }, ...both.toReversed())).not.toThrow();
  });

  it('leaves out what was moved behind the data, where it is tables alone', () => {
    expect(readImage(tinyElf({ ...program, more: [0x3000] })).memory.length).toBe(0x2000);
  });
});
