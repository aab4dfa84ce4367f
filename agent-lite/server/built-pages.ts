/**
 * The built pages of ui/agent. From source they are read from ui/dist/agent when a browser first asks; the bundle has a
 * module in the place of this one that holds them (scripts/build.mjs).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FOLDER = join(import.meta.dirname, '../../ui/dist/agent');

/** Gzipped; undefined where the pages have not been built. */
export function builtPage(name: string): Uint8Array | undefined {
  try {
    return gzipSync(readFileSync(join(FOLDER, name)));
  } catch {
    return undefined;
  }
}
