/** Folders that everything is kept in: made where they are missing, or one line about why that cannot be, at once. */
import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { folderProblem, makeFolder } from '../../agent-lite/runtime/make-folder.ts';

/** About the size of the smallest thing that is written first: a disk with less is full. */
const PROBE_BYTES = 64 * 1024;

/** The folder of an option cannot be used; the message names it and the option. */
export class FolderError extends Error {}

/** Makes it, its parents too, and writes a file to try. */
export function makeUsable(folder: string, option: string): void {
  const path = resolve(folder);
  try {
    makeFolder(path);
    // What is one's own and may not be written says so here, and root's writes fail below.
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = join(path, `.probe-${process.pid}`);
    try {
      writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { mode: 0o600, flush: true });
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (error) {
    throw new FolderError(folderProblem(error, path, option));
  }
}
