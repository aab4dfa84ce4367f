/** The size of a memory page, which Node does not tell: 4 KiB, but 16 or 64 KiB on some arm64 and ppc64 kernels. */
import { readFileSync } from 'node:fs';
import type { HostFiles } from './host-files.ts';

const AT_PAGESZ = 6n;
const USUAL_PAGE_BYTES = 4096;

/** From the auxiliary vector the kernel gives each process: pairs of 64-bit words, key and value. */
export function pageBytes(files: HostFiles): number {
  let vector: Buffer;
  try {
    vector = readFileSync(files.proc('self/auxv'));
  } catch {
    return USUAL_PAGE_BYTES;
  }
  const words = new DataView(vector.buffer, vector.byteOffset, vector.length);
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (words.getBigUint64(at, true) === AT_PAGESZ) return Number(words.getBigUint64(at + 8, true));
  }
  return USUAL_PAGE_BYTES;
}
