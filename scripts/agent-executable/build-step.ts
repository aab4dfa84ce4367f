/** What the steps of the build share. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** For whoever started the build: its message is all that is shown. */
export class BuildError extends Error {}

export type Say = (line: string) => void;

export function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw new BuildError(`${command} cannot be started: ${error.message}`);
  if (status !== 0) throw new BuildError(`${command} ${args.join(' ')} ended with ${status}:\n${stderr.trim()}`);
  return stdout;
}

/** Moved to its place when it is whole, so that an interrupted build leaves no half of a folder under this name. */
export function onceWhole(folder: string, fill: (part: string) => string): string {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const part = mkdtempSync(join(dirname(folder), 'fetch-'));
  try {
    renameSync(fill(part), folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return folder;
}

/** `expected` is a SHA-256 in hexadecimal, or npm's `sha512-<base64>`. */
export function checkIntegrity(name: string, bytes: Uint8Array, expected: string): void {
  const ofNpm = expected.startsWith('sha512-');
  const actual = ofNpm ? `sha512-${createHash('sha512').update(bytes).digest('base64')}` : sha256(bytes);
  if (actual === expected) return;
  throw new BuildError(
    `${name} is not what this build was made with:\n  expected ${expected}\n  got      ${actual}\nNothing of it was used.`,
  );
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
