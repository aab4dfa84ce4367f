/** A command that finds nothing installed installs it, but never through a symbolic link: that folder is someone else's. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from './support/temp-folder.ts';

const SCRIPT = join(import.meta.dirname, '../scripts/ensure-installed.mjs');

describe('a node_modules that is a symbolic link', () => {
  let folder: ReturnType<typeof tempFolder>;
  let shared: string;

  beforeEach(() => {
    folder = tempFolder('linked');
    shared = join(folder.path, 'shared');
    for (const path of [shared, join(folder.path, 'clone/scripts')]) mkdirSync(path, { recursive: true });
    writeFileSync(join(shared, 'of-another-clone'), '');
    cpSync(SCRIPT, join(folder.path, 'clone/scripts/ensure-installed.mjs'));
    writeFileSync(join(folder.path, 'clone/package-lock.json'), '{}');
  });

  afterEach(() => folder.remove());

  function ensureInstalled(target: string) {
    symlinkSync(target, join(folder.path, 'clone/node_modules'));
    const script = join(folder.path, 'clone/scripts/ensure-installed.mjs');
    return spawnSync(process.execPath, [script], { encoding: 'utf8' });
  }

  it('is left as it is where it lacks packages, with what to do', () => {
    expect(ensureInstalled(shared)).toMatchObject({ status: 1, stderr: expect.stringContaining('Run `npm ci` there') });
    expect(readdirSync(shared)).toEqual(['of-another-clone']);
  });

  it('is not made into a folder where it points to nothing', () => {
    const nowhere = join(folder.path, 'nowhere');
    expect(ensureInstalled(nowhere)).toMatchObject({ status: 1, stderr: expect.stringContaining(nowhere) });
    expect(readdirSync(folder.path).sort()).toEqual(['clone', 'shared']);
  });

  it('is used, with a warning, where it is older than the lockfile', () => {
    mkdirSync(join(shared, 'node/bin'), { recursive: true });
    for (const file of ['node/bin/node', '.package-lock.json']) writeFileSync(join(shared, file), '');
    utimesSync(join(shared, '.package-lock.json'), 1, 1);
    const names = readdirSync(shared);
    expect(ensureInstalled(shared)).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Warning: .*older/) });
    expect(readdirSync(shared)).toEqual(names);
  });
});
