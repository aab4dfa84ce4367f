/** The inputs that every decoder must survive, as files: corpus/<target>/<what it is>. Found ones are added there. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CORPUS = join(import.meta.dirname, 'corpus');

export interface CorpusInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function readCorpus(target: string): CorpusInput[] {
  const folder = join(CORPUS, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
}

export function corpusTargets(): string[] {
  return readdirSync(CORPUS).sort();
}

/** Returns the path. */
export function writeInput(target: string, name: string, bytes: Uint8Array): string {
  const folder = join(CORPUS, target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}
