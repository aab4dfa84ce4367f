import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globFiles, matchesPath } from './glob.ts';
import { matchTargets } from './match-targets.ts';

let root: string;
const FILES = ['a.log', 'b.log', 'c.txt', 'deep/d.log', 'deep/er/e.log', 'deep/er/f.gz', 'x[1].log', '.hidden.log'];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'glob-'));
  for (const file of FILES) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  symlinkSync(root, join(root, 'deep/circle'));
});
afterAll(() => rmSync(root, { recursive: true }));

const found = async (pattern: string) => (await globFiles(join(root, pattern))).map((path) => relative(root, path));

describe('glob', () => {
  it.each([
    ['a.log', ['a.log']],
    ['missing.log', []],
    ['?.log', ['a.log', 'b.log']],
    ['[!a].log', ['b.log']],
    ['[a-b].*', ['a.log', 'b.log']],
    ['{a,c}.{log,txt}', ['a.log', 'c.txt']],
    ['deep/*.log', ['deep/d.log']],
    ['deep/**/*.log', ['deep/d.log', 'deep/er/e.log']],
    ['**/e.log', ['deep/er/e.log']],
    ['deep/**', ['deep/d.log', 'deep/er/e.log', 'deep/er/f.gz']],
    ['x\\[1\\].log', ['x[1].log']],
    ['*/er/e.log', ['deep/er/e.log']],
    ['deep', []],
    ['[b-a].log', []],
  ])('%s finds what doublestar finds', async (pattern, expected) => {
    expect(await found(pattern)).toEqual(expected);
  });

  it('matches paths as a whole', () => {
    expect(matchesPath('/var/log/**/*.gz', '/var/log/a/b/c.gz')).toBe(true);
    expect(matchesPath('/var/log/**/*.gz', '/var/log/c.gz')).toBe(true);
    expect(matchesPath('/var/log/*.gz', '/var/log/a/c.gz')).toBe(false);
    expect(matchesPath('/var/log/a.log', '/var/log/axlog')).toBe(false);
  });
});

describe('matching targets', () => {
  it('keeps the labels, leaves out what is excluded and what is old', async () => {
    utimesSync(join(root, 'a.log'), 1000, 1000);
    const target = { __path__: join(root, '*.log'), __path_exclude__: join(root, 'b.*'), job: 'x' };
    const paths = async (ignoreOlderThanMs: number) =>
      (await matchTargets([target], ignoreOlderThanMs, Date.now())).map(
        ({ __path__, job }) => `${relative(root, __path__!)} ${job}`,
      );
    expect(await paths(0)).toEqual(['.hidden.log x', 'a.log x', 'x[1].log x']);
    expect(await paths(3_600_000)).toEqual(['.hidden.log x', 'x[1].log x']);
  });
});
