/** Reads the texts of a module: one file, or every `*.alloy` of a folder, not of folders below it. Never follows imports. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeSourceText } from '../../core/alloy/source.ts';

export interface ModuleFiles {
  /** What `module_path` is in the module. */
  readonly folder: string;
  /** By path, in order of name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** A file that is longer is no configuration. */
export const MAX_CONTENT_BYTES = 16 * 1024 * 1024;

/** Throws an Error with a text for people. */
export function readModuleFiles(path: string): ModuleFiles {
  if (!statPath(path).isDirectory()) return { folder: dirname(path), texts: { [path]: readText(path) } };
  const names = readdirSync(path)
    .filter((name) => name.endsWith('.alloy'))
    .sort();
  if (names.length === 0) throw new Error(`${path}: there is no *.alloy file in this folder`);
  return {
    folder: path,
    texts: Object.fromEntries(names.map((name) => [join(path, name), readText(join(path, name))])),
  };
}

/** Throws an Error with a text for people. */
export function readText(path: string): string {
  const info = statPath(path);
  if (info.isDirectory()) throw new Error(`read ${path}: is a directory`);
  if (info.size > MAX_CONTENT_BYTES) throw new Error(`read ${path}: longer than ${MAX_CONTENT_BYTES} bytes`);
  const text = decodeSourceText(readFileSync(path));
  if (text === undefined) throw new Error(`read ${path}: not UTF-8 text`);
  return text;
}

function statPath(path: string) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) throw new Error(`stat ${path}: no such file or directory`);
  return info;
}
