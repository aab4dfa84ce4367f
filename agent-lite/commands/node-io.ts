/** The real world of commands: files, standard streams. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { CommandIo } from './command-io.ts';

export const nodeIo: CommandIo = {
  readFile,
  async writeFile(path, text) {
    await writeFile(path, text);
  },
  async readDir(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  async stdin() {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  },
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
};
