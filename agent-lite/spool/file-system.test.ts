import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem as fs, TEMPORARY_SUFFIX } from './file-system.ts';

let folder: string;
let victim: string;
let before: number;

beforeEach(() => {
  before = process.umask(0);
  folder = mkdtempSync(join(tmpdir(), 'spool-files-'));
  victim = join(folder, 'victim');
  writeFileSync(victim, 'untouched');
});

afterEach(() => {
  process.umask(before);
  rmSync(folder, { recursive: true, force: true });
});

const mode = (path: string) => statSync(path).mode & 0o777;
const bytes = new TextEncoder().encode('ours');

describe('A18 what the spool keeps on the disk', () => {
  it('is for its owner only, whatever the umask', async () => {
    const spool = join(folder, 'a', 'b');
    await fs.makeFolder(spool);
    const file = await fs.open(join(spool, 'segment'), 'create');
    await file.close();
    await fs.replace(join(spool, 'cursor'), bytes);
    expect([join(folder, 'a'), spool].map(mode)).toEqual([0o700, 0o700]);
    expect([join(spool, 'segment'), join(spool, 'cursor')].map(mode)).toEqual([0o600, 0o600]);
  });

  it('is closed to others also where its folder was open to them', async () => {
    const spool = join(folder, 'open');
    mkdirSync(spool);
    chmodSync(spool, 0o777);
    await fs.makeFolder(spool);
    expect(mode(spool)).toBe(0o700);
  });

  it('is never behind a symbolic link, whether it is read, written, made or replaced', async () => {
    const link = join(folder, 'link');
    symlinkSync(victim, link);
    await expect(fs.open(link, 'read')).rejects.toThrow('ELOOP');
    await expect(fs.open(link, 'write')).rejects.toThrow('ELOOP');
    await expect(fs.open(link, 'create')).rejects.toThrow('EEXIST');
    await expect(fs.readWhole(link)).rejects.toThrow('ELOOP');
    symlinkSync(victim, `${join(folder, 'cursor')}${TEMPORARY_SUFFIX}`);
    await expect(fs.replace(join(folder, 'cursor'), bytes)).rejects.toThrow('ELOOP');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  it('takes the place of a link and never writes through it', async () => {
    symlinkSync(victim, join(folder, 'cursor'));
    await fs.replace(join(folder, 'cursor'), bytes);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(new TextDecoder().decode(await fs.readWhole(join(folder, 'cursor')))).toBe('ours');
  });

  it('is in no folder that somebody linked to theirs', async () => {
    mkdirSync(join(folder, 'theirs'));
    symlinkSync(join(folder, 'theirs'), join(folder, 'spool'));
    await expect(fs.makeFolder(join(folder, 'spool'))).rejects.toThrow('is a symbolic link');
  });
});
