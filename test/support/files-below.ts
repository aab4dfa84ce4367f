/** The files below a folder in which a program is at work: one that is gone before it is read is left out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FoundFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export function filesBelow(folder: string): FoundFile[] {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    const bytes = entry.isFile() ? unlessGone(() => readFileSync(path)) : undefined;
    return bytes === undefined ? [] : [{ path, bytes }];
  });
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
