/** Reads a configuration: one file, or every `*.alloy` of a folder, not of folders below it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigSource } from '../../core/alloy/controller.ts';
import { decodeSourceText } from '../../core/alloy/source.ts';

/** Throws an Error with a text for people. */
export async function readConfig(path: string): Promise<ConfigSource[]> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new Error(`stat ${path}: no such file or directory`);
  if (!info.isDirectory()) return [await readSource(path)];
  const names = (await readdir(path)).filter((name) => name.endsWith('.alloy')).sort();
  if (names.length === 0) throw new Error(`${path}: there is no *.alloy file in this folder`);
  return Promise.all(names.map((name) => readSource(join(path, name))));
}

async function readSource(filename: string): Promise<ConfigSource> {
  const text = decodeSourceText(await readFile(filename));
  if (text === undefined) throw new Error(`${filename}: not UTF-8 text`);
  return { filename, text };
}
