import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findLogFiles } from './log-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text = 'a line\n'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

it('takes files that are logs by name, have content and can be read', () => {
  const kept = [write('app.log'), write('syslog')];
  write('wtmp');
  write('old.log.1.gz');
  write('empty.log', '');
  mkdirSync(join(folder, 'folder.log'));
  symlinkSync('/nonexistent', join(folder, 'gone.log'));
  expect(findLogFiles(folder)).toEqual({ fromStart: kept, fromEnd: [] });
});

it('follows a large file from its end', () => {
  const path = write('huge.log');
  truncateSync(path, 9 * 1024 * 1024);
  expect(findLogFiles(folder)).toEqual({ fromStart: [], fromEnd: [path] });
});

it('keeps the files changed last when there are many', () => {
  for (let i = 0; i < 20; i++) utimesSync(write(`${String(i).padStart(2, '0')}.log`), i, i);
  const { fromStart } = findLogFiles(folder);
  expect([fromStart.length, fromStart[0]]).toEqual([12, join(folder, '08.log')]);
});

it('finds nothing in a folder that cannot be read', () => {
  expect(findLogFiles(join(folder, 'nonexistent'))).toEqual({ fromStart: [], fromEnd: [] });
});
