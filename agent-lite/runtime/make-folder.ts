/**
 * Makes a folder, its parents too. `mkdir` with `recursive` is not used: where nothing can be made though nothing is there,
 * as in /proc, Node tries for ever.
 */
import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** `path` is absolute. Throws NotAFolderError, and what the system says. */
export function makeFolder(path: string): void {
  const found = stat(path);
  if (found?.isDirectory()) return;
  if (found !== undefined || dirname(path) === path) throw new NotAFolderError(path);
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (stat(path)?.isDirectory() !== true) throw error;
  }
}

/** Something else has the name of the folder, or of one above it. */
export class NotAFolderError extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`${path} is not a folder`);
    this.path = path;
  }
}

/** Undefined: nothing is there. A link that leads nowhere is something. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return code === 'ENOENT' ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  }
}

/** One line about why nothing can be kept in a folder. `option`: what it was given by. */
export function folderProblem(error: unknown, path: string, option: string): string {
  if (error instanceof NotAFolderError) {
    const where = error.path === path ? `${path} is` : `${path} cannot be made: ${error.path} is`;
    return `${where} a file or a link that leads nowhere, not a folder; choose another folder with ${option}`;
  }
  const { code, path: at = path } = error as NodeJS.ErrnoException;
  const cause = CAUSES[code ?? ''] ?? (error as Error).message;
  const where = resolve(at).startsWith(path) ? path : resolve(at);
  return `cannot keep anything in ${path}: ${cause}${where === path ? '' : ` (${where})`}; choose another folder with ${option}`;
}

const user = process.getuid?.();
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: `permission denied${user === undefined ? '' : ` for the user with id ${user}`}`,
  EPERM: 'not permitted',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
  EDQUOT: "the user's quota of the disk is used up",
  ENOENT: 'nothing can be made there',
  ENOTDIR: 'a part of its path is no folder',
  ELOOP: 'its links go in circles',
  ENAMETOOLONG: 'its name is too long',
};
