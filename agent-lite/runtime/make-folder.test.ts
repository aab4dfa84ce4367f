import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderProblem, makeFolder } from './make-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-folder-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function problemOf(path: string): string {
  try {
    makeFolder(path);
    return 'none';
  } catch (error) {
    return folderProblem(error, path, '--storage.path');
  }
}

it('makes a folder with its parents, for its user alone, and takes one that is there', () => {
  const path = join(folder, 'a/b');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  symlinkSync(path, join(folder, 'link'));
  makeFolder(join(folder, 'link/c'));
  expect(statSync(join(path, 'c')).isDirectory()).toBe(true);
});

it.skipIf(!existsSync('/proc/self'))('gives up where nothing can be made though nothing is there', () => {
  expect(problemOf('/proc/x/y')).toBe(
    'cannot keep anything in /proc/x/y: nothing can be made there (/proc/x); choose another folder with --storage.path',
  );
});

it('names what is in the way', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  mkdirSync(join(folder, 'there'));
  symlinkSync('nowhere', join(folder, 'link'));
  expect(problemOf(file)).toMatch(/file is a file or a link that leads nowhere, not a folder/);
  expect(problemOf(join(file, 'a/b'))).toMatch(/a\/b cannot be made: .*\/file is a file/);
  expect(problemOf(join(folder, 'link'))).toMatch(/link that leads nowhere/);
  expect(problemOf(join(folder, 'x'.repeat(300)))).toMatch(/its name is too long/);
});
