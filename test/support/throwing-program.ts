/** The Node for musl, linked as executables are, but it throws an exception of C++ before it does anything else. */
import { readImage } from '../../scripts/agent-executable/linker/image.ts';
import { linkTogether } from '../../scripts/agent-executable/linker/link.ts';
import { PAGE_BYTES } from '../../scripts/agent-executable/linker/output.ts';
import { aligned } from '../../scripts/agent-executable/linker/thread-local.ts';

const THROW = '_ZSt17__throw_bad_allocv';
const [RELOCATIONS, RELOCATION_BYTES, INIT_ARRAY, INIT_ARRAY_BYTES] = [7, 8, 25, 27];

/** In place of the last function that runs before `main`. */
export function throwingProgram(node: Buffer, libraries: readonly [Buffer, ...Buffer[]]): Buffer {
  const program = linkTogether(node, libraries, { name: 'NODE_SEA_BLOB', content: Buffer.from('none') });
  const symbol = readImage(libraries[0]).symbols.find(({ name }) => name === THROW);
  if (symbol === undefined) throw new Error(`the first library has no ${THROW}`);
  const target = aligned(readImage(node).memory.length, PAGE_BYTES) + symbol.value;
  const word = (at: number) => Number(program.readBigUInt64LE(at));
  const tag = (wanted: number) => {
    for (let at = dynamicTable(program); word(at) !== 0; at += 16) if (word(at) === wanted) return word(at + 8);
    throw new Error(`there is no entry ${wanted}`);
  };
  const last = tag(INIT_ARRAY) + tag(INIT_ARRAY_BYTES) - 8;
  for (let at = tag(RELOCATIONS); at < tag(RELOCATIONS) + tag(RELOCATION_BYTES); at += 24) {
    if (word(at) === last) program.writeBigInt64LE(BigInt(target), at + 16);
  }
  return program;
}

function dynamicTable(program: Buffer): number {
  const segments = Number(program.readBigUInt64LE(32));
  for (let at = segments; at < segments + program.readUInt16LE(56) * 56; at += 56) {
    if (program.readUInt32LE(at) === 2) return Number(program.readBigUInt64LE(at + 16));
  }
  throw new Error('the program is linked statically');
}
